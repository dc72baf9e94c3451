#include "repartee/net/http_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "repartee/net/http_server.h"
#include "repartee/net/test_peers.h"

namespace repartee {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using namespace std::chrono_literals;

constexpr std::string_view kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

HttpRequest To(std::string url, std::string method = "GET", std::string body = "") {
  HttpRequest request;
  request.method = std::move(method);
  request.target = std::move(url);
  request.body = std::move(body);
  return request;
}

class HttpClientTest : public ::testing::Test {
 protected:
  // Fetches on the fixture's loop and waits.
  Result<HttpResponse> Fetch(HttpRequest request, HttpCallOptions options = {}) {
    std::optional<Result<HttpResponse>> answer;
    const auto call = client_->Fetch(std::move(request), options,
                                     [&](Result<HttpResponse> result) { answer = std::move(result); });
    EXPECT_FALSE(answer.has_value()) << "called back before the loop's next turn";
    EXPECT_TRUE(loop_.RunUntil([&] { return answer.has_value(); }, 20s));
    return answer ? *std::move(answer) : Status::Internal("the loop gave up");
  }

  void UseClient(HttpClientOptions options) {
    client_ = std::make_unique<HttpClient>(loop_, std::move(options));
  }

  EventLoop loop_;
  std::unique_ptr<HttpClient> client_ = std::make_unique<HttpClient>(loop_);
};

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

// ---------------------------------------------------------------- connections kept

TEST_F(HttpClientTest, UsesAConnectionAgain) {
  ScriptedServer server(1, [](RawSocket& socket, int) {
    for (int i = 0; i < 3; ++i) {
      socket.ReadMessage();
      socket.Send(kOk);
    }
  });

  for (int i = 0; i < 3; ++i) EXPECT_TRUE(Fetch(To(server.Url("/"))).ok());
}

TEST_F(HttpClientTest, ReplacesADeadKeptConnectionOnce) {
  std::vector<std::string> seen;
  ScriptedServer server(2, [&](RawSocket& socket, int connection) {
    seen.push_back(socket.ReadMessage().substr(0, 6));
    socket.Send(kOk);
    if (connection == 0)
      seen.push_back(socket.ReadMessage().substr(0, 6));  // taken, and the connection closed on it
  });

  EXPECT_TRUE(Fetch(To(server.Url("/1"))).ok());
  const auto second = Fetch(To(server.Url("/2")));

  EXPECT_TRUE(second.ok()) << second.status();
  EXPECT_THAT(seen, ElementsAre("GET /1", "GET /2", "GET /2"));
}

TEST_F(HttpClientTest, DoesNotRepeatARequestOnceAnAnswerBegan) {
  ScriptedServer server(1, [](RawSocket& socket, int) {
    socket.ReadMessage();
    socket.Send(kOk);
    socket.ReadMessage();
    socket.Send("HTTP/1.1 2");
  });

  EXPECT_TRUE(Fetch(To(server.Url("/"))).ok());

  EXPECT_THAT(Fetch(To(server.Url("/"))).status().message(), HasSubstr("middle of the answer"));
}

TEST_F(HttpClientTest, KeepsNoConnectionThatTheServerWantsClosed) {
  ScriptedServer server(2, [](RawSocket& socket, int connection) {
    socket.ReadMessage();
    socket.Send(connection == 0 ? "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n" : kOk);
    socket.ReadAll();  // until the client closes
  });

  EXPECT_TRUE(Fetch(To(server.Url("/"))).ok());
  EXPECT_EQ(Fetch(To(server.Url("/")))->body, "ok");
  client_.reset();
}

TEST_F(HttpClientTest, KeepsNoConnectionOnWhichTooMuchCame) {
  ScriptedServer server(2, [](RawSocket& socket, int connection) {
    socket.ReadMessage();
    socket.Send(std::string(kOk) + (connection == 0 ? "HTTP/1.1 200 OK\r\n" : ""));
    socket.ReadAll();
  });

  EXPECT_TRUE(Fetch(To(server.Url("/"))).ok());
  EXPECT_EQ(Fetch(To(server.Url("/")))->body, "ok");
  client_.reset();
}

TEST(HttpClientIdle, ClosesAConnectionThatNobodyUses) {
  EventLoop loop(EventLoop::Time::kVirtual);
  HttpClient client(loop);
  std::string after;
  std::optional<ScriptedServer> server;
  server.emplace(1, [&](RawSocket& socket, int) {
    socket.ReadMessage();
    socket.Send(kOk);
    after = socket.ReadAll() + "closed";
  });
  bool answered = false;
  std::optional<EventLoop::Hold> waiting(loop);
  const auto call = client.Fetch(To(server->Url("/")), {}, [&](Result<HttpResponse> answer) {
    answered = answer.ok();
    waiting.reset();
  });
  ASSERT_TRUE(loop.RunUntil([&] { return answered; }, 1s));

  loop.RunFor(61s);
  server.reset();  // joins its thread

  EXPECT_EQ(after, "closed");
}

// ---------------------------------------------------------------- time and cancelling

TEST(HttpClientTimeout, RunsOnTheLoopsClock) {
  EventLoop loop(EventLoop::Time::kVirtual);
  HttpClient client(loop);
  ScriptedServer server(1, [](RawSocket& socket, int) { socket.ReadAll(); });
  std::optional<Result<HttpResponse>> answer;
  const Nanos begin = loop.now();

  const auto call =
      client.Fetch(To(server.Url("/")), {}, [&](Result<HttpResponse> result) { answer = result.status(); });
  loop.RunUntilIdle();

  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->status().code(), StatusCode::kDeadlineExceeded);
  EXPECT_GE(loop.now() - begin, 5s);
}

TEST_F(HttpClientTest, BoundsTheWholeCall) {
  ScriptedServer server(1, [](RawSocket& socket, int) { socket.ReadAll(); });
  HttpCallOptions options;
  options.timeout = 20ms;

  const auto answer = Fetch(To(server.Url("/")), options);

  EXPECT_EQ(answer.status().code(), StatusCode::kDeadlineExceeded);
  EXPECT_THAT(answer.status().message(), EndsWith("no whole answer within 20 ms"));
}

TEST_F(HttpClientTest, BoundsTheConnecting) {
  // Takes the connection and never answers the TLS greeting.
  ScriptedServer server(1, [](RawSocket& socket, int) { socket.ReadAll(); });
  HttpClientOptions options;
  options.connect_timeout = 20ms;
  UseClient(options);

  const auto answer = Fetch(To("https://127.0.0.1:" + std::to_string(server.port())));

  EXPECT_THAT(answer.status().message(), EndsWith("no connection within 20 ms"));
}

TEST_F(HttpClientTest, IsSilentAfterCancelling) {
  std::string after;
  std::optional<ScriptedServer> server;
  server.emplace(1, [&](RawSocket& socket, int) {
    socket.ReadUntil("\r\n\r\n");
    socket.Send("HTTP/1.1 200 OK\r\n\r\nfirst");
    after = socket.ReadAll() + "closed";
  });
  bool done = false;
  std::unique_ptr<HttpCall> call;
  HttpClient::StreamHandler handler;
  handler.on_data = [&](std::string_view) { call.reset(); };  // within its own callback
  handler.done = [&](const Status&) { done = true; };

  call = client_->Stream(To(server->Url("/")), {}, std::move(handler));
  ASSERT_TRUE(loop_.RunUntil([&] { return call == nullptr; }, 20s));
  server.reset();  // joins: the connection was closed
  loop_.RunUntilIdle();

  EXPECT_EQ(after, "closed");
  EXPECT_FALSE(done);
}

TEST_F(HttpClientTest, MayBeCancelledAtAnyTime) {
  ScriptedServer server(1, [](RawSocket& socket, int) { socket.ReadAll(); });
  bool called = false;
  const auto done = [&](Result<HttpResponse>) { called = true; };

  client_->Fetch(To(server.Url("/")), {}, done).reset();        // before it connected
  client_->Fetch(To("http://localhost:1/"), {}, done).reset();  // while the name is looked up
  client_->Fetch(To("nonsense"), {}, done).reset();             // with its failure on the way
  auto call = client_->Fetch(To(server.Url("/")), {}, done);
  client_.reset();
  call.reset();  // after its client
  loop_.RunUntilIdle();

  EXPECT_FALSE(called);
}

TEST_F(HttpClientTest, LetsDoneDestroyEverything) {
  ScriptedServer server(1, [](RawSocket& socket, int) {
    socket.ReadMessage();
    socket.Send(kOk);
  });
  std::unique_ptr<HttpCall> call;
  call = client_->Fetch(To(server.Url("/")), {}, [&](Result<HttpResponse> answer) {
    EXPECT_TRUE(answer.ok());
    call.reset();
    client_.reset();
  });

  EXPECT_TRUE(loop_.RunUntil([&] { return client_ == nullptr; }, 20s));
}

// ---------------------------------------------------------------- streamed answers

struct Heard {
  std::vector<std::string> events;
  bool done = false;

  HttpClient::StreamHandler Handler() {
    HttpClient::StreamHandler handler;
    handler.on_headers = [this](HttpResponse head) {
      events.push_back("head " + std::to_string(head.status));
    };
    handler.on_data = [this](std::string_view bytes) { events.emplace_back(bytes); };
    handler.done = [this](const Status& status) {
      events.push_back("done " + std::string(StatusCodeName(status.code())));
      done = true;
    };
    return handler;
  }
};

TEST_F(HttpClientTest, DeliversAStreamAsItComes) {
  // Each piece is sent only after the one before has been heard.
  Heard heard;
  std::shared_ptr<HttpStream> stream;
  const auto server = HttpServer::Listen({}, [&](HttpRequest, HttpResponder responder) {
    auto opened = responder.StartStream(429, {});
    loop_.Post([&stream, opened] { stream = opened; });
  });
  ASSERT_TRUE(server.ok());
  const auto call =
      client_->Stream(To("http://127.0.0.1:" + std::to_string((*server)->port())), {}, heard.Handler());
  const auto wait_for = [&](std::size_t events) {
    return loop_.RunUntil([&] { return stream && heard.events.size() >= events; }, 20s);
  };

  ASSERT_TRUE(wait_for(1));
  stream->Write("one");
  ASSERT_TRUE(wait_for(2));
  stream->Write("two");
  ASSERT_TRUE(wait_for(3));
  stream->Close();
  ASSERT_TRUE(wait_for(4));

  EXPECT_THAT(heard.events, ElementsAre("head 429", "one", "two", "done ok"));
}

TEST_F(HttpClientTest, EndsAStreamThatStalls) {
  Heard heard;
  ScriptedServer server(1, [](RawSocket& socket, int) {
    socket.ReadMessage();
    socket.Send("HTTP/1.1 200 OK\r\n\r\npiece");
    socket.ReadAll();
  });
  HttpCallOptions options;
  options.timeout = 0ms;
  options.stall_timeout = 20ms;

  const auto call = client_->Stream(To(server.Url("/")), options, heard.Handler());
  ASSERT_TRUE(loop_.RunUntil([&] { return heard.done; }, 20s));

  EXPECT_THAT(heard.events, ElementsAre("head 200", "piece", "done deadline_exceeded"));
}

TEST_F(HttpClientTest, TellsAStreamThatWasCut) {
  Heard heard;
  ScriptedServer server(1, [](RawSocket& socket, int) {
    socket.ReadMessage();
    socket.Send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\npiece\r\n");
  });

  const auto call = client_->Stream(To(server.Url("/")), {}, heard.Handler());
  ASSERT_TRUE(loop_.RunUntil([&] { return heard.done; }, 20s));

  EXPECT_THAT(heard.events, ElementsAre("head 200", "piece", "done unavailable"));
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
