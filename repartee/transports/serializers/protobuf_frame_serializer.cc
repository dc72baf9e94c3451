#include "repartee/transports/serializers/protobuf_frame_serializer.h"

#include <string>

#include "repartee/base/json.h"
#include "repartee/frames/audio_frames.h"
#include "repartee/frames/lifecycle_frames.h"
#include "repartee/frames/text_frames.h"
#include "repartee/frames/transport_frames.h"
#include "repartee/transports/serializers/protobuf_protocol.h"

namespace repartee {
namespace {

using Kind = WireFrame::Kind;

constexpr std::uint32_t kMaxRate = 768000;
constexpr std::uint32_t kMaxChannels = 64;

WireFrame Head(const Frame& frame, Kind kind) {
  return {.kind = kind, .id = frame.id(), .name = frame.name()};
}

WireMessage Binary(const WireFrame& frame) { return {WireMessageKind::kBinary, EncodeWireFrame(frame)}; }

WireMessage Message(const MessageContent& content) {
  return Binary({.kind = Kind::kMessage, .text = content.text()});
}

WireMessage Audio(const OutputAudioRawFrame& audio) {
  WireFrame wire = Head(audio, Kind::kAudio);
  wire.audio = audio.audio.bytes();
  wire.sample_rate = static_cast<std::uint32_t>(audio.sample_rate);
  wire.num_channels = static_cast<std::uint32_t>(audio.num_channels);
  if (audio.pts != 0) wire.pts = static_cast<std::uint64_t>(audio.pts);
  return Binary(wire);
}

WireMessage Transcription(const TranscriptionFrame& said) {
  WireFrame wire = Head(said, Kind::kTranscription);
  wire.text = said.text;
  wire.user_id = said.user_id;
  wire.timestamp = said.timestamp;
  return Binary(wire);
}

Result<Ref<Frame>> ToAudio(const WireFrame& wire) {
  if (wire.sample_rate == 0 || wire.sample_rate > kMaxRate || wire.num_channels == 0 ||
      wire.num_channels > kMaxChannels) {
    return Status::Malformed("audio of {} Hz with {} channels", wire.sample_rate, wire.num_channels);
  }
  // Whole samples of all channels; a rest is nobody's.
  const std::string_view pcm =
      wire.audio.substr(0, wire.audio.size() / (2 * wire.num_channels) * 2 * wire.num_channels);
  Ref<Frame> frame = Make<InputAudioRawFrame>(AudioBuffer::CopyBytes(pcm), static_cast<int>(wire.sample_rate),
                                              static_cast<int>(wire.num_channels));
  frame->pts = static_cast<std::int64_t>(wire.pts.value_or(0));
  return frame;
}

Ref<Frame> ToMessage(std::string_view data) {
  Result<Json> message = ParseJson(data);
  if (!message.ok()) return nullptr;
  return Make<InputTransportMessageFrame>(*std::move(message));
}

}  // namespace

std::optional<WireMessage> ProtobufFrameSerializer::Serialize(const Frame& frame) {
  switch (frame.type()) {
    case FrameType::kText: {
      WireFrame wire = Head(frame, Kind::kText);
      wire.text = frame.As<TextFrame>()->text;
      return Binary(wire);
    }
    case FrameType::kOutputAudioRaw: return Audio(*frame.As<OutputAudioRawFrame>());
    case FrameType::kTranscription: return Transcription(*frame.As<TranscriptionFrame>());
    case FrameType::kOutputTransportMessage: return Message(frame.As<OutputTransportMessageFrame>()->message);
    case FrameType::kOutputTransportMessageUrgent:
      return Message(frame.As<OutputTransportMessageUrgentFrame>()->message);
    case FrameType::kInterruption:
      if (!options_.send_interruptions) return std::nullopt;
      return Binary(Head(frame, Kind::kInterruption));
    default: return std::nullopt;
  }
}

Result<Ref<Frame>> ProtobufFrameSerializer::Deserialize(WireMessageKind kind, std::string_view bytes) {
  if (kind != WireMessageKind::kBinary)
    return Status::Malformed("a text message; frames come as binary ones");
  Result<WireFrame> wire = DecodeWireFrame(bytes);
  if (!wire.ok()) return std::move(wire).status();
  switch (wire->kind) {
    case Kind::kText: return Ref<Frame>(Make<TextFrame>(std::string(wire->text)));
    case Kind::kAudio: return ToAudio(*wire);
    case Kind::kTranscription:
      return Ref<Frame>(Make<TranscriptionFrame>(std::string(wire->text), std::string(wire->user_id),
                                                 std::string(wire->timestamp)));
    case Kind::kMessage: return ToMessage(wire->text);
    case Kind::kInterruption: return Ref<Frame>(Make<InterruptionFrame>());
    case Kind::kNone: break;
  }
  return Ref<Frame>();
}

}  // namespace repartee
