// Of how many conversations each value is, for the facets beside the list.
//
// Thread: that of the call.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "repartee/server/ui/view_json.h"

namespace repartee::server {

class FacetCounts {
 public:
  void Add(std::string_view value, std::int64_t count = 1) {
    if (Value* known = Find(value)) known->count += count;
  }
  // The same, of something whose beginning is told: who looks for deploys wants the first of each value.
  void AddFrom(std::string_view value, std::int64_t start_ns) {
    Value* known = Find(value);
    if (known == nullptr) return;
    ++known->count;
    known->first_ns = std::min(known->first_ns.value_or(start_ns), start_ns);
  }
  // The most frequent first, at most kMaxFacetValues.
  void Write(JsonWriter& json) const {
    std::vector<std::pair<std::string, Value>> sorted(counts_.begin(), counts_.end());
    std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) {
      return std::tie(b.second.count, a.first) < std::tie(a.second.count, b.first);
    });
    if (sorted.size() > kMaxFacetValues) sorted.resize(kMaxFacetValues);
    json.BeginArray();
    for (const auto& [text, value] : sorted) {
      json.BeginObject();
      json.Key("value").Text(text);
      json.Key("count").Integer(value.count);
      if (value.first_ns) WriteTimeMs(json.Key("first"), *value.first_ns);
      json.EndObject();
    }
    json.EndArray();
  }

 private:
  static constexpr std::size_t kMaxFacetValues = 50;
  static constexpr std::size_t kMaxCountedValues = 5'000;  // rarer ones that come later are not counted

  struct Value {
    std::int64_t count = 0;
    std::optional<std::int64_t> first_ns{};
  };

  // Nothing for an empty value, and for a new one beyond the limit.
  Value* Find(std::string_view value) {
    if (value.empty()) return nullptr;
    const std::string text(value);
    if (counts_.size() >= kMaxCountedValues && !counts_.contains(text)) return nullptr;
    return &counts_[text];
  }

  std::unordered_map<std::string, Value> counts_;
};

}  // namespace repartee::server
