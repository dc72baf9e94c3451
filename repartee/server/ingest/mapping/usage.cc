#include "repartee/server/ingest/mapping/usage.h"

#include <algorithm>
#include <cmath>

#include "repartee/server/ingest/mapping/usage_forms.h"
#include "repartee/server/ingest/mapping/values.h"

namespace repartee::server {
namespace {

using Named = std::vector<std::pair<std::string_view, double>>;

constexpr double kMaxCount = 9e15;  // beyond, a double skips integers

// Only whole numbers that are not negative are counts.
std::optional<std::int64_t> ToCount(double number) {
  if (number < 0 || number > kMaxCount || number != std::floor(number)) return std::nullopt;
  return static_cast<std::int64_t>(number);
}

// One result key, the names it may come under (first present wins), and whether it
// is part of another count, from which it is then taken.
struct Rule {
  std::string_view key;
  std::string_view names[8];
  std::string_view part_of;
  bool voice_only = false;
};

constexpr Rule kRules[] = {
    {"input", {"prompt_tokens", "input_tokens", "prompt"}, {}},
    {"output", {"completion_tokens", "output_tokens", "completion"}, {}},
    {"total", {"total_tokens", "total"}, {}},
    {"input_cached_tokens",
     {"cache_read.input_tokens", "cache_read_input_tokens", "cache_read_tokens", "details.cache_read_tokens",
      "details.cache_read_input_tokens", "prompt_details.cache_read", "input_cached_tokens"},
     "input"},
    {"input_cache_creation",
     {"cache_creation.input_tokens", "cache_creation_input_tokens", "cache_write_tokens",
      "details.cache_write_tokens", "details.cache_creation_input_tokens", "prompt_details.cache_write",
      "input_cache_creation"},
     "input"},
    {"output_reasoning_tokens", {"reasoning.output_tokens", "completion_details.reasoning"}, "output"},
    {"output_audio_tokens", {"completion_details.audio"}, "output"},
    {"input_audio_tokens", {"audio.input_tokens"}, "input", true},
    {"output_audio_tokens", {"audio.output_tokens"}, "output", true},
    {"output_reasoning_tokens", {"reasoning_tokens"}, "output", true},
};

Named GatherCounts(const AttributeIndex& attributes) {
  Named named;
  for (const otel::KeyValueView& attribute : attributes.all()) {
    std::string_view key = attribute.key;
    if (key.starts_with("gen_ai.usage.")) {
      key.remove_prefix(13);
      if (key == "cost") continue;
    } else if (key.starts_with("llm.token_count.")) {
      key.remove_prefix(16);
    } else {
      continue;
    }
    const std::optional<double> number = ToNumber(attribute.value);
    if (!number) continue;
    const auto known =
        std::find_if(named.begin(), named.end(), [key](const auto& n) { return n.first == key; });
    if (known != named.end()) {
      known->second = *number;
    } else {
      named.emplace_back(key, *number);
    }
  }
  return named;
}

struct Count {
  std::string key;
  double value;
};

void Subtract(std::vector<Count>& counts, std::string_view from, double value) {
  for (Count& count : counts) {
    if (count.key == from) count.value = std::max(0.0, count.value - value);
  }
}

std::vector<Count> ApplyRules(const Named& named, bool voice) {
  std::vector<Count> counts;
  std::vector<bool> used(named.size());
  for (const Rule& rule : kRules) {
    if (rule.voice_only && !voice) continue;
    bool taken = false;
    for (const std::string_view name : rule.names) {
      if (name.empty()) break;
      for (std::size_t i = 0; i < named.size(); ++i) {
        if (named[i].first != name) continue;
        used[i] = true;
        if (taken) continue;
        taken = true;
        counts.push_back({std::string(rule.key), named[i].second});
        Subtract(counts, rule.part_of, named[i].second);
      }
    }
  }
  for (std::size_t i = 0; i < named.size(); ++i) {
    if (used[i]) continue;
    std::string_view key = named[i].first;
    if (key.starts_with("details.")) key.remove_prefix(8);
    counts.push_back({std::string(key), named[i].second});
  }
  return counts;
}

// "langfuse.observation.usage_details": a JSON object, taken as sent. Nothing if it is not JSON.
std::optional<Usage> ParseDetails(std::string_view text) {
  const Result<Json> json = ParseJson(text);
  if (!json.ok()) return std::nullopt;
  Usage usage;
  if (!json->is_object()) return usage;
  const Json converted = FromOpenAiUsage(*json);
  for (const auto& [key, value] : (converted.is_null() ? *json : converted).items()) {
    std::optional<double> number;
    if (value.is_number()) number = value.get<double>();
    if (value.is_string()) {
      otel::AnyValueView text_value;
      text_value.kind = otel::AnyValueView::Kind::kString;
      text_value.bytes = value.get_ref<const std::string&>();
      number = ToNumber(text_value);
      if (number) number = std::trunc(*number);
    }
    if (!number) continue;
    if (const std::optional<std::int64_t> count = ToCount(*number)) usage.emplace_back(key, *count);
  }
  return usage;
}

void AddTotal(Usage& usage) {
  if (usage.empty() || UsageOf(usage, "total") >= 0) return;
  std::int64_t sum = 0;
  for (const auto& [key, count] : usage) sum += count;
  usage.emplace_back("total", sum);
}

}  // namespace

std::int64_t UsageOf(const Usage& usage, std::string_view key) {
  for (const auto& [name, count] : usage) {
    if (name == key) return count;
  }
  return -1;
}

namespace {

std::optional<double> NumberAt(const Json& object, const char* key) {
  if (!object.is_object() || !object.contains(key) || !object[key].is_number()) return std::nullopt;
  return object[key].get<double>();
}

std::optional<double> NumberOf(const AttributeIndex& attributes,
                               std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    const otel::AnyValueView* value = attributes.FindByName(name);
    const std::optional<double> number = value != nullptr ? ToNumber(*value) : std::nullopt;
    if (number) return number;
  }
  return std::nullopt;
}

Json JsonOf(const AttributeIndex& attributes, std::string_view name) {
  const otel::AnyValueView* value = attributes.FindByName(name);
  if (value == nullptr || value->kind != otel::AnyValueView::Kind::kString) return nullptr;
  Result<Json> json = ParseJson(value->bytes);
  return json.ok() ? *std::move(json) : Json();
}

// Adds a count that is contained in the one of `whole`.
void AddPart(std::vector<Count>& counts, const char* key, std::string_view whole,
             std::optional<double> value) {
  if (!value) return;
  Subtract(counts, whole, *value);
  counts.push_back({key, *value});
}

std::vector<Count> GenkitCounts(const SpanInput& in) {
  const Json output = JsonOf(in.attributes, "genkit:output");
  const Json usage = output.is_object() ? output.value("usage", Json()) : Json();
  std::vector<Count> counts;
  const std::pair<const char*, const char*> kSums[] = {
      {"input", "inputTokens"}, {"output", "outputTokens"}, {"total", "totalTokens"}};
  for (const auto& [key, name] : kSums) {
    if (const std::optional<double> value = NumberAt(usage, name)) counts.push_back({key, *value});
  }
  AddPart(counts, "input_cached_tokens", "input", NumberAt(usage, "cachedContentTokens"));
  AddPart(counts, "output_reasoning", "output", NumberAt(usage, "thoughtsTokens"));
  return counts;
}

// Always input and output; what the providers add stands in a JSON text of theirs.
std::vector<Count> VercelCounts(const SpanInput& in) {
  const AttributeIndex& a = in.attributes;
  const Json metadata = JsonOf(a, "ai.response.providerMetadata");
  const auto of = [&metadata](const char* provider) {
    return metadata.is_object() ? metadata.value(provider, Json()) : Json();
  };
  const Json openai = of("openai");
  const Json anthropic = of("anthropic");
  const Json bedrock = of("bedrock").is_object() ? of("bedrock").value("usage", Json()) : Json();
  std::vector<Count> counts = {
      {"input", NumberOf(a, {"gen_ai.usage.prompt_tokens", "gen_ai.usage.input_tokens",
                             "ai.usage.promptTokens", "ai.usage.inputTokens"})
                    .value_or(0)},
      {"output", NumberOf(a, {"gen_ai.usage.completion_tokens", "gen_ai.usage.output_tokens",
                              "ai.usage.completionTokens", "ai.usage.outputTokens"})
                     .value_or(0)}};
  if (const auto total = NumberOf(a, {"ai.usage.tokens", "ai.usage.totalTokens"}))
    counts.push_back({"total", *total});
  std::optional<double> cached = NumberOf(a, {"ai.usage.cachedInputTokens"});
  for (const auto& [json, name] :
       {std::pair(&openai, "cachedPromptTokens"), std::pair(&anthropic, "cacheReadInputTokens"),
        std::pair(&bedrock, "cacheReadInputTokens")}) {
    if (!cached) cached = NumberAt(*json, name);
  }
  std::optional<double> created = NumberAt(anthropic, "cacheCreationInputTokens");
  if (!created) created = NumberAt(bedrock, "cacheWriteInputTokens");
  std::optional<double> reasoning = NumberOf(a, {"ai.usage.reasoningTokens"});
  if (!reasoning) reasoning = NumberAt(openai, "reasoningTokens");
  AddPart(counts, "input_cached_tokens", "input", cached);
  AddPart(counts, "input_cache_creation", "input", created);
  AddPart(counts, "output_reasoning_tokens", "output", reasoning);
  return counts;
}

// The count of cached tokens stands in the response alone.
std::vector<Count> VertexCounts(const SpanInput& in) {
  std::vector<Count> counts = ApplyRules(GatherCounts(in.attributes), false);
  const Json response = JsonOf(in.attributes, "gcp.vertex.agent.llm_response");
  const Json usage = response.is_object() ? response.value("usage_metadata", Json()) : Json();
  AddPart(counts, "input_cached_tokens", "input", NumberAt(usage, "cached_content_token_count"));
  return counts;
}

std::vector<Count> CountsOf(const SpanInput& in, bool subtract_audio) {
  if (in.attributes.Find(Key::kGenkitOutput) != nullptr) return GenkitCounts(in);
  if (in.scope.name == "ai") return VercelCounts(in);
  if (!in.attributes.has_usage()) return {};
  if (in.scope.name == "gcp.vertex.agent") return VertexCounts(in);
  return ApplyRules(GatherCounts(in.attributes), subtract_audio);
}

}  // namespace

Usage MapUsage(const SpanInput& in, bool subtract_audio) {
  if (const std::string_view text = in.attributes.FindText(Key::kObservationUsageDetails); !text.empty()) {
    if (std::optional<Usage> given = ParseDetails(text)) {
      AddTotal(*given);
      return *std::move(given);
    }
  }
  Usage usage;
  for (Count& count : CountsOf(in, subtract_audio)) {
    if (const std::optional<std::int64_t> whole = ToCount(count.value))
      usage.emplace_back(std::move(count.key), *whole);
  }
  AddTotal(usage);
  return usage;
}

std::vector<std::pair<std::string, double>> MapGivenCost(const AttributeIndex& attributes) {
  std::vector<std::pair<std::string, double>> cost;
  if (const std::string_view text = attributes.FindText(Key::kObservationCostDetails); !text.empty()) {
    const Result<Json> json = ParseJson(text);
    if (json.ok() && json->is_object()) {
      for (const auto& [key, value] : json->items()) {
        if (value.is_number() && value.get<double>() >= 0) cost.emplace_back(key, value.get<double>());
      }
    }
  } else {
    for (const Key key : {Key::kGenAiUsageCost, Key::kLlmCostTotal}) {
      const otel::AnyValueView* value = attributes.Find(key);
      const std::optional<double> total = value != nullptr ? ToNumber(*value) : std::nullopt;
      if (!total || *total < 0) continue;
      cost.emplace_back("total", *total);
      return cost;
    }
  }
  const bool has_total =
      std::any_of(cost.begin(), cost.end(), [](const auto& c) { return c.first == "total"; });
  const bool plain = std::all_of(cost.begin(), cost.end(),
                                 [](const auto& c) { return c.first == "input" || c.first == "output"; });
  if (cost.empty() || has_total || !plain) return cost;
  double sum = 0;
  for (const auto& [key, value] : cost) sum += value;
  cost.emplace_back("total", sum);
  return cost;
}

}  // namespace repartee::server
