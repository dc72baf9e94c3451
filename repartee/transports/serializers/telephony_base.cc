#include "repartee/transports/serializers/telephony_base.h"

#include <utility>

#include "repartee/audio/g711.h"
#include "repartee/audio/pcm.h"
#include "repartee/base/encoding.h"
#include "repartee/base/log.h"
#include "repartee/frames/audio_frames.h"
#include "repartee/frames/lifecycle_frames.h"
#include "repartee/frames/media_frames.h"
#include "repartee/frames/service_frames.h"
#include "repartee/frames/transport_frames.h"

namespace repartee {
namespace {

constexpr char kRTVILabel[] = "rtvi-ai";
constexpr int kLowestLineRate = 8000;  // Hz
constexpr int kHighestLineRate = 48000;

// The text under object[outer][inner]; nothing if there is none.
std::optional<std::string> TextAt(const Json& object, const char* outer, const char* inner) {
  const auto found = object.find(outer);
  if (found == object.end() || !found->is_object()) return std::nullopt;
  const auto text = found->find(inner);
  if (text == found->end() || !text->is_string()) return std::nullopt;
  return text->get<std::string>();
}

std::string Encode(std::span<const std::int16_t> samples, TelephonyEncoding encoding) {
  switch (encoding) {
    case TelephonyEncoding::kUlaw: return EncodeUlaw(samples);
    case TelephonyEncoding::kAlaw: return EncodeAlaw(samples);
    case TelephonyEncoding::kLinear16: break;
  }
  return std::string(AudioBuffer::Copy(samples).bytes());
}

std::vector<std::int16_t> Decode(std::string_view bytes, TelephonyEncoding encoding) {
  switch (encoding) {
    case TelephonyEncoding::kUlaw: return DecodeUlaw(bytes);
    case TelephonyEncoding::kAlaw: return DecodeAlaw(bytes);
    case TelephonyEncoding::kLinear16: break;
  }
  const AudioBuffer pcm = AudioBuffer::CopyBytes(bytes);
  return {pcm.samples().begin(), pcm.samples().end()};
}

WireMessage TextMessage(const Json& event) { return {WireMessageKind::kText, DumpPythonStyle(event, true)}; }

const MessageContent* MessageOf(const Frame& frame) {
  if (const auto* message = frame.As<OutputTransportMessageFrame>()) return &message->message;
  const auto* urgent = frame.As<OutputTransportMessageUrgentFrame>();
  return urgent ? &urgent->message : nullptr;
}

// Ours begin with the label; only of other programs' messages the value is made.
bool IsRTVI(const MessageContent& message) {
  if (message.text().starts_with(R"({"label": "rtvi-ai")")) return true;
  const Json& value = message.json();
  return value.is_object() && value.contains("label") && value["label"] == kRTVILabel;
}

}  // namespace

TelephonySerializer::TelephonySerializer(TelephonyParams params, TelephonyEncoding to_line,
                                         TelephonyEncoding from_line)
    : params_(params), to_line_(to_line), from_line_(from_line), line_rate_(params.line_rate) {}

Status TelephonySerializer::SetUp(int audio_in_rate_hz, int /*audio_out_rate_hz*/) {
  pipeline_rate_ = params_.sample_rate > 0 ? params_.sample_rate : audio_in_rate_hz;
  return PrepareInput();
}

Status TelephonySerializer::PrepareInput() {
  in_.reset();
  if (pipeline_rate_ == line_rate_) return OkStatus();
  auto made = Resampler::Create(line_rate_, pipeline_rate_);
  if (!made.ok()) return std::move(made).status();
  in_.emplace(*std::move(made));
  return OkStatus();
}

void TelephonySerializer::SetLineRate(int rate_hz) {
  if (rate_hz < kLowestLineRate || rate_hz > kHighestLineRate || rate_hz == line_rate_) return;
  line_rate_ = rate_hz;
  out_.reset();
  if (const Status status = PrepareInput(); !status.ok()) LogWarning("{}", status.message());
}

// ---------------------------------------------------------------- to the line

std::optional<WireMessage> TelephonySerializer::Serialize(const Frame& frame) {
  if (frame.Is<OutputAudioRawFrame>()) return SerializeAudio(frame);
  if (frame.Is<InterruptionFrame>()) {
    if (out_) out_->Clear();
    return TextMessage(ClearEvent());
  }
  // The resampler holds some of the last word back.
  if (frame.Is<TTSStoppedFrame>() && out_) return Sound(out_->Flush());
  const MessageContent* const message = MessageOf(frame);
  if (!message) return std::nullopt;
  if (params_.ignore_rtvi_messages && IsRTVI(*message)) return std::nullopt;
  return WireMessage{WireMessageKind::kText, message->text()};
}

std::optional<WireMessage> TelephonySerializer::SerializeAudio(const Frame& frame) {
  const auto& audio = *frame.As<OutputAudioRawFrame>();
  if (audio.num_channels == 1) return Sound(ToLine(audio.audio.samples(), audio.sample_rate));
  return Sound(ToLine(MixToMono(audio.audio.samples(), audio.num_channels), audio.sample_rate));
}

std::vector<std::int16_t> TelephonySerializer::ToLine(std::span<const std::int16_t> samples, int from_hz) {
  if (from_hz == line_rate_) return {samples.begin(), samples.end()};
  if (!out_ || out_->from_hz() != from_hz) {
    auto made = Resampler::Create(from_hz, line_rate_);
    if (!made.ok()) return {};
    out_.emplace(*std::move(made));
  }
  return out_->Process(samples);
}

std::optional<WireMessage> TelephonySerializer::Sound(std::span<const std::int16_t> samples) const {
  if (samples.empty()) return std::nullopt;
  return AudioMessage(Encode(samples, to_line_));
}

std::optional<WireMessage> TelephonySerializer::AudioMessage(std::string encoded) const {
  return TextMessage(AudioEvent(Base64Encode(encoded)));
}

// ---------------------------------------------------------------- from the line

Result<Ref<Frame>> TelephonySerializer::Deserialize(WireMessageKind kind, std::string_view bytes) {
  if (kind == WireMessageKind::kBinary) return TakeBinary(bytes);
  const Result<Json> event = ParseJson(bytes);
  if (!event.ok() || !event->is_object()) return Ref<Frame>();
  if (const auto key = PressedKey(*event)) {
    const auto entry = ParseKeypadEntry(*key);
    return entry ? Ref<Frame>(Make<InputDTMFFrame>(*entry)) : Ref<Frame>();
  }
  const Json name = event->value("event", Json());
  if (name == "start" || name == "websocket:connected") {
    started_ = true;
    TakeStart(*event);
  }
  over_ = over_ || name == "stop";
  if (name != "media") return Ref<Frame>();
  const auto payload = TextAt(*event, "media", "payload");
  const auto sound = payload ? Base64Decode(*payload) : Result<std::string>(std::string());
  return sound.ok() ? TakeSound(*sound) : Ref<Frame>();
}

std::optional<std::string> TelephonySerializer::PressedKey(const Json& event) const {
  if (event.value("event", Json()) != "dtmf") return std::nullopt;
  return TextAt(event, "dtmf", "digit").value_or("");
}

Ref<Frame> TelephonySerializer::TakeSound(std::string_view encoded) {
  std::vector<std::int16_t> samples = Decode(encoded, from_line_);
  if (in_) samples = in_->Process(samples);
  if (samples.empty()) return nullptr;
  return Make<InputAudioRawFrame>(AudioBuffer::Copy(samples), pipeline_rate_, 1);
}

}  // namespace repartee
