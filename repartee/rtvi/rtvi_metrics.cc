#include "repartee/rtvi/rtvi_metrics.h"

#include <utility>

#include "repartee/base/json_object.h"

namespace repartee {
namespace {

// Whose figures they are, and the figures (keys and values).
template <class... Figures>
Json Entry(const MetricsData& data, Figures&&... figures) {
  if (!data.model) return JsonObject("processor", data.processor, std::forward<Figures>(figures)...);
  return JsonObject("processor", data.processor, "model", *data.model, std::forward<Figures>(figures)...);
}

void PutIfGiven(Json& usage, const char* key, const std::optional<std::int64_t>& count) {
  if (count) usage[key] = *count;
}

// Adds one measurement to the list of its kind.
struct Teller {
  const MetricsData& data;
  Json& metrics;

  void Add(const char* kind, Json entry) const { metrics[kind].push_back(std::move(entry)); }
  void Value(const char* kind, Json value) const { Add(kind, Entry(data, "value", std::move(value))); }

  void operator()(const TTFBMetricsData& ttfb) const { Value("ttfb", ttfb.value); }
  void operator()(const ProcessingMetricsData& processing) const { Value("processing", processing.value); }
  void operator()(const TTSUsageMetricsData& usage) const { Value("characters", usage.value); }
  void operator()(const STTUsageMetricsData& usage) const {
    Value("stt_usage", JsonObject("audio_seconds", usage.audio_seconds));
  }
  void operator()(const TTFAMetricsData& ttfa) const {
    Add("ttfa", Entry(data, "ttfa", ttfa.ttfa, "ttfb", ttfa.ttfb, "leading_silence", ttfa.leading_silence));
  }
  void operator()(const TTFATMetricsData& ttfat) const {
    Add("ttfat", Entry(data, "ttfat", ttfat.ttfat, "ttfb", ttfat.ttfb, "thinking_time", ttfat.thinking_time));
  }
  // The bare figures, without whose they are.
  void operator()(const LLMUsageMetricsData& llm) const {
    const LLMTokenUsage& tokens = llm.value;
    Json usage{{"prompt_tokens", tokens.prompt_tokens},
               {"completion_tokens", tokens.completion_tokens},
               {"total_tokens", tokens.total_tokens}};
    PutIfGiven(usage, "cache_read_input_tokens", tokens.cache_read_input_tokens);
    PutIfGiven(usage, "cache_creation_input_tokens", tokens.cache_creation_input_tokens);
    PutIfGiven(usage, "reasoning_tokens", tokens.reasoning_tokens);
    PutIfGiven(usage, "input_audio_tokens", tokens.input_audio_tokens);
    PutIfGiven(usage, "output_audio_tokens", tokens.output_audio_tokens);
    PutIfGiven(usage, "cache_read_input_audio_tokens", tokens.cache_read_input_audio_tokens);
    Add("tokens", std::move(usage));
  }
  void operator()(const TextAggregationMetricsData&) const {}
  void operator()(const TurnMetricsData&) const {}
};

}  // namespace

Json ToRTVIMetrics(const MetricsFrame& frame) {
  Json metrics = Json::object();
  for (const MetricsData& data : frame.data) std::visit(Teller{data, metrics}, data.value);
  return metrics;
}

}  // namespace repartee
