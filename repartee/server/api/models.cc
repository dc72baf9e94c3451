// The models that are priced, as the built-in table has them.
#include <algorithm>

#include "repartee/server/api/config_resource.h"
#include "repartee/server/ingest/mapping/prices.h"
#include "repartee/server/model/time.h"

namespace repartee::server {
namespace {

// When the table was made; models have no date of their own in it.
constexpr char kCreatedAt[] = "2026-01-01T00:00:00.000Z";

Json ShowTier(const std::string& model_id, std::size_t index, const Json& tier) {
  const bool is_default = tier.value("default", false);
  Json json = {{"id", model_id + "-" + std::to_string(index)}, {"name", tier.value("name", "Standard")}};
  json["isDefault"] = is_default;
  json["priority"] = is_default ? 0 : tier.value("priority", 1);
  json["conditions"] = tier.value("when", Json::array());
  json["prices"] = tier.value("prices", Json::object());
  return json;
}

Json ShowModel(const Json& line) {
  const std::string id = line.value("id", "");
  Json json = {{"id", id}, {"modelName", line.value("model", "")}, {"matchPattern", line.value("match", "")}};
  json["startDate"] = nullptr;
  json["unit"] = "TOKENS";
  Json tiers = Json::array();
  Json prices = Json::object();
  const Json stored = line.value("tiers", Json::array());
  for (std::size_t i = 0; i < stored.size(); ++i) {
    tiers.push_back(ShowTier(id, i, stored[i]));
    if (!stored[i].value("default", false)) continue;
    const Json of_tier = stored[i].value("prices", Json::object());
    for (const auto& [unit, price] : of_tier.items()) prices[unit] = {{"price", price}};
  }
  const auto price_of = [&prices](const char* unit) {
    return prices.contains(unit) ? prices[unit]["price"] : Json();
  };
  json["inputPrice"] = price_of("input");
  json["outputPrice"] = price_of("output");
  json["totalPrice"] = price_of("total");
  const Json tokenizer = line.value("tokenizer", Json());
  json["tokenizerId"] = tokenizer.is_array() && !tokenizer.empty() ? tokenizer[0] : Json();
  json["tokenizerConfig"] = tokenizer.is_array() && tokenizer.size() > 1 ? tokenizer[1] : Json();
  json["isLangfuseManaged"] = true;
  json["createdAt"] = kCreatedAt;
  json["prices"] = std::move(prices);
  json["pricingTiers"] = std::move(tiers);
  return json;
}

const std::vector<Json>& Models() {
  static const std::vector<Json> models = [] {
    std::vector<Json> all;
    std::string_view left = internal::kModelPricesJsonLines;
    while (!left.empty()) {
      const std::string_view line = left.substr(0, left.find('\n'));
      left.remove_prefix(std::min(left.size(), line.size() + 1));
      const Result<Json> json = ParseJson(line);
      if (json.ok() && json->is_object()) all.push_back(ShowModel(*json));
    }
    return all;
  }();
  return models;
}

HttpResponse ListModels(const ApiCall& call) {
  QueryReader query(call.request);
  const PageRequest page = ReadPage(query);
  if (!query.ok()) return query.Refusal();
  const std::vector<Json>& all = Models();
  Json data = Json::array();
  for (std::size_t i = page.offset(); i < std::min(all.size(), page.offset() + page.limit); ++i)
    data.push_back(all[i]);
  return JsonResponse(200, {{"data", std::move(data)}, {"meta", PageMeta(page, all.size())}});
}

HttpResponse GetModel(const ApiCall& call) {
  for (const Json& model : Models()) {
    if (model["id"] == call.parts[0]) return JsonResponse(200, model);
  }
  return NotFoundResponse("No model with this id found.");
}

constexpr Route kRoutes[] = {
    {"GET", "models", ListModels},
    {"GET", "models/{id}", GetModel},
};

}  // namespace

std::span<const Route> ModelRoutes() { return kRoutes; }

}  // namespace repartee::server
