#include "repartee/transports/websocket/websocket_transport.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <mutex>

#include "repartee/pipeline/testing/rig.h"
#include "repartee/transports/serializers/protobuf_frame_serializer.h"
#include "repartee/transports/serializers/protobuf_protocol.h"
#include "repartee/transports/serializers/telephony_serializers.h"

namespace repartee {
namespace {

using std::chrono::milliseconds;
using Kind = WireFrame::Kind;
using ::testing::Contains;
using ::testing::Each;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// The other end of the connection.
struct Client {
  struct Got {
    double at_ms;
    Kind kind;
    std::size_t audio_bytes;
    std::uint32_t rate;
  };
  const testing::Rig* rig = nullptr;
  WebSocketHandler handler;
  std::vector<Got> got;
  std::optional<std::uint16_t> closed_with;
  std::size_t buffered = 0;

  void Send(const WireFrame& frame) { Send(EncodeWireFrame(frame)); }
  void Send(const std::string& bytes) { handler.on_message(WebSocketKind::kBinary, bytes); }
  void SendAudio(int ms, std::uint32_t rate = 16000, std::uint32_t channels = 1) {
    const std::string pcm(static_cast<std::size_t>(ms) * rate / 1000 * channels * 2, '\1');
    Send({.kind = Kind::kAudio, .audio = pcm, .sample_rate = rate, .num_channels = channels});
  }
  void Vanish() {
    WebSocketClosed how;
    how.status = Status::Unavailable("the link broke");
    handler.on_closed(how);
  }
  std::vector<Got> Audio() const {
    std::vector<Got> audio;
    for (const Got& one : got) {
      if (one.kind == Kind::kAudio) audio.push_back(one);
    }
    return audio;
  }
};

class FakeSocket final : public WebSocket {
 public:
  explicit FakeSocket(Client& client) : client_(client) {}
  void Start(WebSocketHandler handler) override {
    client_.handler = std::move(handler);
    client_.handler.on_open(HttpResponse());
  }
  Status Send(WebSocketKind, std::string message) override {
    const auto frame = DecodeWireFrame(message);
    client_.got.push_back(
        {client_.rig ? client_.rig->now_ms() : 0, frame->kind, frame->audio.size(), frame->sample_rate});
    return OkStatus();
  }
  std::size_t buffered_bytes() const override { return client_.buffered; }
  void Close(std::uint16_t code, std::string) override { client_.closed_with = code; }
  void Abort() override {}
  bool open() const override { return true; }

 private:
  Client& client_;
};

WebsocketTransportParams Params() {
  WebsocketTransportParams params;
  params.transport.audio_in_enabled = true;
  params.transport.audio_out_enabled = true;
  params.transport.audio_out_end_silence = Nanos(0);
  params.session_timeout = std::chrono::seconds(60);
  return params;
}

class WebsocketTransportTest : public ::testing::Test {
 protected:
  WebsocketTransportTest() { client_.rig = &rig_; }

  // Speech of the bot, all at once.
  void Speak(int ms) {
    rig_.Push(Make<TTSAudioRawFrame>(AudioBuffer::Silence(static_cast<std::size_t>(ms) * 48), 24000, 1));
  }
  std::vector<const InputAudioRawFrame*> Heard() const {
    std::vector<const InputAudioRawFrame*> heard;
    for (const auto& one : rig_.downstream()) {
      if (const auto* audio = one.frame->As<InputAudioRawFrame>()) heard.push_back(audio);
    }
    return heard;
  }

  Client client_;
  WebsocketTransport transport_{std::make_unique<FakeSocket>(client_),
                                std::make_unique<ProtobufFrameSerializer>(), Params()};
  testing::Rig rig_{{&transport_.input(), &transport_.output()}};
};

TEST_F(WebsocketTransportTest, SendsSoundAtMostTwoFramesAhead) {
  Speak(1000);
  rig_.Wait(milliseconds(2000));

  const auto audio = client_.Audio();
  ASSERT_THAT(audio, SizeIs(25));
  for (std::size_t i = 0; i < audio.size(); ++i) {
    EXPECT_EQ(audio[i].audio_bytes, 1920U);
    EXPECT_EQ(audio[i].rate, 24000U);
    EXPECT_NEAR(audio[i].at_ms, std::max(0.0, 40.0 * static_cast<double>(i) - 40), 1) << i;
  }
}

TEST_F(WebsocketTransportTest, FallsSilentAtAnInterruptionAndTellsTheClient) {
  Speak(5000);
  rig_.Wait(milliseconds(210));
  const std::size_t before = client_.Audio().size();
  rig_.Push(Make<InterruptionFrame>());
  rig_.Wait(milliseconds(1000));

  EXPECT_LE(client_.Audio().size(), before + 1);
  EXPECT_THAT(client_.got, Contains(::testing::Field(&Client::Got::kind, Kind::kInterruption)));

  // What is said next begins at once.
  Speak(40);
  const double now = rig_.now_ms();
  rig_.Wait(milliseconds(10));
  EXPECT_NEAR(client_.Audio().back().at_ms, now, 1);
}

TEST_F(WebsocketTransportTest, TakesSoundAndMessages) {
  client_.SendAudio(16);
  client_.Send({.kind = Kind::kMessage, .text = R"({"a": 1})"});
  rig_.Wait(milliseconds(1));

  ASSERT_THAT(Heard(), SizeIs(1));
  EXPECT_EQ(Heard()[0]->audio.size(), 512U);
  ASSERT_FALSE(rig_.upstream().empty());
  EXPECT_EQ(rig_.upstream().back().frame->As<InputTransportMessageFrame>()->message, Json({{"a", 1}}));
}

TEST_F(WebsocketTransportTest, SurvivesGarbage) {
  for (const char* garbage : {"", "\xff\xff", "hello", "\x0a\x07\x1a\x05hel", "\x12\x02\x08"})
    client_.Send(garbage);
  client_.handler.on_message(WebSocketKind::kText, "{}");
  client_.SendAudio(16, 0);
  client_.SendAudio(16, 16000, 0);
  client_.SendAudio(16, 3);
  client_.SendAudio(16);
  rig_.Wait(milliseconds(1));

  EXPECT_THAT(Heard(), SizeIs(1));
  EXPECT_EQ(client_.closed_with, std::nullopt);
}

TEST_F(WebsocketTransportTest, BringsOtherRatesToThePipelines) {
  for (int i = 0; i < 50; ++i) client_.SendAudio(20, 48000, 2);
  rig_.Wait(milliseconds(1));

  std::size_t bytes = 0;
  for (const auto* audio : Heard()) {
    EXPECT_EQ(audio->sample_rate, 16000);
    EXPECT_EQ(audio->num_channels, 1);
    bytes += audio->audio.size();
  }
  EXPECT_NEAR(static_cast<double>(bytes), 32000, 4000);
}

TEST_F(WebsocketTransportTest, SaysOnceThatTheClientIsGone) {
  int gone = 0;
  transport_.input().on_client_disconnected.Connect([&gone] { ++gone; });
  client_.Vanish();
  Speak(1000);
  rig_.Push(Make<OutputTransportMessageUrgentFrame>(Json(1)));
  rig_.Wait(milliseconds(2000));

  EXPECT_EQ(gone, 1);
  EXPECT_THAT(client_.got, IsEmpty());
  EXPECT_TRUE(transport_.link().closed());
  int errors = 0;
  for (const auto& one : rig_.upstream()) errors += one.frame->Is<ErrorFrame>() ? 1 : 0;
  EXPECT_EQ(errors, 1);
}

TEST_F(WebsocketTransportTest, WaitsForAClientThatReadsSlowly) {
  client_.buffered = 1 << 20;
  Speak(200);
  rig_.Wait(milliseconds(500));
  EXPECT_THAT(client_.Audio(), IsEmpty());

  client_.buffered = 0;
  rig_.Wait(milliseconds(500));
  EXPECT_THAT(client_.Audio(), SizeIs(5));
}

TEST_F(WebsocketTransportTest, ClosesWhenTheLastWordWasPlayed) {
  Speak(400);
  rig_.Push(Make<EndFrame>());
  rig_.Wait(milliseconds(300));
  EXPECT_EQ(client_.closed_with, std::nullopt);
  rig_.Wait(milliseconds(300));

  EXPECT_EQ(client_.closed_with, 1000);
  EXPECT_THAT(client_.Audio(), SizeIs(10));
  EXPECT_TRUE(rig_.task().finished());
}

TEST_F(WebsocketTransportTest, ClosesAtOnceWhenCancelled) {
  Speak(4000);
  rig_.Wait(milliseconds(100));
  rig_.task().Cancel();
  rig_.Wait(milliseconds(10));

  EXPECT_EQ(client_.closed_with, 1000);
}

TEST_F(WebsocketTransportTest, TellsWhenASessionLastsTooLong) {
  int told = 0;
  transport_.input().on_session_timeout.Connect([&told] { ++told; });
  rig_.Wait(std::chrono::seconds(59));
  EXPECT_EQ(told, 0);
  rig_.Wait(std::chrono::seconds(2));
  EXPECT_EQ(told, 1);
}

TEST(WebsocketTransport, HangsACallUpOnceWhenTheConversationEnds) {
  std::mutex mutex;
  std::vector<HttpRequest> asked;
  const auto server = HttpServer::Listen({}, [&](HttpRequest request, HttpResponder responder) {
    const std::lock_guard lock(mutex);
    asked.push_back(std::move(request));
    responder.Send(HttpResponse::Json(200, "{}"));
  });
  ASSERT_TRUE(server.ok());
  TwilioCall call;
  call.account_sid = "AC1";
  call.auth_token = "secret";
  call.base_url = fmt::format("http://127.0.0.1:{}", (*server)->port());
  Client client;
  WebsocketTransport transport(std::make_unique<FakeSocket>(client),
                               std::make_unique<TwilioFrameSerializer>("", TelephonyParams(), call),
                               Params());
  testing::Rig rig({&transport.input(), &transport.output()}, testing::Rig::DefaultOptions(),
                   EventLoop::Time::kReal);
  rig.loop().RunUntil([&client] { return static_cast<bool>(client.handler.on_message); },
                      std::chrono::seconds(10));
  client.handler.on_message(WebSocketKind::kText,
                            R"({"event": "start", "start": {"streamSid": "MZ1", "callSid": "CA/1"}})");

  rig.Push(Make<EndFrame>());
  rig.loop().RunUntil([&rig, &client] { return rig.task().finished() && client.closed_with; },
                      std::chrono::seconds(10));
  client.Vanish();
  rig.loop().RunUntil([&transport] { return transport.link().closed(); }, std::chrono::seconds(10));

  const std::lock_guard lock(mutex);
  ASSERT_THAT(asked, SizeIs(1));
  EXPECT_EQ(asked[0].method, "POST");
  EXPECT_EQ(asked[0].target, "/2010-04-01/Accounts/AC1/Calls/CA%2F1.json");
  EXPECT_EQ(asked[0].body, "Status=completed");
  EXPECT_EQ(asked[0].headers.Get("Authorization"), "Basic QUMxOnNlY3JldA==");
}

}  // namespace
}  // namespace repartee
