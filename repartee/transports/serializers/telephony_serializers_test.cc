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
