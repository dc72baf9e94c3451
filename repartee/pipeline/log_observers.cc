#include "repartee/pipeline/log_observers.h"

#include <fmt/format.h>

#include "repartee/base/log.h"
#include "repartee/frames/function_call_frames.h"
#include "repartee/frames/llm_frames.h"
#include "repartee/frames/service_frames.h"
#include "repartee/frames/text_frames.h"
#include "repartee/pipeline/frame_processor.h"

namespace repartee {
namespace {

// "1.234s who: what", in the pipeline's own time.
std::string Line(const FramePushed& event, const std::string& what) {
  return fmt::format("{:.3f}s {}: {}", ToSeconds(event.time), event.source.name(), what);
}

struct MetricText {
  const char* name;
  std::string text;
};

MetricText Describe(const TTFBMetricsData& m) {
  return {"TTFBMetricsData", fmt::format("TTFB {:.3f}s", m.value)};
}
MetricText Describe(const TTFAMetricsData& m) {
  return {"TTFAMetricsData", fmt::format("TTFA {:.3f}s, {:.3f}s of it silence", m.ttfa, m.leading_silence)};
}
MetricText Describe(const TTFATMetricsData& m) {
  return {"TTFATMetricsData", fmt::format("TTFAT {:.3f}s, {:.3f}s of it thinking", m.ttfat, m.thinking_time)};
}
MetricText Describe(const ProcessingMetricsData& m) {
  return {"ProcessingMetricsData", fmt::format("processing {:.3f}s", m.value)};
}
MetricText Describe(const TextAggregationMetricsData& m) {
  return {"TextAggregationMetricsData", fmt::format("text aggregation {:.3f}s", m.value)};
}
MetricText Describe(const LLMUsageMetricsData& m) {
  return {"LLMUsageMetricsData", fmt::format("tokens: {} in, {} out, {} in all", m.value.prompt_tokens,
                                             m.value.completion_tokens, m.value.total_tokens)};
}
MetricText Describe(const TTSUsageMetricsData& m) {
  return {"TTSUsageMetricsData", fmt::format("characters: {}", m.value)};
}
MetricText Describe(const STTUsageMetricsData& m) {
  return {"STTUsageMetricsData", fmt::format("audio: {:.3f}s", m.audio_seconds)};
}
MetricText Describe(const TurnMetricsData& m) {
  return {"TurnMetricsData",
          fmt::format("turn {} with probability {:.3f}, {:.1f} ms", m.is_complete ? "complete" : "incomplete",
                      m.probability, m.e2e_processing_time_ms)};
}

}  // namespace

LogSink DebugLogSink() {
  return [](const std::string& line) { LogDebug("{}", line); };
}

FrameTypeSet LLMLogObserver::wanted_pushes() const {
  return {
      FrameType::kLLMFullResponseStart, FrameType::kLLMFullResponseEnd,     FrameType::kLLMText,
      FrameType::kFunctionCallsStarted, FrameType::kFunctionCallInProgress, FrameType::kFunctionCallResult};
}

void LLMLogObserver::OnPushFrame(const FramePushed& event) {
  // A pair counts once.
  if (event.direction == Direction::kUpstream) return;
  const Frame& frame = *event.frame;
  if (frame.Is<LLMFullResponseStartFrame>()) return sink_(Line(event, "answer begins"));
  if (frame.Is<LLMFullResponseEndFrame>()) return sink_(Line(event, "answer ends"));
  if (const auto* text = frame.As<LLMTextFrame>())
    return sink_(Line(event, fmt::format("says \"{}\"", text->text)));
  if (const auto* started = frame.As<FunctionCallsStartedFrame>()) {
    return sink_(Line(event, fmt::format("calls {} functions", started->function_calls.size())));
  }
  if (const auto* call = frame.As<FunctionCallInProgressFrame>()) {
    return sink_(Line(event, fmt::format("calls {} ({})", call->function_name, call->tool_call_id)));
  }
  if (const auto* result = frame.As<FunctionCallResultFrame>()) {
    sink_(Line(event, fmt::format("{} ({}) has a result", result->function_name, result->tool_call_id)));
  }
}

FrameTypeSet TranscriptionLogObserver::wanted_pushes() const {
  return {FrameType::kTranscription, FrameType::kInterimTranscription, FrameType::kEagerTranscription};
}

void TranscriptionLogObserver::OnPushFrame(const FramePushed& event) {
  const auto* heard = event.frame->As<TranscriptionFrame>();
  const char* const kind = heard ? "heard" : "hears";
  sink_(Line(event, fmt::format("{} \"{}\"", kind, event.frame->As<TextFrame>()->text)));
}

void MetricsLogObserver::OnPushFrame(const FramePushed& event) {
  for (const MetricsData& data : event.frame->As<MetricsFrame>()->data) {
    const MetricText metric = std::visit([](const auto& value) { return Describe(value); }, data.value);
    if (!options_.include_metrics.empty() && !options_.include_metrics.contains(metric.name)) continue;
    const std::string model = data.model ? " (" + *data.model + ")" : std::string();
    options_.sink(fmt::format("{:.3f}s {}{}: {}", ToSeconds(event.time), data.processor, model, metric.text));
  }
}

FrameTypeSet DebugLogObserver::AllButAudio() {
  FrameTypeSet types = FrameTypeSet::All();
  for (const FrameType audio :
       {FrameType::kInputAudioRaw, FrameType::kUserAudioRaw, FrameType::kOutputAudioRaw,
        FrameType::kTTSAudioRaw, FrameType::kSpeechOutputAudioRaw, FrameType::kBotSpeaking,
        FrameType::kUserSpeaking}) {
    types.Remove(audio);
  }
  return types;
}

void DebugLogObserver::OnPushFrame(const FramePushed& event) {
  const char* const arrow = event.direction == Direction::kDownstream ? "->" : "<-";
  const auto* text = event.frame->As<TextFrame>();
  sink_(Line(event, fmt::format("{} {}: {}{}", arrow, event.destination.name(), event.frame->name(),
                                text ? fmt::format(" \"{}\"", text->text) : std::string())));
}

}  // namespace repartee
