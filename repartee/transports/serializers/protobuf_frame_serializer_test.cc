#include "repartee/transports/serializers/protobuf_frame_serializer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "repartee/frames/audio_frames.h"
#include "repartee/frames/lifecycle_frames.h"
#include "repartee/frames/speaking_frames.h"
#include "repartee/frames/text_frames.h"
#include "repartee/frames/transport_frames.h"
#include "repartee/transports/serializers/protobuf_protocol.h"
#include "repartee/transports/serializers/wire_vectors_for_test.h"

namespace repartee {
namespace {

using Kind = WireFrame::Kind;
using testing::AudioOf;
using ::testing::HasSubstr;
using testing::WireVector;
using testing::WireVectors;

Kind KindOf(const std::string& type) {
  if (type == "TextFrame") return Kind::kText;
  if (type.ends_with("AudioRawFrame")) return Kind::kAudio;
  if (type == "TranscriptionFrame") return Kind::kTranscription;
  if (type == "InterruptionFrame") return Kind::kInterruption;
  return Kind::kMessage;
}

// The vector's frame in our form; `audio` and `message` keep what it points to.
WireFrame ToWire(const Json& frame, std::string& audio, std::string& message) {
  const auto text = [&frame](const char* key) -> std::string_view {
    const auto found = frame.find(key);
    return found == frame.end() || !found->is_string() ? std::string_view()
                                                       : found->get_ref<const std::string&>();
  };
  WireFrame wire{.kind = KindOf(frame["type"]),
                 .name = text("name"),
                 .text = text("text"),
                 .user_id = text("user_id"),
                 .timestamp = text("timestamp")};
  if (frame.contains("id") && frame["id"].is_number()) wire.id = frame["id"];
  if (frame.contains("pts") && frame["pts"].is_number()) wire.pts = frame["pts"].get<std::uint64_t>();
  if (frame.contains("message")) wire.text = message = DumpPythonStyle(frame["message"], true);
  if (wire.kind == Kind::kAudio) {
    wire.audio = audio = AudioOf(frame);
    wire.sample_rate = frame["sample_rate"];
    wire.num_channels = frame["num_channels"];
  }
  return wire;
}

TEST(ProtobufProtocol, WritesTheRecordedBytes) {
  int written = 0;
  for (const WireVector& vector : WireVectors("protobuf")) {
    if (!vector.outgoing || vector.bytes.empty()) continue;
    std::string audio;
    std::string message;

    EXPECT_EQ(HexEncode(EncodeWireFrame(ToWire(vector.frame(), audio, message))), HexEncode(vector.bytes))
        << vector.title;

    ++written;
  }
  EXPECT_EQ(written, 13);
}

TEST(ProtobufProtocol, ReadsTheRecordedBytes) {
  int read = 0;
  for (const WireVector& vector : WireVectors("protobuf")) {
    if (vector.outgoing || !vector.frame().is_object()) continue;
    std::string audio;
    std::string message;
    WireFrame expected = ToWire(vector.frame(), audio, message);
    const auto wire = DecodeWireFrame(vector.bytes);

    ASSERT_TRUE(wire.ok()) << vector.title << wire.status();
    EXPECT_EQ(wire->kind, expected.kind) << vector.title;
    EXPECT_EQ(wire->id, expected.id) << vector.title;
    EXPECT_EQ(wire->name, expected.name == "<fresh>" ? "" : expected.name) << vector.title;
    EXPECT_EQ(wire->audio, expected.audio) << vector.title;
    EXPECT_EQ(wire->pts.value_or(0), expected.pts.value_or(0)) << vector.title;
    EXPECT_EQ(wire->user_id, expected.user_id) << vector.title;
    EXPECT_EQ(wire->timestamp, expected.timestamp) << vector.title;
    if (expected.kind != Kind::kMessage) {
      EXPECT_EQ(wire->text, expected.text) << vector.title;
    }

    ++read;
  }
  EXPECT_EQ(read, 11);
}

TEST(ProtobufFrameSerializer, ReadsIgnoresOrRefusesWhatTheReferenceDoes) {
  ProtobufFrameSerializer serializer;
  for (const WireVector& vector : WireVectors("protobuf")) {
    if (vector.outgoing) continue;

    const auto frame = serializer.Deserialize(WireMessageKind::kBinary, vector.bytes);

    EXPECT_EQ(frame.ok(), !vector.entry.contains("raises")) << vector.title;
    if (!frame.ok()) continue;
    ASSERT_EQ(static_cast<bool>(*frame), vector.frame().is_object()) << vector.title;
    if (!*frame) continue;
    EXPECT_EQ((*frame)->type_name(), vector.frame()["type"].get<std::string>()) << vector.title;
    if (const auto* text = (*frame)->As<TextFrame>()) {
      EXPECT_EQ(text->text, vector.frame()["text"].get<std::string>()) << vector.title;
    }
    if (const auto* message = (*frame)->As<InputTransportMessageFrame>()) {
      EXPECT_EQ(message->message, vector.frame()["message"]);
    }
    if (const auto* audio = (*frame)->As<InputAudioRawFrame>()) {
      EXPECT_EQ(audio->num_frames(), vector.frame()["num_frames"]) << vector.title;
      EXPECT_TRUE(AudioOf(vector.frame()).starts_with(audio->audio.bytes())) << vector.title;
      EXPECT_EQ(audio->pts, vector.frame().value("pts", Json()).is_null()
                                ? 0
                                : vector.frame()["pts"].get<std::int64_t>());
    }
  }
}

TEST(ProtobufFrameSerializer, SendsAFrameWithItsIdAndName) {
  ProtobufFrameSerializer serializer;
  const auto audio = Make<OutputAudioRawFrame>(AudioBuffer::CopyBytes("abcd"), 24000, 1);

  const auto message = serializer.Serialize(*audio);

  ASSERT_TRUE(message);
  EXPECT_EQ(message->kind, WireMessageKind::kBinary);
  const auto wire = DecodeWireFrame(message->bytes);
  ASSERT_TRUE(wire.ok());
  EXPECT_EQ(wire->id, audio->id());
  EXPECT_EQ(wire->name, audio->name());
  EXPECT_EQ(wire->audio, "abcd");
  EXPECT_EQ(wire->sample_rate, 24000U);
  EXPECT_EQ(wire->num_channels, 1U);
  EXPECT_EQ(wire->pts, std::nullopt);
}

TEST(ProtobufFrameSerializer, SendsMessagesOfBothKindsAsJson) {
  ProtobufFrameSerializer serializer;
  const Json content{{"label", "rtvi-ai"}, {"name", "Grüße"}};

  const auto in_order = serializer.Serialize(*Make<OutputTransportMessageFrame>(content));
  const auto urgent = serializer.Serialize(*Make<OutputTransportMessageUrgentFrame>(content));

  ASSERT_TRUE(in_order && urgent);
  EXPECT_EQ(in_order->bytes, urgent->bytes);
  EXPECT_EQ(DecodeWireFrame(urgent->bytes)->text, R"({"label": "rtvi-ai", "name": "Gr\u00fc\u00dfe"})");
}

TEST(ProtobufFrameSerializer, SendsNoSubclassesAndNothingElse) {
  ProtobufFrameSerializer serializer;

  EXPECT_FALSE(serializer.Serialize(*Make<LLMTextFrame>("a")));
  EXPECT_FALSE(serializer.Serialize(*Make<TTSAudioRawFrame>(AudioBuffer::Silence(2), 24000, 1)));
  EXPECT_FALSE(serializer.Serialize(*Make<InputAudioRawFrame>(AudioBuffer::Silence(2), 16000, 1)));
  EXPECT_FALSE(serializer.Serialize(*Make<InterimTranscriptionFrame>("a", "", "")));
  EXPECT_FALSE(serializer.Serialize(*Make<EndFrame>()));
  EXPECT_FALSE(serializer.Serialize(*Make<StartFrame>()));
  EXPECT_FALSE(serializer.Serialize(*Make<BotStartedSpeakingFrame>()));
}

TEST(ProtobufFrameSerializer, SendsInterruptionsUnlessToldNotTo) {
  const auto interruption = Make<InterruptionFrame>();

  EXPECT_TRUE(ProtobufFrameSerializer().Serialize(*interruption));
  EXPECT_FALSE(ProtobufFrameSerializer({.send_interruptions = false}).Serialize(*interruption));
}

TEST(ProtobufFrameSerializer, NamesWhatIsWrongWithAMessage) {
  ProtobufFrameSerializer serializer;
  const std::string no_channels =
      EncodeWireFrame({.kind = Kind::kAudio, .audio = "ab", .sample_rate = 16000});

  EXPECT_THAT(serializer.Deserialize(WireMessageKind::kBinary, no_channels).status().message(),
              HasSubstr("16000 Hz with 0 channels"));
  EXPECT_THAT(serializer.Deserialize(WireMessageKind::kText, "{}").status().message(), HasSubstr("binary"));
}

}  // namespace
}  // namespace repartee
