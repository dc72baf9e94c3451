#include "repartee/server/ingest/mapping/prices.h"

#include <algorithm>
#include <map>
#include <mutex>

#include "repartee/base/log.h"

namespace repartee::server {
namespace {

constexpr std::size_t kMaxRemembered = 10'000;
// std::regex recurses once a character; names that long are no models.
constexpr std::size_t kMaxModelName = 200;

// Patterns come with PostgreSQL's leading "(?i)", which std::regex says by a flag.
Result<std::regex> Compile(std::string_view pattern, bool ignore_case) {
  auto flags = std::regex::ECMAScript | std::regex::optimize;
  if (pattern.starts_with("(?i)")) {
    pattern.remove_prefix(4);
    ignore_case = true;
  }
  if (ignore_case) flags |= std::regex::icase;
  try {
    return std::regex(pattern.data(), pattern.size(), flags);
  } catch (const std::regex_error& error) {
    return Status::Malformed("pattern {}: {}", pattern, error.what());
  }
}

Result<PriceCondition> ParseCondition(const Json& json) {
  PriceCondition condition;
  condition.by_usage = json.contains("usageDetailPattern");
  condition.comparison = json.value("operator", "");
  if (!condition.by_usage) {
    condition.key = json.value("key", "");
    condition.values = json.value("values", std::vector<std::string>());
    return condition;
  }
  Result<std::regex> keys =
      Compile(json.at("usageDetailPattern").get<std::string>(), !json.value("caseSensitive", true));
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

bool Holds(const PriceCondition& condition, const Usage& usage,
           const std::vector<MetadataEntry>& parameters) {
  if (!condition.by_usage) {
    return std::any_of(parameters.begin(), parameters.end(), [&](const MetadataEntry& parameter) {
      if (parameter.first != condition.key) return false;
      return std::any_of(condition.values.begin(), condition.values.end(),
                         [&](const std::string& value) { return parameter.second == "\"" + value + "\""; });
    });
  }
  double sum = 0;
  for (const auto& [key, units] : usage) {
    if (std::regex_search(key, condition.usage_keys)) sum += static_cast<double>(units);
  }
  return Compare(sum, condition.comparison, condition.value);
}

}  // namespace

const PriceTable& PriceTable::BuiltIn() {
  static const std::unique_ptr<PriceTable> table = [] {
    Result<std::unique_ptr<PriceTable>> parsed = Parse(internal::kModelPricesJsonLines);
    if (parsed.ok()) return *std::move(parsed);
    LogError("model prices: {}", parsed.status().message());
    return std::make_unique<PriceTable>();
  }();
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
      Result<std::regex> pattern = Compile(json->at("match").get<std::string>(), false);
      if (!pattern.ok()) return std::move(pattern).status().Annotate("line {}", number);
      Result<ModelPrice> price = ParsePrice(*json);
      if (!price.ok()) return std::move(price).status().Annotate("line {}", number);
      table->entries_.push_back({price->id, *std::move(pattern), *std::move(price)});
    } catch (const Json::exception& error) {
      return Status::Malformed("line {}: {}", number, error.what());
    }
  }
  return table;
}

const ModelPrice* PriceTable::Find(std::string_view model) const {
  if (model.empty() || model.size() > kMaxModelName) return nullptr;
  const std::string name(model);
  {
    const std::shared_lock lock(mutex_);
    if (const auto known = found_.find(name); known != found_.end()) return known->second;
  }
  const ModelPrice* price = nullptr;
  for (const Entry& entry : entries_) {
    if (!std::regex_search(name, entry.pattern)) continue;
    price = &entry.price;
    break;
  }
  const std::unique_lock lock(mutex_);
  if (found_.size() >= kMaxRemembered) found_.clear();
  found_[name] = price;
  return price;
}

std::optional<Cost> ComputeCost(const ModelPrice& price, const Usage& usage,
                                const std::vector<MetadataEntry>& parameters) {
  if (usage.empty()) return std::nullopt;
  for (const PriceTier& tier : price.tiers) {
    const bool fits =
        tier.is_default || std::all_of(tier.conditions.begin(), tier.conditions.end(),
                                       [&](const PriceCondition& c) { return Holds(c, usage, parameters); });
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
