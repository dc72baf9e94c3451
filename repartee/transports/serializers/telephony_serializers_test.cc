#include "repartee/transports/serializers/telephony_serializers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "repartee/frames/audio_frames.h"
#include "repartee/frames/lifecycle_frames.h"
#include "repartee/frames/media_frames.h"
#include "repartee/frames/service_frames.h"
#include "repartee/frames/text_frames.h"
#include "repartee/frames/transport_frames.h"
#include "repartee/transports/serializers/wire_vectors_for_test.h"

namespace repartee {
namespace {

using testing::AudioOf;
using ::testing::HasSubstr;
using testing::WireVector;

constexpr int kLineRate = 8000;

std::unique_ptr<FrameSerializer> NewSerializer(const std::string& name) {
  TelephonyParams params;
  params.line_rate = kLineRate;
  std::unique_ptr<FrameSerializer> made;
  if (name == "twilio") made = std::make_unique<TwilioFrameSerializer>("MZ123", params);
  if (name == "telnyx_pcmu") {
    made =
        std::make_unique<TelnyxFrameSerializer>(TelephonyEncoding::kUlaw, TelephonyEncoding::kUlaw, params);
  }
  if (name == "telnyx_pcma") {
    made =
        std::make_unique<TelnyxFrameSerializer>(TelephonyEncoding::kAlaw, TelephonyEncoding::kAlaw, params);
  }
  if (name == "plivo") made = std::make_unique<PlivoFrameSerializer>("PL1", params);
  if (name == "exotel") made = std::make_unique<ExotelFrameSerializer>("EX1", params);
  if (name == "vonage") made = std::make_unique<VonageFrameSerializer>(params);
  if (made && !made->SetUp(kLineRate, kLineRate).ok()) return nullptr;
  return made;
}

Ref<Frame> ToFrame(const Json& frame) {
  const std::string type = frame["type"];
  if (type == "OutputAudioRawFrame") {
    return Make<OutputAudioRawFrame>(AudioBuffer::CopyBytes(AudioOf(frame)), frame["sample_rate"].get<int>(),
                                     1);
  }
  if (type == "InterruptionFrame") return Make<InterruptionFrame>();
  if (type == "EndFrame") return Make<EndFrame>();
  if (type == "TextFrame") return Make<TextFrame>("text");
  const Json rtvi{{"label", "rtvi-ai"}, {"type", "bot-ready"}};
  return Make<OutputTransportMessageUrgentFrame>(frame.contains("message") ? frame["message"] : rtvi);
}

std::vector<WireVector> Vectors() {
  std::vector<WireVector> vectors;
  for (WireVector& vector : testing::WireVectors("")) {
    if (vector.serializer != "protobuf") vectors.push_back(std::move(vector));
  }
  return vectors;
}

TEST(TelephonySerializers, WriteTheRecordedMessages) {
  int written = 0;
  for (const WireVector& vector : Vectors()) {
    if (!vector.outgoing) continue;
    const auto serializer = NewSerializer(vector.serializer);
    ASSERT_TRUE(serializer) << vector.serializer;

    const auto message = serializer->Serialize(*ToFrame(vector.frame()));

    ++written;
    ASSERT_EQ(message.has_value(), !vector.bytes.empty()) << vector.serializer << vector.title;
    if (!message) continue;
    EXPECT_EQ(message->bytes, vector.bytes) << vector.title;
    EXPECT_EQ(message->kind == WireMessageKind::kText, vector.entry.value("websocket_message", "") == "text");
  }
  EXPECT_EQ(written, 36);
}

TEST(TelephonySerializers, ReadTheRecordedMessages) {
  int read = 0;
  for (const WireVector& vector : Vectors()) {
    if (vector.outgoing) continue;
    const auto serializer = NewSerializer(vector.serializer);
    const auto kind = vector.title.ends_with(".bin") ? WireMessageKind::kBinary : WireMessageKind::kText;

    const auto frame = serializer->Deserialize(kind, vector.bytes);

    ++read;
    ASSERT_TRUE(frame.ok()) << vector.title;
    ASSERT_EQ(static_cast<bool>(*frame), vector.frame().is_object()) << vector.title;
    if (!*frame) continue;
    EXPECT_EQ((*frame)->type_name(), vector.frame()["type"].get<std::string>()) << vector.title;
    if (const auto* key = (*frame)->As<InputDTMFFrame>()) {
      EXPECT_EQ(std::string(1, static_cast<char>(key->button)), vector.frame()["button"].get<std::string>())
          << vector.title;
    }
    if (const auto* audio = (*frame)->As<InputAudioRawFrame>()) {
      EXPECT_EQ(HexEncode(audio->audio.bytes()), vector.frame()["audio_hex"].get<std::string>())
          << vector.title;
      EXPECT_EQ(audio->sample_rate, vector.frame()["sample_rate"]) << vector.title;
    }
  }
  EXPECT_EQ(read, 39);
}

TEST(TelephonySerializers, SurviveBrokenEvents) {
  for (const char* name : {"twilio", "telnyx_pcmu", "telnyx_pcma", "plivo", "exotel", "vonage"}) {
    const auto serializer = NewSerializer(name);
    for (const char* event :
         {"", "{", "null", "[]", "5", "{}", R"({"event":5})", R"({"event":"media"})",
          R"({"event":"media","media":7})", R"({"event":"media","media":{"payload":3}})",
          R"({"event":"media","media":{"payload":"?"}})", R"({"event":"dtmf"})",
          R"({"event":"dtmf","dtmf":{"digit":5}})", R"({"event":"dtmf","dtmf":{"digit":"55"}})",
          R"({"event":"websocket:dtmf","digit":5})", R"({"event":"start","start":3})"}) {
      const auto frame = serializer->Deserialize(WireMessageKind::kText, event);
      EXPECT_TRUE(frame.ok() && !*frame) << name << event;
    }
  }
}

TEST(TelephonySerializers, LearnTheNameOfTheStreamFromItsStart) {
  TwilioFrameSerializer serializer;
  const char* const start = R"({"event":"start","streamSid":"MZ9","start":{"callSid":"CA1"}})";
  ASSERT_TRUE(serializer.Deserialize(WireMessageKind::kText, start).ok());

  EXPECT_THAT(serializer.Serialize(*Make<InterruptionFrame>())->bytes, HasSubstr(R"("streamSid": "MZ9")"));
}

TelephonyParams AwaitingTheStart() {
  TelephonyParams params;
  params.await_start = true;
  return params;
}

TEST(TelephonySerializers, AreReadyWhenTheCallIsKnownAndOverWhenItStops) {
  TwilioFrameSerializer serializer("", AwaitingTheStart());
  const auto take = [&serializer](const char* event) {
    EXPECT_TRUE(serializer.Deserialize(WireMessageKind::kText, event).ok());
  };
  take(R"({"event":"connected"})");
  EXPECT_FALSE(serializer.ready());
  take(R"({"event":"start","streamSid":"MZ9","start":{}})");
  EXPECT_TRUE(serializer.ready());
  EXPECT_FALSE(serializer.over());
  take(R"({"event":"stop"})");
  EXPECT_TRUE(serializer.over());
  EXPECT_TRUE(TwilioFrameSerializer("MZ1").ready());
}

TEST(TelephonySerializers, TakeTheIdsOfTheCallFromItsStart) {
  TelnyxCall telnyx;
  telnyx.api_key = "KEY";
  TelnyxFrameSerializer one(TelephonyEncoding::kUlaw, TelephonyEncoding::kUlaw, AwaitingTheStart(), telnyx);
  PlivoCall plivo;
  plivo.auth_id = "MA";
  plivo.auth_token = "t";
  PlivoFrameSerializer other("", AwaitingTheStart(), plivo);
  ASSERT_TRUE(one.SetUp(16000, 8000).ok());
  ASSERT_TRUE(other.SetUp(16000, 8000).ok());
  EXPECT_FALSE(one.HangUp() || other.HangUp());

  EXPECT_TRUE(
      one.Deserialize(WireMessageKind::kText, R"({"event":"start","start":{"call_control_id":"v3"}})").ok());
  EXPECT_TRUE(other.Deserialize(WireMessageKind::kText, R"({"event":"start","start":{"callId":"c7"}})").ok());

  EXPECT_THAT(one.HangUp()->target, HasSubstr("/calls/v3/"));
  EXPECT_THAT(other.HangUp()->target, HasSubstr("/Call/c7/"));
}

TEST(TelephonySerializers, TakeRateAndEncodingOfTheLineFromItsStart) {
  VonageFrameSerializer vonage;
  ASSERT_TRUE(vonage.SetUp(16000, 16000).ok());
  const auto ten_ms = [&vonage] {
    return vonage.Serialize(*Make<OutputAudioRawFrame>(AudioBuffer::Silence(320), 16000, 1));
  };
  EXPECT_EQ(ten_ms()->bytes.size(), 320U);
  EXPECT_TRUE(vonage
                  .Deserialize(WireMessageKind::kText,
                               R"({"event":"websocket:connected","content-type":"audio/l16;rate=8000"})")
                  .ok());
  std::size_t bytes = 0;
  for (int i = 0; i < 100; ++i) {
    if (const auto message = ten_ms()) bytes += message->bytes.size();
  }
  EXPECT_NEAR(static_cast<double>(bytes), 16000, 1600);

  TelnyxFrameSerializer telnyx(TelephonyEncoding::kUlaw, TelephonyEncoding::kUlaw);
  ASSERT_TRUE(telnyx.SetUp(8000, 8000).ok());
  const char* const media = R"({"event":"media","media":{"payload":"VVVV"}})";
  const auto ulaw = *telnyx.Deserialize(WireMessageKind::kText, media);
  EXPECT_TRUE(telnyx
                  .Deserialize(WireMessageKind::kText,
                               R"({"event":"start","start":{"media_format":{"encoding":"PCMA"}}})")
                  .ok());
  const auto alaw = *telnyx.Deserialize(WireMessageKind::kText, media);
  EXPECT_NE(ulaw->As<InputAudioRawFrame>()->audio.samples()[0],
            alaw->As<InputAudioRawFrame>()->audio.samples()[0]);
}

TEST(TelephonySerializers, ResampleBothWaysAndKeepTheLastWord) {
  ExotelFrameSerializer serializer("EX1");
  ASSERT_TRUE(serializer.SetUp(16000, 24000).ok());
  std::size_t sent = 0;
  const auto count = [&sent](const std::optional<WireMessage>& message) {
    if (message)
      sent += Base64Decode(Json::parse(message->bytes)["media"]["payload"].get<std::string>())->size();
  };
  for (int i = 0; i < 25; ++i)
    count(serializer.Serialize(*Make<TTSAudioRawFrame>(AudioBuffer::Silence(1920), 24000, 1)));
  EXPECT_LT(sent, 16000U);
  count(serializer.Serialize(*Make<TTSStoppedFrame>()));
  EXPECT_EQ(sent, 16000U);

  const std::string second = Base64Encode(std::string(16000, '\0'));
  const auto heard = serializer.Deserialize(WireMessageKind::kText,
                                            R"({"event":"media","media":{"payload":")" + second + R"("}})");
  ASSERT_TRUE(heard.ok() && *heard);
  EXPECT_EQ((*heard)->As<InputAudioRawFrame>()->sample_rate, 16000);
  EXPECT_NEAR((*heard)->As<InputAudioRawFrame>()->num_frames(), 16000, 2000);
}

TEST(TelephonySerializers, HangUpOverTheCompanysOwnInterface) {
  TelnyxCall telnyx;
  telnyx.call_control_id = "v3:a/b";
  telnyx.api_key = "KEY";
  const auto one =
      TelnyxFrameSerializer(TelephonyEncoding::kUlaw, TelephonyEncoding::kUlaw, {}, telnyx).HangUp();
  PlivoCall plivo;
  plivo.auth_id = "MA";
  plivo.auth_token = "t";
  plivo.call_id = "c1";
  const auto other = PlivoFrameSerializer("PL1", {}, plivo).HangUp();

  ASSERT_TRUE(one && other);
  EXPECT_EQ(one->method + " " + one->target,
            "POST https://api.telnyx.com/v2/calls/v3%3Aa%2Fb/actions/hangup");
  EXPECT_EQ(one->headers.Get("Authorization"), "Bearer KEY");
  EXPECT_EQ(other->method + " " + other->target, "DELETE https://api.plivo.com/v1/Account/MA/Call/c1/");
  EXPECT_EQ(other->headers.Get("Authorization"), "Basic TUE6dA==");
  EXPECT_FALSE(TwilioFrameSerializer("MZ1").HangUp());
}

TEST(TelephonySerializers, RefuseIncompleteCredentials) {
  TwilioCall twilio;
  twilio.account_sid = "AC1";
  TwilioFrameSerializer serializer("MZ1", {}, twilio);
  EXPECT_THAT(serializer.SetUp(16000, 24000).message(), HasSubstr("auth_token or api_key"));
  TelnyxFrameSerializer telnyx(TelephonyEncoding::kUlaw, TelephonyEncoding::kUlaw, {}, TelnyxCall());
  EXPECT_FALSE(telnyx.SetUp(16000, 24000).ok());
  PlivoFrameSerializer plivo("PL1", {}, PlivoCall());
  EXPECT_FALSE(plivo.SetUp(16000, 24000).ok());
}

TEST(TelephonySerializers, SendRtviMessagesOnlyWhenAskedTo) {
  TelephonyParams params;
  params.ignore_rtvi_messages = false;
  TelnyxFrameSerializer open(TelephonyEncoding::kUlaw, TelephonyEncoding::kUlaw, params);
  TelnyxFrameSerializer closed(TelephonyEncoding::kUlaw, TelephonyEncoding::kUlaw);
  const auto message = Make<OutputTransportMessageFrame>(Json{{"label", "rtvi-ai"}});

  EXPECT_TRUE(open.Serialize(*message));
  EXPECT_FALSE(closed.Serialize(*message));
}

}  // namespace
}  // namespace repartee
