#include "repartee/server/ingest/mapping/usage.h"

#include <algorithm>
#include <cmath>

#include "repartee/server/ingest/mapping/usage_counts.h"
#include "repartee/server/ingest/mapping/usage_forms.h"
#include "repartee/server/ingest/mapping/values.h"
#include "repartee/server/model/saturating.h"

namespace repartee::server {
namespace {

using Costs = std::vector<std::pair<std::string, double>>;

constexpr double kMaxCount = 9e15;  // beyond, a double skips integers

// Only whole numbers that are not negative are counts.
std::optional<std::int64_t> ToCount(double number) {
  if (number < 0 || number > kMaxCount || number != std::floor(number)) return std::nullopt;
  return static_cast<std::int64_t>(number);
}

// Counts that are no whole numbers count for nothing; of a text the integer that it begins with counts.
std::optional<std::int64_t> CountOf(const Json& value) {
  if (value.is_number()) return ToCount(value.get<double>());
  const auto number = value.is_string() ? LeadingInteger(value.get_ref<const std::string&>()) : std::nullopt;
  return number ? ToCount(static_cast<double>(*number)) : std::nullopt;
}

// What "langfuse.observation.usage_details" and "...cost_details" hold. Nothing if it is absent or no
// JSON; of another kind it is there and says nothing.
std::optional<Json> ObjectOf(const otel::AnyValueView* value) {
  if (value == nullptr || !IsTruthy(*value)) return std::nullopt;
  if (value->kind != otel::AnyValueView::Kind::kString) return Json::object();
  Result<Json> json = ParseJson(value->bytes);
  if (!json.ok()) return std::nullopt;
  return json->is_object() ? *std::move(json) : Json::object();
}

// Taken as sent.
Usage UsageAsGiven(const Json& details) {
  const Json converted = FromOpenAiUsage(details);
  Usage usage;
  for (const auto& [key, value] : (converted.is_null() ? details : converted).items()) {
    if (const std::optional<std::int64_t> count = CountOf(value)) usage.emplace_back(key, *count);
  }
  return usage;
}

void AddTotal(Usage& usage) {
  if (usage.empty() || UsageOf(usage, "total") >= 0) return;
  std::int64_t sum = 0;
  for (const auto& [key, count] : usage) Accumulate(sum, count);
  usage.emplace_back("total", sum);
}

Costs CostsSaid(const AttributeIndex& attributes) {
  Costs costs;
  if (const auto details = ObjectOf(attributes.Find(Key::kObservationCostDetails))) {
    for (const auto& [key, value] : details->items()) {
      if (value.is_number() && value.get<double>() >= 0) costs.emplace_back(key, value.get<double>());
    }
    return costs;
  }
  for (const Key key : {Key::kGenAiUsageCost, Key::kLlmCostTotal}) {
    const otel::AnyValueView* value = attributes.Find(key);
    const bool is_text = value != nullptr && value->kind == otel::AnyValueView::Kind::kString;
    if (value == nullptr || (is_text && value->bytes.empty())) continue;
    // A price in a text is none, and stands before the other key all the same.
    const std::optional<double> total = is_text ? std::nullopt : ToNumber(*value);
    if (total && *total >= 0) costs.emplace_back("total", *total);
    return costs;
  }
  return costs;
}

}  // namespace

std::int64_t UsageOf(const Usage& usage, std::string_view key) {
  for (const auto& [name, count] : usage) {
    if (name == key) return count;
  }
  return -1;
}

Usage MapUsage(const SpanInput& in, bool subtract_audio) {
  if (const auto details = ObjectOf(in.attributes.Find(Key::kObservationUsageDetails))) {
    Usage given = UsageAsGiven(*details);
    AddTotal(given);
    return given;
  }
  std::optional<TokenCounts> counts = CountsOfSdk(in);
  if (!counts && !in.attributes.has_usage()) return {};
  if (!counts) counts = GeneralCounts(in.attributes, subtract_audio);
  Usage usage;
  for (TokenCount& count : *counts) {
    if (const std::optional<std::int64_t> whole = ToCount(count.value))
      usage.emplace_back(std::move(count.key), *whole);
  }
  AddTotal(usage);
  return usage;
}

Costs MapGivenCost(const AttributeIndex& attributes) {
  Costs cost = CostsSaid(attributes);
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
