#include "repartee/net/http_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>

#include "repartee/net/server_for_test.h"

namespace repartee {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;
using namespace std::chrono_literals;

TEST(HttpServerTest, GivesTheHandlerARequestTakenApart) {
  HttpRequest seen;
  const auto server = Serve([&](HttpRequest request, HttpResponder responder) {
    seen = std::move(request);
    responder.Send(HttpResponse::Json(201, "{}"));
  });

  RawClient client(server->port());
  client->Send(Get("/a%20b/c?q=1&r", "X-Test:  some value \r\n"));
  const std::string answer = client->ReadMessage();

  EXPECT_THAT(answer, StartsWith("HTTP/1.1 201 Created\r\nDate: "));
  EXPECT_THAT(answer, HasSubstr("Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"));
  EXPECT_EQ(seen.method, "GET");
  EXPECT_EQ(seen.target, "/a%20b/c?q=1&r");
  EXPECT_EQ(seen.path, "/a b/c");
  EXPECT_EQ(seen.query, "q=1&r");
  EXPECT_EQ(seen.headers.Get("x-test"), "some value");
  EXPECT_EQ(seen.remote_address, "127.0.0.1");
  EXPECT_TRUE(seen.from_loopback);
  EXPECT_EQ(seen.local_port, server->port());
}

TEST(HttpServerTest, TakesAWholeUrlAsTarget) {
  const auto server = Serve(Echo);

  RawClient client(server->port());
  client->Send(Get("http://h/p?q"));

  EXPECT_THAT(client->ReadMessage(), EndsWith("GET /p []"));
}

TEST(HttpServerTest, KeepsTheConnectionUntilThePeerWantsItClosed) {
  const auto server = Serve(Echo);
  RawClient client(server->port());

  client->Send(Get("/1"));
  EXPECT_THAT(client->ReadMessage(), EndsWith("GET /1 []"));
  client->Send(Post("/2", "body"));
  EXPECT_THAT(client->ReadMessage(), EndsWith("POST /2 [body]"));
  client->Send(Get("/3", "Connection: close\r\n"));

  const std::string last = client->ReadAll();
  EXPECT_THAT(last, HasSubstr("Connection: close\r\n"));
  EXPECT_THAT(last, EndsWith("GET /3 []"));
}

TEST(HttpServerTest, ClosesAfterHttp10UnlessAskedToKeep) {
  const auto server = Serve(Echo);

  EXPECT_THAT(AnswerTo(*server, "GET /old HTTP/1.0\r\n\r\n"), EndsWith("GET /old []"));
  RawClient client(server->port());
  client->Send("GET /kept HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_THAT(client->ReadMessage(), HasSubstr("Connection: keep-alive\r\n"));
}

TEST(HttpServerTest, AnswersPipelinedRequestsInOrder) {
  const auto server = Serve(Echo);
  RawClient client(server->port());

  client->Send(Get("/1") + Post("/2", "x") + Get("/3"));

  EXPECT_THAT(client->ReadMessage(), EndsWith("GET /1 []"));
  EXPECT_THAT(client->ReadMessage(), EndsWith("POST /2 [x]"));
  EXPECT_THAT(client->ReadMessage(), EndsWith("GET /3 []"));
}

TEST(HttpServerTest, TakesARequestInAnyPieces) {
  const auto server = Serve(Echo);
  RawClient client(server->port());

  for (const char byte : Post("/p", "split")) client->Send({&byte, 1});

  EXPECT_THAT(client->ReadMessage(), EndsWith("POST /p [split]"));
}

TEST(HttpServerTest, AnswersHeadWithTheLengthAlone) {
  const auto server = Serve(Echo);

  const std::string answer = AnswerTo(*server, "HEAD /p HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");

  EXPECT_THAT(answer, HasSubstr("Content-Length: 10\r\n"));
  EXPECT_THAT(answer, EndsWith("\r\n\r\n"));
}

TEST(HttpServerTest, SendsNoBodyWith204) {
  const auto server =
      Serve([](HttpRequest, HttpResponder responder) { responder.Send(HttpResponse::Text(204, "lost")); });

  const std::string answer = AnswerTo(*server, Get("/", "Connection: close\r\n"));

  EXPECT_THAT(answer, Not(HasSubstr("Content-Length")));
  EXPECT_THAT(answer, EndsWith("\r\n\r\n"));
}

TEST(HttpServerTest, TakesABodyInChunksAndDropsTrailers) {
  HttpRequest seen;
  const auto server = Serve([&](HttpRequest request, HttpResponder responder) {
    seen = std::move(request);
    responder.Send({});
  });
  RawClient client(server->port());

  client->Send(
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nabc\r\n5;ext=1\r\ndefgh\r\n0\r\nAuthorization: late\r\n\r\n");
  client->ReadMessage();

  EXPECT_EQ(seen.body, "abcdefgh");
  EXPECT_FALSE(seen.headers.Has("Authorization"));
}

TEST(HttpServerTest, MovesLargeBodiesBothWays) {
  HttpServerOptions options;
  options.max_body_bytes = 16 << 20;
  const auto server =
      Serve([](HttpRequest request,
               HttpResponder responder) { responder.Send(HttpResponse::Text(200, std::move(request.body))); },
            options);
  std::string body(8 << 20, 'x');
  for (std::size_t i = 0; i < body.size(); i += 4096) body[i] = static_cast<char>('a' + i / 4096 % 26);

  RawClient client(server->port());
  client->Send(Post("/", body));
  const std::string answer = client->ReadMessage();

  EXPECT_TRUE(answer.ends_with(body));
}

TEST(HttpServerTest, RefusesABodyOverTheLimitOfItsRoute) {
  HttpServerOptions options;
  options.body_limit = [](std::string_view method, std::string_view path) {
    return method == "POST" && path == "/large" ? std::size_t{100} : std::size_t{10};
  };
  const auto server = Serve(Echo, options);

  const std::string refused = AnswerTo(*server, Post("/small", std::string(11, 'x')));

  EXPECT_THAT(refused, StartsWith("HTTP/1.1 413 Content Too Large\r\n"));
  EXPECT_THAT(refused, HasSubstr("Connection: close\r\n"));
  EXPECT_THAT(refused, EndsWith(R"({"message":"the request's body has 11 bytes; 10 are taken here"})"));
  RawClient client(server->port());
  client->Send(Post("/large", std::string(100, 'x')));
  EXPECT_THAT(client->ReadMessage(), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(AnswerTo(*server,
                       "POST /s HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
                       "6\r\nabcdef\r\n6\r\nabcdef\r\n0\r\n\r\n"),
              StartsWith("HTTP/1.1 413 "));
}

TEST(HttpServerTest, TellsHowMuchOfALargeBodyHasArrived) {
  std::atomic<std::size_t> arrived{0};
  HttpServerOptions options;
  options.on_body = [&arrived](std::string_view method, std::string_view path, std::size_t received) {
    if (method == "POST" && path == "/large") arrived = received;
  };
  const auto server = Serve(Echo, options);
  const std::string request = Post("/large", std::string(200'000, 'x'));
  RawClient client(server->port());

  client->Send(request.substr(0, 150'000));

  EXPECT_TRUE(Eventually([&arrived] { return arrived > 100'000; }));
  EXPECT_LT(arrived, 150'000u);
  client->Send(request.substr(150'000));
  EXPECT_THAT(client->ReadMessage(), StartsWith("HTTP/1.1 200"));
}

struct BadRequest {
  const char* name;
  std::string bytes;
  int status;
};

class Malformed : public ::testing::TestWithParam<BadRequest> {};

TEST_P(Malformed, IsAnsweredAndClosed) {
  HttpServerOptions options;
  options.max_header_bytes = 1024;
  bool handled = false;
  const auto server = Serve(
      [&](HttpRequest, HttpResponder responder) {
        handled = true;
        responder.Send({});
      },
      options);

  const std::string answer = AnswerTo(*server, GetParam().bytes);

  EXPECT_THAT(answer, StartsWith("HTTP/1.1 " + std::to_string(GetParam().status) + " "));
  EXPECT_THAT(answer, HasSubstr(R"({"message":")"));
  EXPECT_FALSE(handled);
}

INSTANTIATE_TEST_SUITE_P(
    Requests, Malformed,
    ::testing::Values(
        BadRequest{"Garbage", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400},
        BadRequest{"NoVersion", "GET /\r\n\r\n", 400},
        BadRequest{"Http2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400},
        BadRequest{"NoHost", "GET / HTTP/1.1\r\n\r\n", 400},
        BadRequest{"TwoHosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
        BadRequest{"BlankInFieldName", "GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400},
        BadRequest{"RelativeTarget", "GET index.html HTTP/1.1\r\nHost: h\r\n\r\n", 400},
        BadRequest{"LengthNoNumber", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: x\r\n\r\n", 400},
        BadRequest{"NegativeLength", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n", 400},
        BadRequest{"LengthAndChunks",
                   "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
                   400},
        BadRequest{"BadChunk", "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400},
        BadRequest{"HugeChunk",
                   "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
                   413},
        BadRequest{"OtherCoding", "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\n\r\n", 501},
        BadRequest{"TwoCodings", "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
                   501},
        BadRequest{"OtherExpect",
                   "POST / HTTP/1.1\r\nHost: h\r\nExpect: wonders\r\nContent-Length: 1\r\n\r\n", 417},
        BadRequest{"LongTarget", "GET /" + std::string(2000, 'x') + " HTTP/1.1\r\nHost: h\r\n\r\n", 431},
        BadRequest{"LongHeader", "GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(2000, 'x') + "\r\n\r\n",
                   431},
        BadRequest{"EndlessHeader", "GET / HTTP/1.1\r\nX: " + std::string(5000, 'x'), 431},
        BadRequest{
            "EndlessChunkLine",
            "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1;" + std::string(5000, 'x'),
            431},
        BadRequest{"EndlessTrailers",
                   "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: " +
                       std::string(5000, 'x'),
                   431}),
    [](const auto& test) { return std::string(test.param.name); });

TEST(HttpServerTest, TellsASlowRequestAndDropsASilentConnection) {
  HttpServerOptions options;
  options.request_timeout = 30ms;
  options.idle_timeout = 30ms;
  const auto server = Serve(Echo, options);

  EXPECT_THAT(AnswerTo(*server, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nab"),
              StartsWith("HTTP/1.1 408 Request Timeout\r\n"));
  EXPECT_THAT(AnswerTo(*server, ""), IsEmpty());
}

TEST(HttpServerTest, GivesARequestThatComesSteadilyItsTimeAndNoMore) {
  HttpServerOptions options;
  options.request_timeout = 30ms;
  options.min_request_rate = 10;
  const auto server = Serve(Echo, options);
  RawClient steady(server->port());
  steady->Send("POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\na");

  // By the time that this one is told off the other one has had more than its 30 ms, too.
  EXPECT_THAT(AnswerTo(*server, "P"), StartsWith("HTTP/1.1 408 "));
  steady->Send("bc");
  EXPECT_THAT(steady->ReadMessage(), EndsWith("POST /p [abc]"));

  options.longest_request = 40ms;
  const auto strict = Serve(Echo, options);
  EXPECT_THAT(AnswerTo(*strict, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\na"),
              ::testing::AllOf(StartsWith("HTTP/1.1 408 "), HasSubstr("bytes in 40 ms")));
}

TEST(HttpServerTest, SaysContinueOnlyToWhomItWouldTake) {
  const auto server = Serve(Echo);
  RawClient client(server->port());

  client->Send("POST /p HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
  EXPECT_EQ(client->ReadUntil("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client->Send("abc");

  EXPECT_THAT(client->ReadMessage(), EndsWith("POST /p [abc]"));
  EXPECT_THAT(
      AnswerTo(*server,
               "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 9999999\r\n\r\n"),
      StartsWith("HTTP/1.1 413 "));
}

TEST(HttpServerTest, TakesAnAnswerFromAnotherThread) {
  std::vector<std::thread> threads;
  const auto server = Serve([&](HttpRequest request, HttpResponder responder) {
    threads.emplace_back([request = std::move(request), responder = std::move(responder)]() mutable {
      Echo(std::move(request), std::move(responder));
    });
  });
  RawClient client(server->port());

  client->Send(Get("/1") + Get("/2"));

  EXPECT_THAT(client->ReadMessage(), EndsWith("GET /1 []"));
  EXPECT_THAT(client->ReadMessage(), EndsWith("GET /2 []"));
  for (std::thread& thread : threads) thread.join();
}

TEST(HttpServerTest, AnswersForAHandlerThatForgets) {
  const auto server = Serve([](HttpRequest, HttpResponder) {});
  RawClient client(server->port());

  client->Send(Get("/"));

  EXPECT_THAT(client->ReadMessage(), StartsWith("HTTP/1.1 500 Internal Server Error\r\n"));
}

TEST(HttpServerTest, LetsNoValueBeginAFieldOfItsOwn) {
  const auto server = Serve([](HttpRequest, HttpResponder responder) {
    HttpResponse response;
    response.headers = {{"X-Echo", "a\r\nSet-Cookie: evil"}, {"Content-Length", "99"}};
    responder.Send(std::move(response));
  });
  RawClient client(server->port());

  client->Send(Get("/"));
  const std::string answer = client->ReadMessage();

  EXPECT_THAT(answer, HasSubstr("X-Echo: a  Set-Cookie: evil\r\n"));
  EXPECT_THAT(answer, HasSubstr("Content-Length: 0\r\n"));
  EXPECT_THAT(answer, Not(HasSubstr("99")));
}

TEST(HttpServerTest, RefusesConnectionsOverTheLimit) {
  HttpServerOptions options;
  options.max_connections = 1;
  const auto server = Serve(Echo, options);
  RawClient first(server->port());
  first->Send(Get("/"));
  first->ReadMessage();

  EXPECT_THAT(AnswerTo(*server, Get("/")), StartsWith("HTTP/1.1 503 Service Unavailable\r\n"));

  first->Close();
  EXPECT_TRUE(Eventually([&] {
    RawClient next(server->port());
    next->Send(Get("/"));
    return next->ReadMessage().starts_with("HTTP/1.1 200");
  }));
}

TEST(HttpServerTest, ServesManyConnectionsOnSeveralThreads) {
  HttpServerOptions options;
  options.threads = 3;
  const auto server = Serve(Echo, options);
  std::atomic<int> right{0};
  std::vector<std::thread> clients;

  for (int i = 0; i < 8; ++i) {
    clients.emplace_back([&] {
      RawClient client(server->port());
      for (int j = 0; j < 50; ++j) {
        client->Send(Post("/p", "body") + Get("/q"));
        if (client->ReadMessage().ends_with("POST /p [body]")) ++right;
        if (client->ReadMessage().ends_with("GET /q []")) ++right;
      }
    });
  }
  for (std::thread& client : clients) client.join();

  EXPECT_EQ(right, 8 * 50 * 2);
}

}  // namespace
}  // namespace repartee
