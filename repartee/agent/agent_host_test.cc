// Conversations over real sockets and threads, with services that need no models.
#include "repartee/agent/agent_host.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "repartee/agent/agent_for_test.h"
#include "repartee/audio/wav.h"
#include "repartee/transports/serializers/protobuf_protocol.h"

namespace repartee {
namespace {

using ::testing::Contains;

constexpr Nanos kPatience = std::chrono::seconds(30);

struct Client {
  std::unique_ptr<WebSocket> socket;
  std::vector<std::string> told;  // types of messages
  std::size_t sound = 0;          // bytes
  std::optional<WebSocketClosed> closed;

  void Say(std::string_view type, Json data = nullptr) {
    const std::string text = MakeRTVIMessage(type, std::move(data), "c1").dump();
    const std::string bytes = EncodeWireFrame({.kind = WireFrame::Kind::kMessage, .text = text});
    EXPECT_TRUE(socket->Send(WebSocketKind::kBinary, bytes).ok());
  }
  void Take(std::string_view bytes) {
    const auto frame = DecodeWireFrame(bytes);
    ASSERT_TRUE(frame.ok());
    if (frame->kind == WireFrame::Kind::kAudio) sound += frame->audio.size();
    if (frame->kind == WireFrame::Kind::kMessage) told.push_back(Json::parse(frame->text)["type"]);
  }
  bool Heard(const char* type) const { return std::find(told.begin(), told.end(), type) != told.end(); }
};

class AgentHostTest : public ::testing::Test {
 protected:
  void Serve(int max_conversations) {
    AgentHostOptions options;
    options.threads = 3;
    options.max_conversations = max_conversations;
    options.enable_tracing = false;
    options.agent.recordings = recordings_;
    // Whoever waits for a number of conversations looks again.
    options.on_ended = [this](const std::string&) { loop_.Post([] {}); };
    host_ = std::make_unique<AgentHost>(std::make_unique<testing::ScriptedStack>(), std::move(options));
    HttpServerOptions http;
    http.on_websocket = [this](HttpRequest, WebSocketUpgrade upgrade) { host_->Take(std::move(upgrade)); };
    auto server = HttpServer::Listen(std::move(http), [](HttpRequest, HttpResponder responder) {
      responder.Send(HttpResponse::Text(404, ""));
    });
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }

  Client& Connect() {
    Client& client = *clients_.emplace_back(std::make_unique<Client>());
    WebSocketRequest request;
    request.url = fmt::format("ws://127.0.0.1:{}/ws", server_->port());
    client.socket = ConnectWebSocket(loop_, std::move(request));
    WebSocketHandler handler;
    handler.on_message = [&client](WebSocketKind, std::string_view bytes) { client.Take(bytes); };
    handler.on_closed = [&client](const WebSocketClosed& how) { client.closed = how; };
    client.socket->Start(std::move(handler));
    client.Say("client-ready", Json{{"version", "2.1.0"}});
    return client;
  }

  bool Until(std::function<bool()> done) {
    return loop_.RunUntil([&done] { return done(); }, kPatience);
  }

  EventLoop loop_;
  std::string recordings_;
  std::unique_ptr<AgentHost> host_;
  std::unique_ptr<HttpServer> server_;
  std::vector<std::unique_ptr<Client>> clients_;
};

TEST_F(AgentHostTest, HoldsManyConversationsAtOnce) {
  Serve(100);
  for (int i = 0; i < 12; ++i) Connect().Say("send-text", Json{{"content", "Hi"}});

  ASSERT_TRUE(Until([this] {
    return std::all_of(clients_.begin(), clients_.end(),
                       [](const auto& client) { return client->Heard("bot-stopped-speaking"); });
  }));

  EXPECT_EQ(host_->conversations(), 12);
  for (const auto& client : clients_) {
    EXPECT_TRUE(client->Heard("bot-ready"));
    // Two sentences of 300 ms, in whole chunks of 40 ms at 24 kHz.
    EXPECT_GE(client->sound, 28800U);
    client->socket->Close(kWebSocketNormal, "");
  }
  EXPECT_TRUE(Until([this] { return host_->conversations() == 0; }));
}

TEST_F(AgentHostTest, RecordsBothSidesOfEachConversation) {
  recordings_ = ::testing::TempDir() + "recordings/of-agents";
  std::filesystem::remove_all(recordings_);
  Serve(10);
  Client& client = Connect();
  client.Say("send-text", Json{{"content", "Hi"}});
  ASSERT_TRUE(Until([&client] { return client.Heard("bot-stopped-speaking"); }));
  client.socket->Close(kWebSocketNormal, "");
  ASSERT_TRUE(Until([this] { return host_->conversations() == 0; }));

  const std::filesystem::directory_iterator files(recordings_);
  ASSERT_NE(files, std::filesystem::directory_iterator());
  const auto recorded = ReadWav(files->path().string());
  ASSERT_TRUE(recorded.ok()) << recorded.status();
  EXPECT_EQ(recorded->channels, 2);
  int left = 0;
  int right = 0;
  for (std::size_t i = 0; i + 1 < recorded->samples.size(); i += 2) {
    left = std::max<int>(left, recorded->samples[i]);
    right = std::max<int>(right, recorded->samples[i + 1]);
  }
  EXPECT_EQ(left, 0);  // the caller has typed
  EXPECT_GT(right, 5000);
}

TEST_F(AgentHostTest, RefusesMoreThanItCanHold) {
  Serve(1);
  Client& first = Connect();
  ASSERT_TRUE(Until([&first] { return first.Heard("bot-ready"); }));
  Client& second = Connect();
  ASSERT_TRUE(Until([&second] { return second.closed.has_value(); }));

  EXPECT_EQ(second.closed->refusal.status, 503);
  EXPECT_THAT(second.closed->refusal.body, ::testing::HasSubstr("1 conversations are held already"));
  EXPECT_FALSE(first.closed);
}

TEST_F(AgentHostTest, EndsTheConversationOfAClientThatVanishes) {
  Serve(10);
  Client& client = Connect();
  ASSERT_TRUE(Until([&client] { return client.Heard("bot-ready"); }));
  client.socket->Abort();

  EXPECT_TRUE(Until([this] { return host_->conversations() == 0; }));
}

TEST_F(AgentHostTest, LetsTheLastWordBeSaidWhenItIsStopped) {
  Serve(10);
  Client& client = Connect();
  ASSERT_TRUE(Until([&client] { return client.Heard("bot-ready"); }));
  client.Say("send-text", Json{{"content", "Hi"}});
  ASSERT_TRUE(Until([&client] { return client.Heard("bot-started-speaking"); }));

  std::thread stopper([this] { host_->Stop(std::chrono::seconds(20)); });
  ASSERT_TRUE(Until([&client] { return client.closed.has_value(); }));
  stopper.join();

  EXPECT_EQ(client.closed->code, kWebSocketNormal);
  EXPECT_THAT(client.told, Contains("bot-stopped-speaking"));
  EXPECT_GE(client.sound, 28800U);
}

}  // namespace
}  // namespace repartee
