// The body of a request that makes a model: flat prices, or tiers with conditions.
#include <algorithm>
#include <set>

#include "repartee/server/api/model_store.h"

namespace repartee::server {
namespace {

constexpr std::size_t kMaxTiers = 50;
constexpr std::size_t kMaxConditions = 20;
constexpr std::size_t kMaxPrices = 100;

bool IsOperator(const Json& text) {
  static const std::set<std::string> kOperators = {"gt", "gte", "lt", "lte", "eq", "neq"};
  return text.is_string() && kOperators.contains(text.get<std::string>());
}

bool IsUsageCondition(const Json& condition) {
  const Json minds_case = condition.value("caseSensitive", Json());
  return (minds_case.is_null() || minds_case.is_boolean()) && condition["usageDetailPattern"].is_string() &&
         IsOperator(condition.value("operator", Json())) && condition.value("value", Json()).is_number() &&
         CheckPricePattern(condition["usageDetailPattern"].get<std::string>()).ok();
}

bool IsAttributeCondition(const Json& condition) {
  const Json source = condition.value("source", Json());
  const Json values = condition.value("values", Json());
  const bool is_known = source == "model_parameters" || source == "metadata";
  return is_known && condition.value("key", Json()).is_string() &&
         condition.value("operator", Json()) == "in" && values.is_array() && !values.empty() &&
         std::all_of(values.begin(), values.end(), [](const Json& value) { return value.is_string(); });
}

bool AreConditions(const Json& conditions) {
  if (!conditions.is_array() || conditions.size() > kMaxConditions) return false;
  return std::all_of(conditions.begin(), conditions.end(), [](const Json& condition) {
    if (!condition.is_object()) return false;
    return condition.contains("usageDetailPattern") ? IsUsageCondition(condition)
                                                    : IsAttributeCondition(condition);
  });
}

bool ArePrices(const Json& prices) {
  if (!prices.is_object() || prices.empty() || prices.size() > kMaxPrices) return false;
  return std::all_of(prices.begin(), prices.end(),
                     [](const Json& price) { return price.is_number() && price.get<double>() >= 0; });
}

// A tier of the API as the price table has it; a fault says what is wrong with it.
Json ReadTier(const Json& tier, std::size_t index, BodyReader& body) {
  const auto fault = [&](const std::string& message) {
    body.Fault("pricingTiers", "invalid_value", "Tier " + std::to_string(index) + ": " + message);
    return Json::object();
  };
  if (!tier.is_object()) return fault("Expected object");
  const Json name = tier.value("name", Json());
  if (!name.is_string() || name.get<std::string>().empty()) return fault("name must be a string");
  const bool is_default = tier.value("isDefault", Json()) == true;
  const Json priority = tier.value("priority", Json());
  if (!priority.is_number_integer() || priority.get<std::int64_t>() < 0 ||
      priority.get<std::int64_t>() > 1'000'000)
    return fault("priority must be an integer from 0 on");
  const Json conditions = tier.value("conditions", Json::array());
  if (!AreConditions(conditions)) return fault("conditions are not as described");
  if (is_default != (priority == 0) || is_default != conditions.empty())
    return fault("the default tier alone has priority 0 and no conditions");
  const Json prices = tier.value("prices", Json());
  if (!ArePrices(prices)) return fault("prices must name at least one unit and a price from 0 on");
  return {{"name", name},
          {"prices", prices},
          {"default", is_default},
          {"priority", priority},
          {"when", conditions}};
}

Json ReadTiers(const Json& given, BodyReader& body) {
  Json tiers = Json::array();
  if (!given.is_array() || given.empty() || given.size() > kMaxTiers) {
    body.Fault("pricingTiers", "invalid_type", "Expected a list of 1 to 50 tiers");
    return tiers;
  }
  std::set<std::string> names;
  std::set<std::int64_t> priorities;
  std::size_t defaults = 0;
  for (std::size_t i = 0; i < given.size(); ++i) {
    Json tier = ReadTier(given[i], i, body);
    if (!body.ok()) return tiers;
    const bool is_new = names.insert(tier["name"].get<std::string>()).second &&
                        priorities.insert(tier["priority"].get<std::int64_t>()).second;
    if (!is_new) body.Fault("pricingTiers", "invalid_value", "Names and priorities must be unique");
    if (tier["default"] == true) ++defaults;
    tiers.push_back(std::move(tier));
  }
  if (defaults != 1) body.Fault("pricingTiers", "invalid_value", "Expected exactly one default tier");
  return tiers;
}

Json FlatPrices(BodyReader& body) {
  Json prices = Json::object();
  for (const auto& [key, unit] :
       {std::pair("inputPrice", "input"), {"outputPrice", "output"}, {"totalPrice", "total"}}) {
    const std::optional<double> price = body.Number(key);
    if (price && *price < 0) body.Fault(key, "too_small", "Expected a price from 0 on");
    if (price) prices[unit] = *price;
  }
  if (prices.contains("total") && prices.size() > 1)
    body.Fault("totalPrice", "invalid_value", "Give totalPrice alone, or inputPrice and outputPrice");
  return prices;
}

}  // namespace

Json ModelStore::Read(BodyReader& body) {
  Json model = {{"model", body.RequiredText("modelName", 200)},
                {"match", body.RequiredText("matchPattern", 1'000)}};
  if (Status status = CheckPricePattern(model["match"].get<std::string>()); !status.ok())
    body.Fault("matchPattern", "invalid_value", status.message());
  if (const std::optional<std::int64_t> from = body.Time("startDate")) model["from_ms"] = *from / 1'000'000;
  model["unit"] =
      body.Choice("unit", {"CHARACTERS", "TOKENS", "MILLISECONDS", "SECONDS", "IMAGES", "REQUESTS"})
          .value_or("TOKENS");
  const Json prices = FlatPrices(body);
  const Json* tiers = body.Find("pricingTiers");
  if (tiers != nullptr && !prices.empty())
    body.Fault("pricingTiers", "invalid_value", "Give flat prices or pricingTiers, not both");
  if (tiers != nullptr) {
    model["tiers"] = ReadTiers(*tiers, body);
  } else {
    model["tiers"] = Json::array({{{"name", "Standard"}, {"prices", prices}, {"default", true}}});
  }
  const std::optional<std::string> tokenizer = body.Choice("tokenizerId", {"openai", "claude"});
  if (tokenizer) model["tokenizer"] = Json::array({*tokenizer, body.Any("tokenizerConfig")});
  return model;
}

}  // namespace repartee::server
