#include "repartee/net/http_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "repartee/net/test_peers.h"

namespace repartee {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;
using namespace std::chrono_literals;

// Says what it was asked.
void Echo(HttpRequest request, HttpResponder responder) {
  responder.Send(HttpResponse::Text(200, request.method + " " + request.path + " [" + request.body + "]"));
}

std::unique_ptr<HttpServer> Serve(HttpHandler handler, HttpServerOptions options = {}) {
  auto server = HttpServer::Listen(std::move(options), std::move(handler));
  EXPECT_TRUE(server.ok()) << server.status();
  return *std::move(server);
}

std::string Get(std::string_view path, std::string_view more = "") {
  return "GET " + std::string(path) + " HTTP/1.1\r\nHost: h\r\n" + std::string(more) + "\r\n";
}

std::string Post(std::string_view path, std::string_view body) {
  return "POST " + std::string(path) +
         " HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         std::string(body);
}

// What the server says to these bytes, until it closes.
std::string AnswerTo(const HttpServer& server, std::string_view bytes) {
  RawClient client(server.port());
  client->Send(bytes);
  return client->ReadAll();
}

bool Eventually(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + 10s;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

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

// ---------------------------------------------------------------- streams

// Hands the stream of each request to the test.
struct Streams {
  std::promise<std::shared_ptr<HttpStream>> promise;
  std::future<std::shared_ptr<HttpStream>> future = promise.get_future();

  HttpHandler Handler() {
    return [this](HttpRequest request, HttpResponder responder) {
      if (request.path != "/stream") return Echo(std::move(request), std::move(responder));
      promise.set_value(responder.StartStream(200, {{"Content-Type", "text/event-stream"}}));
    };
  }
};

TEST(HttpServerStream, FeedsPiecesAndThenTakesTheNextRequest) {
  Streams streams;
  const auto server = Serve(streams.Handler());
  RawClient client(server->port());
  client->Send(Get("/stream"));
  const auto stream = streams.future.get();

  EXPECT_THAT(client->ReadUntil("\r\n\r\n"), HasSubstr("Transfer-Encoding: chunked\r\n"));
  EXPECT_TRUE(stream->Write("data: 1\n\n"));
  EXPECT_EQ(client->ReadUntil("\n\n\r\n"), "9\r\ndata: 1\n\n\r\n");
  EXPECT_TRUE(stream->Write(""));
  EXPECT_TRUE(stream->Write("x"));
  stream->Close();
  EXPECT_EQ(client->ReadUntil("0\r\n\r\n"), "1\r\nx\r\n0\r\n\r\n");
  EXPECT_FALSE(stream->Write("late"));

  client->Send(Get("/next"));
  EXPECT_THAT(client->ReadMessage(), EndsWith("GET /next []"));
}

TEST(HttpServerStream, EndsWithItsHandle) {
  Streams streams;
  const auto server = Serve(streams.Handler());
  RawClient client(server->port());

  client->Send(Get("/stream") + Get("/next"));
  streams.future.get().reset();

  EXPECT_THAT(client->ReadUntil("0\r\n\r\n"), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(client->ReadMessage(), EndsWith("GET /next []"));
}

TEST(HttpServerStream, UsesNoChunksForHttp10) {
  Streams streams;
  const auto server = Serve(streams.Handler());
  RawClient client(server->port());

  client->Send("GET /stream HTTP/1.0\r\n\r\n");
  const auto stream = streams.future.get();
  stream->Write("plain");
  stream->Close();

  const std::string answer = client->ReadAll();
  EXPECT_THAT(answer, Not(HasSubstr("chunked")));
  EXPECT_THAT(answer, EndsWith("\r\n\r\nplain"));
}

TEST(HttpServerStream, HasNoBodyForHead) {
  Streams streams;
  const auto server = Serve(streams.Handler());
  RawClient client(server->port());

  client->Send("HEAD /stream HTTP/1.1\r\nHost: h\r\n\r\n" + Get("/next"));

  EXPECT_FALSE(streams.future.get()->Write("x"));
  EXPECT_THAT(client->ReadUntil("\r\n\r\n"), Not(HasSubstr("chunked")));
  EXPECT_THAT(client->ReadMessage(), EndsWith("GET /next []"));
}

TEST(HttpServerStream, LearnsThatThePeerLeft) {
  Streams streams;
  const auto server = Serve(streams.Handler());
  RawClient client(server->port());
  client->Send(Get("/stream"));
  const auto stream = streams.future.get();

  client->Close();

  EXPECT_TRUE(Eventually([&] { return !stream->open(); }));
  EXPECT_FALSE(stream->Write("x"));
}

TEST(HttpServerStream, DropsAPeerThatTakesNothing) {
  Streams streams;
  const auto server = Serve(streams.Handler());
  RawClient client(server->port());
  client->Send(Get("/stream"));
  const auto stream = streams.future.get();

  const std::string piece(64 << 10, 'x');
  int written = 0;
  while (stream->Write(piece) && written < 10000) ++written;

  EXPECT_LT(written, 10000);
  EXPECT_FALSE(stream->open());
}

// ---------------------------------------------------------------- start and stop

TEST(HttpServerStop, LetsTheRequestInHandFinish) {
  std::promise<HttpResponder> asked;
  auto server = Serve([&](HttpRequest, HttpResponder responder) { asked.set_value(std::move(responder)); });
  RawClient busy(server->port());
  RawClient idle(server->port());
  busy->Send(Get("/"));
  HttpResponder responder = asked.get_future().get();

  std::thread stopping([&] { server->Stop(10s); });
  EXPECT_THAT(idle->ReadAll(), IsEmpty());  // closed at once
  responder.Send(HttpResponse::Text(200, "done"));
  stopping.join();

  const std::string answer = busy->ReadAll();
  EXPECT_THAT(answer, HasSubstr("Connection: close\r\n"));
  EXPECT_THAT(answer, EndsWith("done"));
}

TEST(HttpServerStop, CutsOffWhatOutlastsTheGrace) {
  std::promise<HttpResponder> asked;
  auto server = Serve([&](HttpRequest, HttpResponder responder) { asked.set_value(std::move(responder)); });
  RawClient client(server->port());
  client->Send(Get("/"));
  HttpResponder responder = asked.get_future().get();

  server->Stop(1ms);

  EXPECT_THAT(client->ReadAll(), IsEmpty());
  server.reset();
  responder.Send(HttpResponse::Text(200, "too late"));  // and nothing happens
}

TEST(HttpServerStop, EndsOpenStreams) {
  Streams streams;
  const auto server = Serve(streams.Handler());
  RawClient client(server->port());
  client->Send(Get("/stream"));
  const auto stream = streams.future.get();
  stream->Write("last");

  server->Stop(10s);

  EXPECT_FALSE(stream->open());
  EXPECT_THAT(client->ReadAll(), EndsWith("4\r\nlast\r\n"));  // cut, not ended
}

TEST(HttpServerListen, NamesThePortThatIsTaken) {
  const auto server = Serve(Echo);
  HttpServerOptions options;
  options.port = server->port();

  const auto second = HttpServer::Listen(options, Echo);

  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.status().code(), StatusCode::kAlreadyExists);
  EXPECT_THAT(second.status().message(), HasSubstr("port " + std::to_string(server->port())));
}

TEST(HttpServerListen, TakesAPortWhoseConnectionsStillLinger) {
  auto server = Serve(Echo);
  HttpServerOptions options;
  options.port = server->port();
  RawClient client(server->port());
  client->Send(Get("/"));
  client->ReadMessage();
  server.reset();  // closes first, so the port is left in TIME_WAIT

  EXPECT_TRUE(HttpServer::Listen(options, Echo).ok());
}

TEST(HttpServerListen, RefusesABadAddress) {
  HttpServerOptions options;
  options.host = "no.such.address";
  EXPECT_EQ(HttpServer::Listen(options, Echo).status().code(), StatusCode::kInvalidArgument);
  options = {};
  options.port = 70000;
  EXPECT_EQ(HttpServer::Listen(options, Echo).status().code(), StatusCode::kInvalidArgument);
  options = {};
  options.host = "192.0.2.1";  // of nobody's machine
  EXPECT_EQ(HttpServer::Listen(options, Echo).status().code(), StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace repartee
