#include "repartee/server/ingest/mapping/prices.h"

#include <re2/re2.h>

#include <algorithm>
#include <map>
#include <mutex>

#include "repartee/base/log.h"
#include "repartee/base/stable_sort.h"

namespace repartee::server {
namespace {

constexpr std::size_t kMaxRemembered = 10'000;
constexpr std::size_t kMaxModelName = 200;
constexpr std::size_t kMaxPattern = 1'000;
constexpr std::int64_t kMaxPatternMemory = 1 << 20;
constexpr std::int64_t kNsPerMs = 1'000'000;

using Pattern = std::shared_ptr<const re2::RE2>;

Result<Pattern> Compile(std::string_view pattern, bool ignore_case) {
  if (pattern.size() > kMaxPattern)
    return Status::InvalidArgument("a pattern has at most {} bytes", kMaxPattern);
  re2::RE2::Options options(re2::RE2::Quiet);
  options.set_case_sensitive(!ignore_case);
  options.set_max_mem(kMaxPatternMemory);
  auto compiled = std::make_shared<re2::RE2>(re2::StringPiece(pattern.data(), pattern.size()), options);
  if (!compiled->ok()) return Status::InvalidArgument("pattern {}: {}", pattern, compiled->error());
  return Pattern(std::move(compiled));
}

bool Matches(const Pattern& pattern, std::string_view text) {
  return re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), *pattern);
}

Result<PriceCondition> ParseCondition(const Json& json) {
  PriceCondition condition;
  condition.comparison = json.value("operator", "");
  if (!json.contains("usageDetailPattern")) {
    const bool by_metadata = json.value("source", "") == "metadata";
    condition.by = by_metadata ? PriceCondition::By::kMetadata : PriceCondition::By::kParameter;
    condition.key = json.value("key", "");
    condition.values = json.value("values", std::vector<std::string>());
    return condition;
  }
  const bool minds_case = json.value("caseSensitive", Json()) == true;
  Result<Pattern> keys = Compile(json.at("usageDetailPattern").get<std::string>(), !minds_case);
  if (!keys.ok()) return std::move(keys).status();
  condition.usage_keys = *std::move(keys);
  condition.value = json.value("value", 0.0);
  return condition;
}

Result<ModelPrice> ParsePrice(const Json& json) {
  ModelPrice price;
  price.id = json.at("id").get<std::string>();
  const Json tokenizer = json.value("tokenizer", Json());
  if (tokenizer.is_array() && tokenizer.size() == 2 && tokenizer[0] == "openai" && tokenizer[1].is_object())
    price.tokenizer_model = tokenizer[1].value("tokenizerModel", "");
  if (tokenizer.is_array() && !tokenizer.empty() && tokenizer[0] == "claude")
    price.tokenizer_model = "claude";
  std::multimap<int, PriceTier> tiers;
  for (const Json& item : json.at("tiers")) {
    PriceTier tier;
    tier.name = item.at("name").get<std::string>();
    tier.is_default = item.value("default", false);
    for (const auto& [key, value] : item.at("prices").items())
      tier.prices.emplace_back(key, value.get<double>());
    for (const Json& when : item.value("when", Json::array())) {
      Result<PriceCondition> condition = ParseCondition(when);
      if (!condition.ok()) return std::move(condition).status();
      tier.conditions.push_back(*std::move(condition));
    }
    const int order = tier.is_default ? 1 << 20 : item.value("priority", 0);
    tiers.emplace(order, std::move(tier));
  }
  for (auto& [order, tier] : tiers) price.tiers.push_back(std::move(tier));
  return price;
}

bool Compare(double left, const std::string& comparison, double right) {
  if (comparison == "gt") return left > right;
  if (comparison == "gte") return left >= right;
  if (comparison == "lt") return left < right;
  if (comparison == "lte") return left <= right;
  if (comparison == "eq") return left == right;
  if (comparison == "neq") return left != right;
  return false;
}

bool IsAmong(const std::vector<MetadataEntry>& entries, const PriceCondition& condition) {
  return std::any_of(entries.begin(), entries.end(), [&condition](const MetadataEntry& entry) {
    if (entry.first != condition.key) return false;
    return std::any_of(condition.values.begin(), condition.values.end(), [&entry](const std::string& value) {
      return entry.second == value || entry.second == "\"" + value + "\"";
    });
  });
}

bool Holds(const PriceCondition& condition, const PriceFacts& facts) {
  if (condition.by == PriceCondition::By::kParameter) return IsAmong(facts.parameters, condition);
  if (condition.by == PriceCondition::By::kMetadata) return IsAmong(facts.metadata, condition);
  double sum = 0;
  for (const auto& [key, units] : facts.usage) {
    if (Matches(condition.usage_keys, key)) sum += static_cast<double>(units);
  }
  return Compare(sum, condition.comparison, condition.value);
}

std::unique_ptr<PriceTable> ParseBuiltIn(std::string_view lines) {
  Result<std::unique_ptr<PriceTable>> parsed = PriceTable::Parse(lines);
  if (parsed.ok()) return *std::move(parsed);
  LogError("model prices: {}", parsed.status().message());
  return std::make_unique<PriceTable>();
}

}  // namespace

bool ModelPrice::needs_metadata() const {
  return std::any_of(tiers.begin(), tiers.end(), [](const PriceTier& tier) {
    return std::any_of(tier.conditions.begin(), tier.conditions.end(), [](const PriceCondition& condition) {
      return condition.by == PriceCondition::By::kMetadata;
    });
  });
}

Status CheckPricePattern(std::string_view pattern) { return Compile(pattern, false).status(); }

const PriceTable& PriceTable::BuiltIn() {
  static const std::unique_ptr<PriceTable> table = ParseBuiltIn(internal::kModelPricesJsonLines);
  return *table;
}

const PriceTable& PriceTable::Speech() {
  static const std::unique_ptr<PriceTable> table = ParseBuiltIn(internal::kSpeechPricesJsonLines);
  return *table;
}

Result<std::unique_ptr<PriceTable>> PriceTable::Parse(std::string_view json_lines) {
  auto table = std::make_unique<PriceTable>();
  int number = 0;
  while (!json_lines.empty()) {
    const std::size_t end = std::min(json_lines.find('\n'), json_lines.size());
    const std::string_view line = json_lines.substr(0, end);
    json_lines.remove_prefix(std::min(end + 1, json_lines.size()));
    ++number;
    if (line.empty()) continue;
    Result<Json> json = ParseJson(line);
    if (!json.ok()) return std::move(json).status().Annotate("line {}", number);
    try {
      Result<Pattern> pattern = Compile(json->at("match").get<std::string>(), false);
      if (!pattern.ok()) return std::move(pattern).status().Annotate("line {}", number);
      Result<ModelPrice> price = ParsePrice(*json);
      if (!price.ok()) return std::move(price).status().Annotate("line {}", number);
      const std::int64_t from_ms = json->value("from_ms", std::int64_t{0});
      const std::int64_t from_ns = from_ms == 0 ? INT64_MIN : from_ms * kNsPerMs;
      table->entries_.push_back({*std::move(pattern), from_ns, *std::move(price)});
    } catch (const Json::exception& error) {
      return Status::Malformed("line {}: {}", number, error.what());
    }
  }
  StableSort(table->entries_, [](const Entry& a, const Entry& b) { return a.from_ns > b.from_ns; });
  return table;
}

const std::vector<const PriceTable::Entry*> PriceTable::Match(const std::string& name) const {
  {
    const std::shared_lock lock(mutex_);
    if (const auto known = found_.find(name); known != found_.end()) return known->second;
  }
  std::vector<const Entry*> matching;
  for (const Entry& entry : entries_) {
    if (!Matches(entry.pattern, name)) continue;
    matching.push_back(&entry);
    if (entry.from_ns == INT64_MIN) break;
  }
  const std::unique_lock lock(mutex_);
  if (found_.size() >= kMaxRemembered) found_.clear();
  found_[name] = matching;
  return matching;
}

const ModelPrice* PriceTable::Find(std::string_view model, std::int64_t start_ns) const {
  if (model.empty() || model.size() > kMaxModelName || entries_.empty()) return nullptr;
  for (const Entry* entry : Match(std::string(model))) {
    if (entry->from_ns <= start_ns) return &entry->price;
  }
  return nullptr;
}

std::optional<Cost> ComputeCost(const ModelPrice& price, const PriceFacts& facts) {
  const Usage& usage = facts.usage;
  if (usage.empty()) return std::nullopt;
  for (const PriceTier& tier : price.tiers) {
    const bool fits =
        tier.is_default || std::all_of(tier.conditions.begin(), tier.conditions.end(),
                                       [&](const PriceCondition& c) { return Holds(c, facts); });
    if (!fits) continue;
    Cost cost{.details = {}, .tier = tier.name};
    std::optional<double> total;
    double sum = 0;
    for (const auto& [key, units] : usage) {
      const auto found = std::find_if(tier.prices.begin(), tier.prices.end(),
                                      [&wanted = key](const auto& entry) { return entry.first == wanted; });
      if (found == tier.prices.end()) continue;
      const double part = found->second * static_cast<double>(units);
      // A price for the total itself wins over the sum of the parts.
      if (key == "total") {
        total = part;
        continue;
      }
      cost.details.emplace_back(key, part);
      sum += part;
    }
    if (cost.details.empty() && !total) return cost;
    cost.details.emplace_back("total", total.value_or(sum));
    return cost;
  }
  return std::nullopt;
}

}  // namespace repartee::server
