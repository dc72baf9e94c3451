#include "repartee/server/ingest/mapping/usage_counts.h"

#include <algorithm>

#include "repartee/server/ingest/mapping/values.h"

namespace repartee::server {
namespace {

using Named = std::vector<std::pair<std::string_view, double>>;

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
    const std::optional<double> number = JavaScriptNumber(attribute.value);
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

// The first name of the rule that was sent; all of them are used up by it.
void ApplyRule(const Rule& rule, const Named& named, std::vector<bool>& used, TokenCounts& counts) {
  bool taken = false;
  for (const std::string_view name : rule.names) {
    if (name.empty()) return;
    for (std::size_t i = 0; i < named.size(); ++i) {
      if (named[i].first != name) continue;
      used[i] = true;
      if (taken) continue;
      taken = true;
      counts.push_back({std::string(rule.key), named[i].second});
      SubtractCount(counts, rule.part_of, named[i].second);
    }
  }
}

}  // namespace

void SubtractCount(TokenCounts& counts, std::string_view from, double value) {
  for (TokenCount& count : counts) {
    if (count.key == from) count.value = std::max(0.0, count.value - value);
  }
}

TokenCounts GeneralCounts(const AttributeIndex& attributes, bool subtract_audio) {
  const Named named = GatherCounts(attributes);
  std::vector<bool> used(named.size());
  TokenCounts counts;
  for (const Rule& rule : kRules) {
    if (!rule.voice_only || subtract_audio) ApplyRule(rule, named, used, counts);
  }
  const std::size_t ruled = counts.size();
  for (std::size_t i = 0; i < named.size(); ++i) {
    if (used[i]) continue;
    std::string_view key = named[i].first;
    if (key.starts_with("details.")) key.remove_prefix(8);
    const auto known =
        std::find_if(counts.begin(), counts.end(), [key](const TokenCount& c) { return c.key == key; });
    if (known == counts.end()) {
      counts.push_back({std::string(key), named[i].second});
    } else if (known - counts.begin() >= static_cast<std::ptrdiff_t>(ruled)) {
      known->value = named[i].second;
    }
  }
  return counts;
}

}  // namespace repartee::server
