#include "repartee/net/http_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "repartee/net/client_for_test.h"
#include "repartee/net/http_server.h"

namespace repartee {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using namespace std::chrono_literals;

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

// The other end is there no more, and nothing says so.
TEST_F(HttpClientTest, WaitsLessForAConnectionThatWasUsedBefore) {
  ScriptedServer server(2, [](RawSocket& socket, int connection) {
    socket.ReadMessage();
    socket.Send(kOk);
    if (connection == 0) socket.ReadAll();  // the second request is never answered
  });
  const HttpCallOptions options{.kept_timeout = 50ms};
  EXPECT_TRUE(Fetch(To(server.Url("/1")), options).ok());

  const auto silent = Fetch(To(server.Url("/2")), options);

  EXPECT_EQ(silent.status().code(), StatusCode::kDeadlineExceeded);
  EXPECT_THAT(silent.status().message(), HasSubstr("no answer within 50 ms on a connection used before"));
  const auto fresh = Fetch(To(server.Url("/3")), options);
  EXPECT_TRUE(fresh.ok()) << fresh.status();
}

TEST_F(HttpClientTest, GivesAConnectionThatWasUsedBeforeTheWholeTimeOnceItAnswers) {
  std::promise<void> read;
  ScriptedServer server(1, [&read](RawSocket& socket, int) {
    socket.ReadMessage();
    socket.Send(kOk);
    socket.ReadMessage();
    socket.Send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no");
    read.get_future().wait();
    socket.Send("k");
  });
  const HttpCallOptions options{.kept_timeout = 50ms};
  EXPECT_TRUE(Fetch(To(server.Url("/1")), options).ok());
  Timer later(loop_, [&read] { read.set_value(); });
  later.Arm(150ms);

  const auto slow = Fetch(To(server.Url("/2")), options);

  EXPECT_TRUE(slow.ok()) << slow.status();
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

}  // namespace
}  // namespace repartee
