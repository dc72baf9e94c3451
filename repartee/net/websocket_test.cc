#include "repartee/net/websocket.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "repartee/net/test_peers.h"

namespace repartee {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;
using namespace std::chrono_literals;
using namespace std::string_literals;

constexpr Nanos kPatience = 20s;
constexpr std::string_view kUpgrade =
    "GET /ws?token=1 HTTP/1.1\r\nHost: h\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

// One side of a connection, and all it heard.
struct Side {
  std::unique_ptr<WebSocket> socket;
  std::optional<HttpResponse> upgrade;
  std::vector<std::string> texts;
  std::vector<std::string> binaries;
  std::optional<WebSocketClosed> closed;
  UniqueFunction<void(std::string_view)> on_text;

  void Start(std::unique_ptr<WebSocket> given) {
    socket = std::move(given);
    WebSocketHandler handler;
    handler.on_open = [this](const HttpResponse& response) { upgrade = response; };
    handler.on_message = [this](WebSocketKind kind, std::string_view message) {
      (kind == WebSocketKind::kText ? texts : binaries).emplace_back(message);
      if (on_text && kind == WebSocketKind::kText) on_text(message);
    };
    handler.on_closed = [this](const WebSocketClosed& told) { closed = told; };
    socket->Start(std::move(handler));
  }
  Status Text(std::string text) { return socket->Send(WebSocketKind::kText, std::move(text)); }
};

// A frame as a client sends it, masked with zeros.
std::string Frame(unsigned char first, std::string_view payload) {
  std::string frame(1, static_cast<char>(first));
  if (payload.size() < 126) {
    frame += static_cast<char>(0x80 | payload.size());
  } else {
    frame += static_cast<char>(0x80 | 126);
    frame += static_cast<char>(payload.size() >> 8);
    frame += static_cast<char>(payload.size() & 0xff);
  }
  return frame + "\0\0\0\0"s + std::string(payload);
}

class WebSocketTest : public ::testing::Test {
 protected:
  // A server whose every upgrade is accepted onto the test's loop as `server_side_`.
  void Serve(WebSocketAcceptance acceptance = {}) {
    Serve([this, acceptance](HttpRequest request, WebSocketUpgrade upgrade) {
      seen_ = std::move(request);
      upgrade.Accept(loop_, acceptance,
                     [this](std::unique_ptr<WebSocket> socket) { server_side_.Start(std::move(socket)); });
    });
  }
  void Serve(std::function<void(HttpRequest, WebSocketUpgrade)> on_websocket) {
    HttpServerOptions options;
    options.on_websocket = std::move(on_websocket);
    auto server = HttpServer::Listen(std::move(options), [](HttpRequest, HttpResponder responder) {
      responder.Send(HttpResponse::Text(200, "plain"));
    });
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }
  std::string Url() const { return "ws://127.0.0.1:" + std::to_string(server_->port()) + "/ws?token=1"; }
  void Connect(WebSocketRequest request = {}, WebSocketOptions options = {}) {
    if (request.url.empty()) request.url = Url();
    client_.Start(ConnectWebSocket(loop_, std::move(request), std::move(options)));
  }
  bool Until(UniqueFunction<bool()> done) { return loop_.RunUntil(std::move(done), kPatience); }
  bool UntilOpen() {
    return Until([this] { return client_.upgrade && server_side_.upgrade; });
  }
  bool UntilClosed(const Side& side) {
    return Until([&side] { return side.closed.has_value(); });
  }

  EventLoop loop_;
  HttpRequest seen_;
  Side client_;
  Side server_side_;
  std::unique_ptr<HttpServer> server_;
};

TEST_F(WebSocketTest, CarriesTextAndBinaryBothWays) {
  Serve();
  Connect();
  ASSERT_TRUE(client_.Text("sent before it is open").ok());
  ASSERT_TRUE(UntilOpen());

  ASSERT_TRUE(client_.socket->Send(WebSocketKind::kBinary, "\0\xff"s).ok());
  ASSERT_TRUE(server_side_.Text("h\u00e9").ok());
  ASSERT_TRUE(server_side_.socket->Send(WebSocketKind::kBinary, std::string(3 << 20, 'x')).ok());
  ASSERT_TRUE(Until([this] { return !client_.binaries.empty() && !server_side_.binaries.empty(); }));

  EXPECT_THAT(server_side_.texts, ElementsAre("sent before it is open"));
  EXPECT_THAT(server_side_.binaries, ElementsAre("\0\xff"s));
  EXPECT_THAT(client_.texts, ElementsAre("h\u00e9"));
  EXPECT_EQ(client_.binaries[0].size(), 3u << 20);
  EXPECT_EQ(client_.socket->buffered_bytes(), 0u);
}

TEST_F(WebSocketTest, TellsTheServerWhatWasAskedAndTheClientWhatWasAnswered) {
  WebSocketAcceptance acceptance;
  acceptance.subprotocol = "token";
  acceptance.headers.Add("dg-request-id", "r1");
  Serve(acceptance);
  WebSocketRequest request;
  request.url = Url();
  request.headers.Add("Authorization", "Token k");
  request.subprotocols = {"token", "k"};
  Connect(std::move(request));
  ASSERT_TRUE(UntilOpen());

  EXPECT_EQ(seen_.path, "/ws");
  EXPECT_EQ(seen_.QueryParameter("token"), "1");
  EXPECT_EQ(seen_.headers.Get("authorization"), "Token k");
  EXPECT_EQ(seen_.headers.Get("sec-websocket-protocol"), "token, k");
  EXPECT_EQ(client_.upgrade->status, 101);
  EXPECT_EQ(client_.upgrade->headers.Get("dg-request-id"), "r1");
  EXPECT_EQ(client_.upgrade->headers.Get("sec-websocket-protocol"), "token");
}

TEST_F(WebSocketTest, GivesTheRefusalOfAServerWithStatusHeadersAndBody) {
  Serve([](HttpRequest, WebSocketUpgrade upgrade) {
    HttpResponse no = HttpResponse::Text(429, "slow down");
    no.headers.Add("Retry-After", "3");
    upgrade.Refuse(std::move(no));
  });
  Connect();
  ASSERT_TRUE(UntilClosed(client_));

  EXPECT_EQ(client_.closed->refusal.status, 429);
  EXPECT_EQ(client_.closed->refusal.headers.Get("retry-after"), "3");
  EXPECT_EQ(client_.closed->refusal.body, "slow down");
  EXPECT_EQ(client_.closed->status.code(), StatusCode::kUnavailable);
  EXPECT_FALSE(client_.closed->opened);
  EXPECT_FALSE(client_.Text("x").ok());
}

TEST_F(WebSocketTest, RefusesWhenTheUpgradeIsDropped) {
  Serve([](HttpRequest, WebSocketUpgrade) {});
  Connect();
  ASSERT_TRUE(UntilClosed(client_));

  EXPECT_EQ(client_.closed->refusal.status, 500);
}

TEST_F(WebSocketTest, TellsEachSideTheCloseOfTheOther) {
  Serve();
  Connect();
  ASSERT_TRUE(UntilOpen());
  ASSERT_TRUE(client_.Text("last words").ok());

  client_.socket->Close(4001, "enough");
  EXPECT_EQ(client_.Text("too late").code(), StatusCode::kFailedPrecondition);
  ASSERT_TRUE(UntilClosed(client_));
  ASSERT_TRUE(UntilClosed(server_side_));

  EXPECT_THAT(server_side_.texts, ElementsAre("last words"));
  EXPECT_EQ(server_side_.closed->code, 4001);
  EXPECT_EQ(server_side_.closed->reason, "enough");
  EXPECT_EQ(server_side_.closed->status.code(), StatusCode::kUnavailable);
  EXPECT_EQ(client_.closed->code, 4001);
  EXPECT_TRUE(client_.closed->status.ok()) << client_.closed->status;
  EXPECT_TRUE(client_.closed->opened);
}

TEST_F(WebSocketTest, TakesAnOrdinaryCloseOfTheServerForNoError) {
  Serve();
  Connect();
  ASSERT_TRUE(UntilOpen());

  server_side_.socket->Close(kWebSocketGoingAway, "");
  ASSERT_TRUE(UntilClosed(client_));

  EXPECT_TRUE(client_.closed->status.ok()) << client_.closed->status;
  EXPECT_EQ(client_.closed->code, kWebSocketGoingAway);
  EXPECT_FALSE(client_.socket->open());
}

TEST_F(WebSocketTest, CallsNothingAfterItIsDestroyedInAHandler) {
  Serve();
  Connect();
  ASSERT_TRUE(UntilOpen());
  client_.on_text = [this](std::string_view) { client_.socket.reset(); };
  ASSERT_TRUE(server_side_.Text("one").ok());
  ASSERT_TRUE(server_side_.Text("two").ok());
  ASSERT_TRUE(UntilClosed(server_side_));

  EXPECT_THAT(client_.texts, ElementsAre("one"));
  EXPECT_FALSE(client_.closed.has_value());
  EXPECT_EQ(server_side_.closed->code, kWebSocketAbnormal);
}

TEST_F(WebSocketTest, ClosesWith1009WhenAMessageIsTooLarge) {
  WebSocketAcceptance acceptance;
  acceptance.options.max_message_bytes = 1000;
  Serve(acceptance);
  Connect();
  ASSERT_TRUE(UntilOpen());
  ASSERT_TRUE(client_.Text(std::string(1000, 'a')).ok());
  ASSERT_TRUE(client_.Text(std::string(1001, 'b')).ok());
  ASSERT_TRUE(UntilClosed(client_));
  ASSERT_TRUE(UntilClosed(server_side_));

  EXPECT_EQ(server_side_.texts.size(), 1u);
  EXPECT_EQ(server_side_.closed->code, kWebSocketTooBig);
  EXPECT_EQ(server_side_.closed->status.code(), StatusCode::kResourceExhausted);
  EXPECT_EQ(client_.closed->code, kWebSocketTooBig);
}

TEST_F(WebSocketTest, ClosesWith1007WhenTextIsNoUtf8) {
  Serve();
  Connect();
  ASSERT_TRUE(UntilOpen());
  ASSERT_TRUE(client_.Text("\xff\xfe").ok());
  ASSERT_TRUE(UntilClosed(client_));
  ASSERT_TRUE(UntilClosed(server_side_));

  EXPECT_THAT(server_side_.texts, IsEmpty());
  EXPECT_EQ(server_side_.closed->status.code(), StatusCode::kMalformed);
  EXPECT_EQ(client_.closed->code, kWebSocketBadPayload);
}

TEST_F(WebSocketTest, RefusesToSendMoreThanItsLimitAndTakesItWhenThereIsRoomAgain) {
  Serve();
  WebSocketOptions options;
  options.max_send_bytes = 1000;
  Connect({}, options);

  ASSERT_TRUE(client_.Text(std::string(600, 'a')).ok());
  EXPECT_EQ(client_.Text(std::string(600, 'b')).code(), StatusCode::kResourceExhausted);
  ASSERT_TRUE(client_.Text(std::string(400, 'c')).ok());
  EXPECT_EQ(client_.socket->buffered_bytes(), 1000u);
  ASSERT_TRUE(Until([this] { return server_side_.texts.size() == 2; }));
  ASSERT_TRUE(client_.Text(std::string(5000, 'd')).ok()) << "one message alone is always taken";
  ASSERT_TRUE(Until([this] { return server_side_.texts.size() == 3; }));
}

TEST_F(WebSocketTest, CutsOffAPeerThatTakesNothing) {
  WebSocketAcceptance acceptance;
  acceptance.options.stall_timeout = 100ms;
  acceptance.options.max_send_bytes = 64 << 20;
  Serve(acceptance);
  RawClient peer(server_->port());
  peer->Send(std::string(kUpgrade) + "\r\n");
  ASSERT_TRUE(Until([this] { return server_side_.upgrade.has_value(); }));

  ASSERT_TRUE(server_side_.socket->Send(WebSocketKind::kBinary, std::string(32 << 20, 'x')).ok());
  ASSERT_TRUE(UntilClosed(server_side_));

  EXPECT_EQ(server_side_.closed->status.code(), StatusCode::kDeadlineExceeded);
  EXPECT_THAT(server_side_.closed->status.message(), HasSubstr("took nothing for 100 ms"));
}

TEST_F(WebSocketTest, CutsOffAPeerThatStopsInTheMiddleOfAMessage) {
  WebSocketAcceptance acceptance;
  acceptance.options.message_stall_timeout = 50ms;
  Serve(acceptance);
  RawClient peer(server_->port());
  peer->Send(std::string(kUpgrade) + "\r\n");
  ASSERT_TRUE(Until([this] { return server_side_.upgrade.has_value(); }));
  EXPECT_FALSE(server_side_.socket->message_under_way());
  peer->Send(Frame(0x81, "whole") + Frame(0x81, "not whole").substr(0, 9));
  ASSERT_TRUE(Until([this] { return server_side_.socket->message_under_way(); }));
  ASSERT_TRUE(UntilClosed(server_side_));

  EXPECT_THAT(server_side_.texts, ElementsAre("whole"));
  EXPECT_EQ(server_side_.closed->status.code(), StatusCode::kDeadlineExceeded);
  EXPECT_THAT(server_side_.closed->status.message(), HasSubstr("in the middle of a message"));
}

TEST_F(WebSocketTest, PingsAPeerThatIsSilentAndLeavesOneThatAnswers) {
  WebSocketAcceptance acceptance;
  acceptance.options.ping_interval = 20ms;
  acceptance.options.pong_timeout = 2000ms;
  Serve(acceptance);
  RawClient peer(server_->port());
  peer->Send(std::string(kUpgrade) + "\r\n");
  std::thread answers([&peer] {
    peer->ReadUntil("\r\n\r\n");
    for (int i = 0; i < 3; ++i) {
      EXPECT_EQ(peer->ReadBytes(2), "\x89\0"s);
      peer->Send(Frame(0x8a, ""));
    }
    peer->Send(Frame(0x81, "still here"));
  });
  ASSERT_TRUE(Until([this] { return !server_side_.texts.empty(); }));
  answers.join();

  EXPECT_FALSE(server_side_.closed.has_value());
}

TEST_F(WebSocketTest, CutsOffAPeerThatAnswersNoPing) {
  WebSocketAcceptance acceptance;
  acceptance.options.ping_interval = 20ms;
  acceptance.options.pong_timeout = 20ms;
  Serve(acceptance);
  RawClient peer(server_->port());
  peer->Send(std::string(kUpgrade) + "\r\n");
  ASSERT_TRUE(UntilClosed(server_side_));

  EXPECT_EQ(server_side_.closed->status.code(), StatusCode::kDeadlineExceeded);
  EXPECT_THAT(server_side_.closed->status.message(), HasSubstr("ping"));
}

TEST_F(WebSocketTest, GivesUpOnAPeerThatDoesNotAnswerItsClose) {
  WebSocketAcceptance acceptance;
  acceptance.options.close_timeout = 20ms;
  Serve(acceptance);
  RawClient peer(server_->port());
  peer->Send(std::string(kUpgrade) + "\r\n");
  ASSERT_TRUE(Until([this] { return server_side_.upgrade.has_value(); }));

  server_side_.socket->Close(kWebSocketNormal, "bye");
  ASSERT_TRUE(UntilClosed(server_side_));

  EXPECT_EQ(server_side_.closed->code, kWebSocketNormal);
  EXPECT_EQ(server_side_.closed->status.code(), StatusCode::kDeadlineExceeded);
  EXPECT_THAT(peer->ReadAll(), HasSubstr("\x88\x05\x03\xe8"
                                         "bye"));
}

TEST_F(WebSocketTest, JoinsTheFragmentsOfAMessageAroundAPing) {
  Serve();
  RawClient peer(server_->port());
  peer->Send(std::string(kUpgrade) + "\r\n");
  ASSERT_TRUE(Until([this] { return server_side_.upgrade.has_value(); }));
  EXPECT_THAT(peer->ReadUntil("\r\n\r\n"), StartsWith("HTTP/1.1 101"));
  peer->Send(Frame(0x01, "frag") + Frame(0x89, "p") + Frame(0x80, "ment"));
  ASSERT_TRUE(Until([this] { return !server_side_.texts.empty(); }));
  server_side_.socket.reset();  // else a pong that never comes would be waited for

  EXPECT_THAT(server_side_.texts, ElementsAre("fragment"));
  EXPECT_EQ(peer->ReadBytes(3), "\x8a\x01p");
}

TEST_F(WebSocketTest, ClosesWith1002OnAFrameThatIsNotMasked) {
  Serve();
  RawClient peer(server_->port());
  peer->Send(std::string(kUpgrade) + "\r\n");
  ASSERT_TRUE(Until([this] { return server_side_.upgrade.has_value(); }));
  peer->ReadUntil("\r\n\r\n");
  peer->Send("\x81\x01x");
  std::thread reads([&peer] {
    EXPECT_THAT(peer->ReadAll(), StartsWith("\x88\x02\x03\xea"));
    peer->Close();
  });
  ASSERT_TRUE(UntilClosed(server_side_));
  reads.join();

  EXPECT_EQ(server_side_.closed->status.code(), StatusCode::kMalformed);
  EXPECT_EQ(server_side_.closed->code, kWebSocketProtocolError);
}

TEST_F(WebSocketTest, TellsOfAPeerThatVanished) {
  Serve();
  {
    RawClient peer(server_->port());
    peer->Send(std::string(kUpgrade) + "\r\n");
    ASSERT_TRUE(Until([this] { return server_side_.upgrade.has_value(); }));
  }
  ASSERT_TRUE(UntilClosed(server_side_));

  EXPECT_EQ(server_side_.closed->code, kWebSocketAbnormal);
  EXPECT_EQ(server_side_.closed->status.code(), StatusCode::kUnavailable);
}

TEST_F(WebSocketTest, RefusesAnUpgradeThatIsNotWellFormed) {
  Serve();
  const auto answer_to = [this](std::string_view text) {
    RawClient peer(server_->port());
    peer->Send(text);
    return peer->ReadMessage();
  };
  std::string other_version(kUpgrade);
  other_version.replace(other_version.find("13\r\n"), 2, "99");
  std::string short_key(kUpgrade);
  short_key.replace(short_key.find("dGhl"), 4, "");

  EXPECT_THAT(answer_to(other_version + "\r\n"), StartsWith("HTTP/1.1 426"));
  EXPECT_THAT(answer_to(short_key + "\r\n"), StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(answer_to(std::string(kUpgrade) + "\r\nmore"), StartsWith("HTTP/1.1 400"));
  EXPECT_FALSE(server_side_.socket);
}

TEST_F(WebSocketTest, LeavesPlainRequestsToTheHandler) {
  Serve();
  RawClient peer(server_->port());
  peer->Send("GET /ws HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\n\r\n");

  EXPECT_THAT(peer->ReadMessage(), HasSubstr("plain"));
}

TEST_F(WebSocketTest, OutlivesTheServerThatAcceptedIt) {
  Serve();
  Connect();
  ASSERT_TRUE(UntilOpen());
  server_.reset();

  ASSERT_TRUE(client_.Text("still").ok());
  ASSERT_TRUE(Until([this] { return !server_side_.texts.empty(); }));
}

TEST_F(WebSocketTest, ClosesTheConnectionWhenTheLoopEndsBeforeItTookIt) {
  std::atomic<bool> called = false;
  auto other = std::make_unique<EventLoop>();
  std::atomic<bool> handed_over = false;
  Serve([&](HttpRequest, WebSocketUpgrade upgrade) {
    upgrade.Accept(*other, {}, [&called](std::unique_ptr<WebSocket>) { called = true; });
    handed_over = true;
  });
  RawClient peer(server_->port());
  peer->Send(std::string(kUpgrade) + "\r\n");
  while (!handed_over) std::this_thread::yield();
  server_.reset();
  other.reset();

  EXPECT_THAT(peer->ReadAll(), IsEmpty());
  EXPECT_FALSE(called);
}

TEST_F(WebSocketTest, NamesWhatIsWrongWithARequest) {
  const auto fault_of = [this](WebSocketRequest request) {
    Side side;
    side.Start(ConnectWebSocket(loop_, std::move(request)));
    EXPECT_TRUE(UntilClosed(side));
    return side.closed ? side.closed->status : OkStatus();
  };
  WebSocketRequest injected;
  injected.url = "ws://127.0.0.1:1/";
  injected.headers.Add("X-A", "1\r\nX-B: 2");

  EXPECT_EQ(fault_of({.url = "nonsense", .headers = {}, .subprotocols = {}}).code(),
            StatusCode::kInvalidArgument);
  EXPECT_THAT(fault_of(std::move(injected)).message(), HasSubstr("X-A holds a line end"));
  EXPECT_EQ(fault_of({.url = "ws://127.0.0.1:1/", .headers = {}, .subprotocols = {}}).code(),
            StatusCode::kUnavailable);
}

TEST_F(WebSocketTest, DoesNotWaitLongerThanItsLimitForAnUpgrade) {
  ScriptedServer mute(1, [](RawSocket& socket, int) { socket.ReadAll(); });
  WebSocketOptions options;
  options.connect_timeout = 30ms;
  WebSocketRequest request;
  request.url = "ws://127.0.0.1:" + std::to_string(mute.port()) + "/";
  Connect(std::move(request), options);
  ASSERT_TRUE(UntilClosed(client_));

  EXPECT_EQ(client_.closed->status.code(), StatusCode::kDeadlineExceeded);
  EXPECT_THAT(client_.closed->status.message(), HasSubstr("30 ms"));
}

TEST_F(WebSocketTest, EndsWhenClosedBeforeItIsOpen) {
  Serve();
  Connect();
  client_.socket->Close(kWebSocketNormal, "");
  ASSERT_TRUE(UntilClosed(client_));

  EXPECT_EQ(client_.closed->status.code(), StatusCode::kCancelled);
  EXPECT_FALSE(client_.closed->opened);
}

}  // namespace
}  // namespace repartee
