// Vercel's AI SDK, Genkit and Google's agent kit count tokens each in a way of its own.
#include <algorithm>

#include "repartee/server/ingest/mapping/usage_counts.h"
#include "repartee/server/ingest/mapping/values.h"

namespace repartee::server {
namespace {

std::optional<double> NumberAt(const Json& object, const char* key) {
  if (!object.is_object() || !object.contains(key) || !object[key].is_number()) return std::nullopt;
  return object[key].get<double>();
}

Json MemberOf(const Json& object, const char* key) {
  return object.is_object() ? object.value(key, Json()) : Json();
}

Json JsonOf(const AttributeIndex& attributes, std::string_view name) {
  const otel::AnyValueView* value = attributes.FindByName(name);
  if (value == nullptr || value->kind != otel::AnyValueView::Kind::kString) return nullptr;
  Result<Json> json = ParseJson(value->bytes);
  return json.ok() ? *std::move(json) : Json();
}

double CountAt(const TokenCounts& counts, std::string_view key) {
  const auto found =
      std::find_if(counts.begin(), counts.end(), [key](const TokenCount& c) { return c.key == key; });
  return found == counts.end() ? 0 : found->value;
}

// The first that is told counts.
void AddOnce(TokenCounts& counts, const char* key, std::optional<double> value) {
  const bool is_known =
      std::any_of(counts.begin(), counts.end(), [key](const TokenCount& c) { return c.key == key; });
  if (value && !is_known) counts.push_back({key, *value});
}

// What counts nothing is not told there; cached tokens are not known apart.
std::optional<TokenCounts> GenkitCounts(const SpanInput& in) {
  const Json usage = MemberOf(JsonOf(in.attributes, "genkit:output"), "usage");
  if (!usage.is_object()) return std::nullopt;
  TokenCounts counts;
  for (const auto& [key, name] :
       {std::pair("input", "inputTokens"), std::pair("output", "outputTokens"),
        std::pair("total", "totalTokens"), std::pair("output_reasoning", "thoughtsTokens")}) {
    const std::optional<double> value = NumberAt(usage, name);
    if (value && *value != 0) counts.push_back({key, *value});
  }
  SubtractCount(counts, "output", CountAt(counts, "output_reasoning"));
  return counts;
}

// A number, or OTLP's own JSON of one, in a text.
std::optional<double> TokensOf(const AttributeIndex& attributes, std::string_view name) {
  const otel::AnyValueView* value = attributes.FindByName(name);
  if (value == nullptr) return std::nullopt;
  if (const std::optional<double> number = ToNumber(*value)) return number;
  return NumberAt(JsonOf(attributes, name), "intValue");
}

// The first of both that is there, as an integer.
std::optional<double> IntegerOf(const AttributeIndex& attributes, std::string_view older,
                                std::string_view newer) {
  const otel::AnyValueView* value = attributes.FindByName(older);
  if (value == nullptr) value = attributes.FindByName(newer);
  const auto number = value != nullptr ? LeadingInteger(ToText(*value)) : std::nullopt;
  return number ? std::optional(static_cast<double>(*number)) : std::nullopt;
}

// What the providers tell of a call beyond its sums.
void AddOfProviders(TokenCounts& counts, const Json& metadata) {
  const Json openai = MemberOf(metadata, "openai");
  AddOnce(counts, "input_cached_tokens", NumberAt(openai, "cachedPromptTokens"));
  AddOnce(counts, "accepted_prediction_tokens", NumberAt(openai, "acceptedPredictionTokens"));
  AddOnce(counts, "rejected_prediction_tokens", NumberAt(openai, "rejectedPredictionTokens"));
  AddOnce(counts, "output_reasoning_tokens", NumberAt(openai, "reasoningTokens"));
  const Json anthropic = MemberOf(MemberOf(metadata, "anthropic"), "usage");
  AddOnce(counts, "input_cache_creation", NumberAt(anthropic, "cache_creation_input_tokens"));
  AddOnce(counts, "input_cached_tokens", NumberAt(anthropic, "cache_read_input_tokens"));
  if (const Json created = MemberOf(anthropic, "cache_creation"); created.is_object()) {
    AddOnce(counts, "input_cache_creation_5m", NumberAt(created, "ephemeral_5m_input_tokens"));
    AddOnce(counts, "input_cache_creation_1h", NumberAt(created, "ephemeral_1h_input_tokens"));
    AddOnce(counts, "input_cache_creation", 0.0);
    // The parts by their time to live are contained in the whole.
    SubtractCount(counts, "input_cache_creation", CountAt(counts, "input_cache_creation_5m"));
    SubtractCount(counts, "input_cache_creation", CountAt(counts, "input_cache_creation_1h"));
  }
  const Json bedrock = MemberOf(MemberOf(metadata, "bedrock"), "usage");
  AddOnce(counts, "input_cache_read", NumberAt(bedrock, "cacheReadInputTokens"));
  AddOnce(counts, "input_cache_write", NumberAt(bedrock, "cacheWriteInputTokens"));
  AddOnce(counts, "input_cache_creation", NumberAt(bedrock, "cacheCreationInputTokens"));
}

// Always input and output, what is cached or thought taken out of them; nothing if a text that
// holds counts cannot be read.
std::optional<TokenCounts> VercelCounts(const SpanInput& in) {
  const AttributeIndex& a = in.attributes;
  const otel::AnyValueView* told = a.FindByName("ai.response.providerMetadata");
  const bool is_told = told != nullptr && IsTruthy(*told);
  const Json metadata = JsonOf(a, "ai.response.providerMetadata");
  if (is_told && !metadata.is_object()) return std::nullopt;
  TokenCounts counts = {
      {"input", IntegerOf(a, "gen_ai.usage.prompt_tokens", "gen_ai.usage.input_tokens").value_or(0)},
      {"output", IntegerOf(a, "gen_ai.usage.completion_tokens", "gen_ai.usage.output_tokens").value_or(0)}};
  AddOnce(counts, "total", IntegerOf(a, "ai.usage.tokens", "ai.usage.tokens"));
  AddOnce(counts, "input_cached_tokens", TokensOf(a, "ai.usage.cachedInputTokens"));
  AddOnce(counts, "output_reasoning_tokens", TokensOf(a, "ai.usage.reasoningTokens"));
  if (in.voice_additions) {
    // Where the SDK tells them since its version 7.
    AddOnce(counts, "input_cached_tokens", TokensOf(a, "gen_ai.usage.cache_read.input_tokens"));
    AddOnce(counts, "input_cache_creation", TokensOf(a, "gen_ai.usage.cache_creation.input_tokens"));
  }
  AddOfProviders(counts, metadata);
  for (const char* part : {"input_cached_tokens", "input_cache_creation", "input_cache_creation_5m",
                           "input_cache_creation_1h", "input_cache_read"})
    SubtractCount(counts, "input", CountAt(counts, part));
  SubtractCount(counts, "output", CountAt(counts, "output_reasoning_tokens"));
  return counts;
}

// Where no attribute counts cached tokens, the response does.
TokenCounts VertexCounts(const SpanInput& in) {
  TokenCounts counts = GeneralCounts(in.attributes, false);
  const Json usage = MemberOf(JsonOf(in.attributes, KeyName(Key::kGcpResponse)), "usage_metadata");
  const std::optional<double> cached = NumberAt(usage, "cached_content_token_count");
  const bool is_known = std::any_of(counts.begin(), counts.end(),
                                    [](const TokenCount& c) { return c.key == "input_cached_tokens"; });
  if (is_known || !cached || *cached <= 0) return counts;
  counts.push_back({"input_cached_tokens", *cached});
  SubtractCount(counts, "input", *cached);
  return counts;
}

}  // namespace

std::optional<TokenCounts> CountsOfSdk(const SpanInput& in) {
  if (in.scope.name == "genkit-tracer") return GenkitCounts(in);
  if (in.scope.name == "ai") return VercelCounts(in);
  if (in.scope.name == "gcp.vertex.agent") return VertexCounts(in);
  return std::nullopt;
}

}  // namespace repartee::server
