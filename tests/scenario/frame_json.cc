#include "tests/scenario/frame_json.h"

#include <fmt/format.h>

#include <array>
#include <map>

#include "repartee/base/iso_time.h"
#include "tests/scenario/frame_fields.h"
#include "tests/scenario/object_reader.h"
#include "tests/scenario/object_writer.h"

namespace repartee::scenario {
namespace {

// One frame class: how to make an empty one, and its list of fields both ways.
struct Codec {
  FrameType type;
  Ref<Frame> (*make)(const FrameSurroundings&);  // null: nothing that a file could give
  void (*read)(ObjectReader&, Frame&);
  void (*write)(ObjectWriter&, const Frame&);
};

template <class T>
Codec For(Ref<Frame> (*make)(const FrameSurroundings&)) {
  return {T::kFirst, make, [](ObjectReader& reader, Frame& frame) { Fields(reader, static_cast<T&>(frame)); },
          [](ObjectWriter& writer, const Frame& frame) {
            // The list of fields is shared with the reader, and a writer changes nothing.
            Fields(writer, const_cast<T&>(static_cast<const T&>(frame)));
          }};
}
// Made of nothing, or of `Values`, all of which the fields then replace.
template <class T, class... Values>
Codec Plain() {
  return For<T>([](const FrameSurroundings&) -> Ref<Frame> { return Make<T>(Values{}...); });
}
template <class T>
Codec OnlyTold() {
  return For<T>(nullptr);
}
template <class T>
Codec Audio() {
  return For<T>([](const FrameSurroundings&) -> Ref<Frame> { return Make<T>(AudioBuffer(), 0, 0); });
}
template <class T>
Codec VadEvent() {
  return For<T>(
      [](const FrameSurroundings& around) -> Ref<Frame> { return Make<T>(0.0, ToSeconds(around.wall_now)); });
}
template <class T>
Codec Transcript() {
  return For<T>([](const FrameSurroundings& around) -> Ref<Frame> {
    return Make<T>("", "", FormatIsoMillis(around.wall_now));
  });
}

using S = std::string;

std::map<std::string_view, Codec> MakeCodecs() {
  const Codec all[] = {
      Plain<StartFrame>(),
      Plain<EndFrame>(),
      Plain<StopFrame>(),
      Plain<CancelFrame>(),
      Plain<EndWorkerFrame>(),
      Plain<StopWorkerFrame>(),
      Plain<CancelWorkerFrame>(),
      Plain<InterruptionWorkerFrame>(),
      Plain<ErrorFrame, S>(),
      Plain<InterruptionFrame>(),
      Plain<HeartbeatFrame, std::int64_t>(),
      Plain<PipelineFlushFrame, std::int64_t>(),
      OnlyTold<FrameProcessorPauseFrame>(),
      OnlyTold<FrameProcessorPauseUrgentFrame>(),
      OnlyTold<FrameProcessorResumeFrame>(),
      OnlyTold<FrameProcessorResumeUrgentFrame>(),

      Audio<InputAudioRawFrame>(),
      For<UserAudioRawFrame>([](const FrameSurroundings&) -> Ref<Frame> {
        return Make<UserAudioRawFrame>(AudioBuffer(), 0, 0, "");
      }),
      Audio<OutputAudioRawFrame>(),
      Audio<TTSAudioRawFrame>(),
      Audio<SpeechOutputAudioRawFrame>(),
      Plain<FilterUpdateSettingsFrame, Json>(),
      Plain<FilterEnableFrame, bool>(),
      Plain<MixerUpdateSettingsFrame, Json>(),
      Plain<MixerEnableFrame, bool>(),
      Plain<VolumeFrame, float>(),
      Plain<VolumeGainFrame, float>(),
      Plain<AudioBufferStartRecordingFrame>(),
      Plain<AudioBufferStopRecordingFrame>(),

      Plain<UserImageRequestFrame, S>(),
      Plain<InputImageRawFrame, S, ImageSize, S>(),
      Plain<UserImageRawFrame, S, ImageSize, S>(),
      Plain<InputFileRawFrame, S, FileSourceType, S, S>(),
      Plain<UserFileRawFrame, S, FileSourceType, S, S>(),
      Plain<OutputImageRawFrame, S, ImageSize, S>(),
      Plain<URLImageRawFrame, S, ImageSize, S>(),
      Plain<AssistantImageRawFrame, S, ImageSize, S>(),
      OnlyTold<SpriteFrame>(),
      Plain<InputDTMFFrame, KeypadEntry>(),
      Plain<OutputDTMFFrame, std::vector<KeypadEntry>>(),
      Plain<OutputDTMFUrgentFrame, std::vector<KeypadEntry>>(),

      Plain<TextFrame, S>(),
      Plain<LLMTextFrame, S>(),
      Plain<AggregatedTextFrame, S, TextType>(),
      Plain<TTSTextFrame, S, TextType>(),
      Transcript<TranscriptionFrame>(),
      Transcript<InterimTranscriptionFrame>(),
      Transcript<EagerTranscriptionFrame>(),
      Transcript<TranslationFrame>(),
      Transcript<UserBackchannelFrame>(),
      Plain<InputTextRawFrame, S>(),
      Plain<AggregatedTextProgressFrame, std::int64_t, S, TextType>(),
      Plain<TTSSpeakFrame, S>(),
      Plain<BotBackchannelFrame, S>(),

      VadEvent<VADUserStartedSpeakingFrame>(),
      VadEvent<VADUserStoppedSpeakingFrame>(),
      Plain<UserStartedSpeakingFrame>(),
      Plain<UserStoppedSpeakingFrame>(),
      Plain<UserSpeakingFrame>(),
      Plain<ProposedUserStartedSpeakingFrame>(),
      Plain<ProposedUserStoppedSpeakingFrame>(),
      Plain<UserMuteStartedFrame>(),
      Plain<UserMuteStoppedFrame>(),
      Plain<UserTurnInferenceCompletedFrame>(),
      Plain<EagerEndOfTurnCancelFrame>(),
      Plain<BotStartedSpeakingFrame>(),
      Plain<BotStoppedSpeakingFrame>(),
      Plain<BotSpeakingFrame>(),
      Plain<UserIdleTimeoutUpdateFrame, double>(),
      Plain<SpeechControlParamsFrame, std::optional<VadParams>>(),
      Plain<VADParamsUpdateFrame, VadParams>(),

      For<LLMContextFrame>([](const FrameSurroundings& around) -> Ref<Frame> {
        return Make<LLMContextFrame>(around.context);
      }),
      Plain<LLMFullResponseStartFrame>(),
      Plain<LLMFullResponseEndFrame>(),
      Plain<LLMRunFrame>(),
      Plain<LLMAssistantPushAggregationFrame>(),
      Plain<LLMMessagesAppendFrame, Json>(),
      Plain<LLMMessagesUpdateFrame, Json>(),
      OnlyTold<LLMMessagesTransformFrame>(),
      Plain<LLMThoughtStartFrame>(),
      Plain<LLMThoughtTextFrame, S>(),
      Plain<LLMThoughtEndFrame>(),
      Plain<LLMMarkerFrame, S>(),
      Plain<LLMMarkerResponseFrame, S>(),
      Plain<LLMSummarizeContextFrame>(),
      For<LLMContextSummaryRequestFrame>([](const FrameSurroundings& around) -> Ref<Frame> {
        return Make<LLMContextSummaryRequestFrame>("", around.context);
      }),
      Plain<LLMContextSummaryResultFrame, S, S, int>(),
      Plain<LLMSetToolsFrame, Json>(),
      Plain<LLMSetToolChoiceFrame, Json>(),
      Plain<LLMConfigureOutputFrame, bool>(),
      Plain<LLMContextUserTurnFrame, S, S>(),
      Plain<LLMContextAssistantTurnFrame, S, S>(),
      Plain<LLMContextAssistantTimestampFrame, S>(),

      Plain<FunctionCallsStartedFrame, std::vector<FunctionCallFromLLM>>(),
      Plain<FunctionCallInProgressFrame, S, S, Json>(),
      Plain<FunctionCallResultFrame, S, S, Json, Json>(),
      Plain<FunctionCallCancelFrame, S, S>(),
      Plain<ExternalFunctionCallsStartedFrame, std::vector<ExternalFunctionCall>>(),
      Plain<ExternalFunctionCallInProgressFrame, ExternalFunctionCall>(),
      Plain<ExternalFunctionCallResultFrame, ExternalFunctionCall, Json>(),
      Plain<ExternalFunctionCallCancelFrame, S, S>(),

      Plain<ServiceMetadataFrame, S>(),
      Plain<STTMetadataFrame, S, double>(),
      Plain<LLMServiceMetadataFrame, S>(),
      Plain<STTMuteFrame, bool>(),
      Plain<ServiceUpdateSettingsFrame, Json>(),
      Plain<LLMUpdateSettingsFrame, Json>(),
      Plain<TTSUpdateSettingsFrame, Json>(),
      Plain<STTUpdateSettingsFrame, Json>(),
      OnlyTold<ManuallySwitchServiceFrame>(),
      OnlyTold<ServiceSwitcherRequestMetadataFrame>(),
      Plain<TTSStartedFrame>(),
      Plain<TTSStoppedFrame>(),
      OnlyTold<MetricsFrame>(),

      Plain<InputTransportMessageFrame, Json>(),
      Plain<OutputTransportMessageFrame, Json>(),
      Plain<OutputTransportMessageUrgentFrame, Json>(),
      Plain<ClientConnectedFrame>(),
      Plain<BotConnectedFrame>(),
      Plain<OutputTransportReadyFrame>(),
      Plain<InputTransportStartAudioStreamingFrame>(),
  };
  std::map<std::string_view, Codec> codecs;
  for (const Codec& codec : all) codecs.emplace(FrameTypeName(codec.type), codec);
  return codecs;
}

const std::map<std::string_view, Codec>& Codecs() {
  static const std::map<std::string_view, Codec> codecs = MakeCodecs();
  return codecs;
}

std::string_view KindName(FrameKind kind) {
  static constexpr std::array<std::string_view, 4> kNames = {"system", "data", "control", "plain"};
  return kNames[static_cast<std::size_t>(kind)];
}

Result<Ref<Frame>> MakeFrame(const std::string& type, const Json& fields, const FrameSurroundings& around) {
  const auto found = Codecs().find(type);
  if (found == Codecs().end()) return Status::InvalidArgument("unknown frame type \"{}\"", type);
  const Codec& codec = found->second;
  if (codec.make == nullptr) return Status::InvalidArgument("a {} cannot be given, only be seen", type);
  Ref<Frame> frame = codec.make(around);
  ObjectReader reader(fields, type);
  codec.read(reader, *frame);
  if (frame->Is<FunctionCallsStartedFrame>()) {
    for (auto& call : static_cast<FunctionCallsStartedFrame&>(*frame).function_calls)
      call.context = around.context;
  }
  if (Status status = reader.Finish(); !status.ok()) return status;
  return frame;
}

Json FieldsOf(const Frame& frame) {
  ObjectWriter writer;
  const auto found = Codecs().find(frame.type_name());
  // A program's own frame says no more than its name.
  if (found != Codecs().end()) found->second.write(writer, frame);
  return std::move(writer).Finish();
}

}  // namespace

bool IsFrameType(std::string_view name) { return Codecs().contains(name); }

Result<Ref<Frame>> FrameFromCase(const Json& given, const FrameSurroundings& surroundings) {
  std::string type;
  std::string kind;
  bool uninterruptible = false;
  Json fields = Json::object();
  ObjectReader reader(given, "frame");
  reader.Required("type", type);
  reader("kind", kind);
  reader("uninterruptible", uninterruptible);
  reader("fields", fields);
  if (Status status = reader.Finish(); !status.ok()) return status;

  Result<Ref<Frame>> frame = MakeFrame(type, fields, surroundings);
  if (!frame.ok()) return frame;
  if (!kind.empty() && kind != KindName((*frame)->kind())) {
    return Status::InvalidArgument("a {} is a {} frame, not a {} one", type, KindName((*frame)->kind()),
                                   kind);
  }
  if (uninterruptible) (*frame)->set_interruptible(false);
  return frame;
}

Result<Ref<Frame>> FrameFromStep(const Json& given, const FrameSurroundings& surroundings) {
  if (!given.is_object() || !given.contains("type") || !given["type"].is_string()) {
    return Status::InvalidArgument("a frame is an object with a \"type\", not {}", given.dump());
  }
  Json fields = given;
  fields.erase("type");
  return MakeFrame(given["type"].get<std::string>(), fields, surroundings);
}

Json FrameToCase(const Frame& frame) {
  Json out = {{"type", frame.type_name()}, {"kind", KindName(frame.kind())}};
  if (!frame.interruptible()) out["uninterruptible"] = true;
  if (frame.broadcast_sibling_id != 0) out["broadcast"] = true;
  if (frame.pts != 0) out["pts_ms"] = static_cast<double>(frame.pts) / 1e6;
  Json fields = FieldsOf(frame);
  // Which processor is a matter of names, not of behaviour.
  if (frame.Is<ErrorFrame>() && fields.contains("processor")) fields["processor"] = "<processor>";
  if (!fields.empty()) out["fields"] = std::move(fields);
  return out;
}

Json FrameToStep(const Frame& frame) {
  Json out = {{"type", frame.type_name()}, {"pts", frame.pts != 0 ? Json(frame.pts) : Json()}};
  if (!frame.interruptible()) out["interruptible"] = false;
  const Json fields = FieldsOf(frame);
  for (const auto& [name, value] : fields.items()) {
    if (name != "processor" && name != "exception") out[name] = value;
  }
  return out;
}

}  // namespace repartee::scenario
