#include "repartee/rtvi/rtvi_metrics.h"

#include <algorithm>
#include <string_view>

namespace repartee {
namespace {

// The measurements of one kind, as the members of its list.
struct Kind {
  std::string_view name;
  std::string entries;
};

// Whose figures they are, and the figures (keys and values).
template <class... Figures>
JsonText Entry(const MetricsData& data, const Figures&... figures) {
  if (!data.model) return JsonObject("processor", data.processor, figures...);
  return JsonObject("processor", data.processor, "model", *data.model, figures...);
}

void AddIfGiven(JsonObjectWriter& usage, std::string_view key, const std::optional<std::int64_t>& count) {
  if (count) usage.Add(key, *count);
}

// Adds one measurement to the list of its kind.
struct Teller {
  const MetricsData& data;
  std::vector<Kind>& kinds;

  void Add(std::string_view name, const JsonText& entry) const {
    auto kind = std::find_if(kinds.begin(), kinds.end(), [&](const Kind& k) { return k.name == name; });
    if (kind == kinds.end()) kind = kinds.insert(kind, Kind{name, {}});
    if (!kind->entries.empty()) kind->entries += ", ";
    kind->entries += entry.text();
  }
  template <class T>
  void Value(std::string_view name, const T& value) const {
    Add(name, Entry(data, "value", value));
  }

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
    JsonObjectWriter usage;
    usage.Add("prompt_tokens", tokens.prompt_tokens);
    usage.Add("completion_tokens", tokens.completion_tokens);
    usage.Add("total_tokens", tokens.total_tokens);
    AddIfGiven(usage, "cache_read_input_tokens", tokens.cache_read_input_tokens);
    AddIfGiven(usage, "cache_creation_input_tokens", tokens.cache_creation_input_tokens);
    AddIfGiven(usage, "reasoning_tokens", tokens.reasoning_tokens);
    AddIfGiven(usage, "input_audio_tokens", tokens.input_audio_tokens);
    AddIfGiven(usage, "output_audio_tokens", tokens.output_audio_tokens);
    AddIfGiven(usage, "cache_read_input_audio_tokens", tokens.cache_read_input_audio_tokens);
    Add("tokens", std::move(usage).Finish());
  }
  void operator()(const TextAggregationMetricsData&) const {}
  void operator()(const TurnMetricsData&) const {}
};

}  // namespace

JsonText ToRTVIMetrics(const MetricsFrame& frame) {
  std::vector<Kind> kinds;
  for (const MetricsData& data : frame.data) std::visit(Teller{data, kinds}, data.value);
  JsonObjectWriter metrics;
  for (const Kind& kind : kinds) metrics.Add(kind.name, JsonText('[' + kind.entries + ']'));
  return std::move(metrics).Finish();
}

}  // namespace repartee
