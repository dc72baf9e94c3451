#include "repartee/net/http_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "repartee/net/client_for_test.h"
#include "repartee/net/http_server.h"

namespace repartee {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using namespace std::chrono_literals;

// ---------------------------------------------------------------- requests and answers

TEST_F(HttpClientTest, SendsAWholeRequest) {
  std::string seen;
  ScriptedServer server(1, [&](RawSocket& socket, int) {
    seen = socket.ReadMessage();
    socket.Send(kOk);
  });
  HttpRequest request = To(server.Url("/v1/x?a=b#c"), "POST", "body");
  request.headers = {{"X-Key", "1"}, {"Content-Length", "99"}};

  const auto answer = Fetch(std::move(request));

  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, "ok");
  EXPECT_EQ(answer->headers.Get("content-length"), "2");
  EXPECT_EQ(seen, "POST /v1/x?a=b HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(server.port()) +
                      "\r\nUser-Agent: repartee\r\nX-Key: 1\r\nContent-Length: 4\r\n\r\nbody");
}

TEST_F(HttpClientTest, SendsTheCredentialsOfTheUrl) {
  std::string seen;
  ScriptedServer server(1, [&](RawSocket& socket, int) {
    seen = socket.ReadMessage();
    socket.Send(kOk);
  });

  ASSERT_TRUE(Fetch(To("http://pk:s%40k@127.0.0.1:" + std::to_string(server.port()))).ok());

  EXPECT_THAT(seen, HasSubstr("Authorization: Basic cGs6c0Br\r\n"));
}

TEST_F(HttpClientTest, LooksUpNames) {
  ScriptedServer server(1, [](RawSocket& socket, int) {
    socket.ReadMessage();
    socket.Send(kOk);
  });

  const auto answer = Fetch(To("http://localhost:" + std::to_string(server.port())));

  EXPECT_TRUE(answer.ok()) << answer.status();
}

TEST_F(HttpClientTest, MovesLargeBodiesBothWays) {
  HttpServerOptions options;
  options.max_body_bytes = 16 << 20;
  const auto server = HttpServer::Listen(options, [](HttpRequest request, HttpResponder responder) {
    responder.Send(HttpResponse::Text(200, std::move(request.body)));
  });
  ASSERT_TRUE(server.ok());
  const std::string body(8 << 20, 'x');

  const auto answer = Fetch(To("http://127.0.0.1:" + std::to_string((*server)->port()), "POST", body));

  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->body, body);
}

struct AnswerCase {
  const char* name;
  const char* method;
  std::string_view bytes;
  int status;
  const char* body;
};

class Answer : public HttpClientTest, public ::testing::WithParamInterface<AnswerCase> {};

TEST_P(Answer, IsUnderstoodHoweverItIsCut) {
  const auto& [name, method, bytes, status, body] = GetParam();
  ScriptedServer server(2, [&](RawSocket& socket, int connection) {
    socket.ReadMessage();
    if (connection == 0) return socket.Send(bytes);
    for (const char byte : bytes) socket.Send({&byte, 1});
  });

  for (int i = 0; i < 2; ++i) {
    UseClient({});
    const auto answer = Fetch(To(server.Url("/"), method));

    ASSERT_TRUE(answer.ok()) << answer.status();
    EXPECT_EQ(answer->status, status);
    EXPECT_EQ(answer->body, body);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Answers, Answer,
    ::testing::Values(
        AnswerCase{"Length", "GET", "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnone", 404, "none"},
        AnswerCase{
            "Chunks", "GET",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x\r\nde\r\n0\r\nT: t\r\n\r\n",
            200, "abcde"},
        AnswerCase{"UntilClose", "GET", "HTTP/1.0 200 OK\r\n\r\nuntil the end", 200, "until the end"},
        AnswerCase{"NoContent", "DELETE", "HTTP/1.1 204 No Content\r\n\r\n", 204, ""},
        AnswerCase{"Head", "HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n", 200, ""},
        AnswerCase{"EarlyHints", "GET",
                   "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\ny",
                   200, "y"},
        AnswerCase{"NoReason", "GET", "HTTP/1.1 200 \r\nContent-Length: 1\r\n\r\ny", 200, "y"}),
    [](const auto& test) { return std::string(test.param.name); });

struct BrokenCase {
  const char* name;
  std::string_view bytes;
  StatusCode code;
  const char* text;
};

class Broken : public HttpClientTest, public ::testing::WithParamInterface<BrokenCase> {};

TEST_P(Broken, AnswerIsAnErrorThatNamesTheServer) {
  ScriptedServer server(1, [](RawSocket& socket, int) {
    socket.ReadMessage();
    socket.Send(GetParam().bytes);
  });

  const auto answer = Fetch(To(server.Url("/secret")));

  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.status().code(), GetParam().code) << answer.status();
  EXPECT_THAT(answer.status().message(), StartsWith("127.0.0.1:" + std::to_string(server.port()) + ": "));
  EXPECT_THAT(answer.status().message(), AllOf(HasSubstr(GetParam().text), Not(HasSubstr("secret"))));
}

INSTANTIATE_TEST_SUITE_P(
    Answers, Broken,
    ::testing::Values(BrokenCase{"Nothing", "", StatusCode::kUnavailable, "closed before an answer"},
                      BrokenCase{"NoHttp", "SSH-2.0-OpenSSH_9.2\r\n", StatusCode::kMalformed, "no HTTP/1.1"},
                      BrokenCase{"CutHeader", "HTTP/1.1 200 OK\r\nCont", StatusCode::kUnavailable,
                                 "middle of the answer"},
                      BrokenCase{"CutBody", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",
                                 StatusCode::kUnavailable, "middle of the answer"},
                      BrokenCase{"CutChunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
                                 StatusCode::kUnavailable, "middle of the answer"},
                      BrokenCase{"BadChunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
                                 StatusCode::kMalformed, "no HTTP/1.1"},
                      BrokenCase{"HintsOnly", "HTTP/1.1 103 Early Hints\r\n\r\n", StatusCode::kUnavailable,
                                 "middle of the answer"}),
    [](const auto& test) { return std::string(test.param.name); });

TEST_F(HttpClientTest, BoundsTheHeaderOfAnAnswer) {
  ScriptedServer server(1, [](RawSocket& socket, int) {
    socket.ReadMessage();
    socket.Send("HTTP/1.1 200 OK\r\nX: " + std::string(200 << 10, 'x'));
  });

  EXPECT_EQ(Fetch(To(server.Url("/"))).status().code(), StatusCode::kMalformed);
}

TEST_F(HttpClientTest, BoundsAWholeAnswer) {
  ScriptedServer server(1, [](RawSocket& socket, int) {
    socket.ReadMessage();
    socket.Send("HTTP/1.1 200 OK\r\n\r\n12345678901");
  });
  HttpClientOptions options;
  options.max_response_bytes = 10;
  UseClient(options);

  const auto answer = Fetch(To(server.Url("/")));

  EXPECT_EQ(answer.status().code(), StatusCode::kResourceExhausted);
  EXPECT_THAT(answer.status().message(), HasSubstr("larger than 10 bytes"));
}

TEST_F(HttpClientTest, HearsAnAnswerThatComesBeforeTheBodyIsRead) {
  HttpServerOptions options;
  options.max_body_bytes = 100;
  const auto server =
      HttpServer::Listen(options, [](HttpRequest, HttpResponder responder) { responder.Send({}); });
  ASSERT_TRUE(server.ok());

  const auto answer =
      Fetch(To("http://127.0.0.1:" + std::to_string((*server)->port()), "POST", std::string(4 << 20, 'x')));

  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->status, 413);
}

TEST_F(HttpClientTest, SaysThatNobodyListens) {
  int port = 0;
  {
    ScriptedServer server(0, {});
    port = server.port();
  }

  const auto answer = Fetch(To("http://127.0.0.1:" + std::to_string(port)));

  EXPECT_EQ(answer.status().code(), StatusCode::kUnavailable);
  EXPECT_THAT(answer.status().message(), HasSubstr("Connection refused"));
}

TEST_F(HttpClientTest, RefusesARequestThatCannotBeSent) {
  EXPECT_EQ(Fetch(To("nowhere")).status().code(), StatusCode::kInvalidArgument);
  EXPECT_THAT(Fetch(To("ws://h/")).status().message(), HasSubstr("needs http or https"));
  EXPECT_THAT(Fetch(To("http://h/", "GET / HTTP/1.1\r\nX:")).status().message(), HasSubstr("method"));
  HttpRequest injected = To("http://h/");
  injected.headers = {{"X-A", "a\r\nX-B: b"}};
  EXPECT_THAT(Fetch(std::move(injected)).status().message(), HasSubstr("X-A holds a line end"));
  HttpRequest unnamed = To("http://h/");
  unnamed.headers = {{"X A", "a"}};
  EXPECT_EQ(Fetch(std::move(unnamed)).status().code(), StatusCode::kInvalidArgument);
}

// ---------------------------------------------------------------- without a loop

TEST(FetchBlockingTest, WaitsForTheAnswer) {
  ScriptedServer server(1, [](RawSocket& socket, int) {
    socket.ReadMessage();
    socket.Send(kOk);
  });

  const auto answer = FetchBlocking(To(server.Url("/")));

  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->body, "ok");
  EXPECT_EQ(FetchBlocking(To("bad")).status().code(), StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace repartee
