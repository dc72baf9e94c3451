#include "tests/scenario/object_writer.h"

#include "repartee/conversation/llm_context.h"

namespace repartee::scenario {
namespace {

// The class of a measurement, then its values.
Json Measured(const TTFBMetricsData& m) { return {{"class", "TTFBMetricsData"}, {"value", m.value}}; }
Json Measured(const TTFAMetricsData& m) {
  return {{"class", "TTFAMetricsData"},
          {"ttfa", m.ttfa},
          {"ttfb", m.ttfb},
          {"leading_silence", m.leading_silence}};
}
Json Measured(const TTFATMetricsData& m) {
  return {{"class", "TTFATMetricsData"},
          {"ttfat", m.ttfat},
          {"ttfb", m.ttfb},
          {"thinking_time", m.thinking_time}};
}
Json Measured(const ProcessingMetricsData& m) {
  return {{"class", "ProcessingMetricsData"}, {"value", m.value}};
}
Json Measured(const TextAggregationMetricsData& m) {
  return {{"class", "TextAggregationMetricsData"}, {"value", m.value}};
}
Json Measured(const LLMUsageMetricsData& m) {
  ObjectWriter write;
  write("prompt_tokens", m.value.prompt_tokens);
  write("completion_tokens", m.value.completion_tokens);
  write("total_tokens", m.value.total_tokens);
  write("cache_read_input_tokens", m.value.cache_read_input_tokens);
  write("cache_creation_input_tokens", m.value.cache_creation_input_tokens);
  write("reasoning_tokens", m.value.reasoning_tokens);
  write("input_audio_tokens", m.value.input_audio_tokens);
  write("output_audio_tokens", m.value.output_audio_tokens);
  write("cache_read_input_audio_tokens", m.value.cache_read_input_audio_tokens);
  return {{"class", "LLMUsageMetricsData"}, {"value", std::move(write).Finish()}};
}
Json Measured(const TTSUsageMetricsData& m) { return {{"class", "TTSUsageMetricsData"}, {"value", m.value}}; }
Json Measured(const STTUsageMetricsData& m) {
  return {{"class", "STTUsageMetricsData"}, {"value", {{"audio_seconds", m.audio_seconds}}}};
}
Json Measured(const TurnMetricsData& m) {
  return {{"class", "TurnMetricsData"},
          {"is_complete", m.is_complete},
          {"probability", m.probability},
          {"e2e_processing_time_ms", m.e2e_processing_time_ms}};
}

}  // namespace

Json ToJson(TextType value) { return TextTypeName(value); }
Json ToJson(ErrorCategory value) { return ErrorCategoryName(value); }

Json ToJson(const VadParams& value) {
  return {{"confidence", value.confidence},
          {"start_secs", value.start_secs},
          {"stop_secs", value.stop_secs},
          {"min_volume", value.min_volume}};
}

Json ToJson(const AudioBuffer& value) { return {{"bytes", value.size()}}; }

Json ToJson(const FunctionCallFromLLM& value) {
  return {{"function_name", value.function_name},
          {"tool_call_id", value.tool_call_id},
          {"arguments", value.arguments}};
}

Json ToJson(const ExternalFunctionCall& value) {
  return {{"function_name", value.function_name},
          {"tool_call_id", value.tool_call_id},
          {"arguments", value.arguments}};
}

Json ToJson(FileSourceType value) { return FileSourceTypeName(value); }
Json ToJson(KeypadEntry value) { return std::string(1, static_cast<char>(value)); }
Json ToJson(ImageSize value) { return Json::array({value.width, value.height}); }

Json ToJson(const FunctionCallResultProperties& value) {
  ObjectWriter write;
  write("run_llm", value.run_llm);
  write("is_final", value.is_final);
  return std::move(write).Finish();
}

Json ToJson(const MetricsData& value) {
  Json out = std::visit([](const auto& measurement) { return Measured(measurement); }, value.value);
  out["processor"] = value.processor;
  out["model"] = value.model ? Json(*value.model) : Json();
  return out;
}

Json ToJson(const std::shared_ptr<LLMContext>& value) {
  return {{"messages", value ? value->messages() : Json::array()}};
}

}  // namespace repartee::scenario
