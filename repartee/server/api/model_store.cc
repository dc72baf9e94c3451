#include "repartee/server/api/model_store.h"

#include <algorithm>

#include "repartee/base/random.h"
#include "repartee/server/api/config_resource.h"
#include "repartee/server/ingest/mapping/money.h"
#include "repartee/server/ingest/mapping/prices.h"
#include "repartee/server/model/time.h"

namespace repartee::server {
namespace {

constexpr std::string_view kKind = "model";
// When the table was made; models have no date of their own in it.
constexpr char kBuiltInCreatedAt[] = "2026-01-01T00:00:00.000Z";

Json ShowTier(const std::string& model_id, std::size_t index, const Json& tier) {
  const bool is_default = tier.value("default", false);
  Json json = {{"id", model_id + "-" + std::to_string(index)}, {"name", tier.value("name", "Standard")}};
  json["isDefault"] = is_default;
  json["priority"] = is_default ? 0 : tier.value("priority", 1);
  json["conditions"] = tier.value("when", Json::array());
  // Clients take no condition without it.
  for (Json& condition : json["conditions"]) {
    if (condition.contains("usageDetailPattern"))
      condition["caseSensitive"] = condition.value("caseSensitive", Json()) == true;
  }
  json["prices"] = tier.value("prices", Json::object());
  return json;
}

// `line` is one of the price table's.
Json Show(const Json& line, bool is_built_in, const std::string& created_at) {
  const std::string id = line.value("id", "");
  Json json = {{"id", id}, {"modelName", line.value("model", "")}, {"matchPattern", line.value("match", "")}};
  const std::int64_t from_ms = line.value("from_ms", std::int64_t{0});
  json["startDate"] = from_ms == 0 ? Json() : Json(FormatIsoTime(from_ms * 1'000'000));
  json["unit"] = line.value("unit", "TOKENS");
  Json tiers = Json::array();
  Json prices = Json::object();
  const Json stored = line.value("tiers", Json::array());
  for (std::size_t i = 0; i < stored.size(); ++i) {
    tiers.push_back(ShowTier(id, i, stored[i]));
    if (!stored[i].value("default", false)) continue;
    const Json of_tier = stored[i].value("prices", Json::object());
    for (const auto& [unit, price] : of_tier.items()) prices[unit] = {{"price", price}};
  }
  for (const auto& [key, unit] :
       {std::pair("inputPrice", "input"), {"outputPrice", "output"}, {"totalPrice", "total"}})
    json[key] = prices.contains(unit) ? prices[unit]["price"] : Json();
  const Json tokenizer = line.value("tokenizer", Json());
  json["tokenizerId"] = tokenizer.is_array() && !tokenizer.empty() ? tokenizer[0] : Json();
  json["tokenizerConfig"] = tokenizer.is_array() && tokenizer.size() > 1 ? tokenizer[1] : Json();
  json["isLangfuseManaged"] = is_built_in;
  json["createdAt"] = created_at;
  json["prices"] = std::move(prices);
  json["pricingTiers"] = std::move(tiers);
  return json;
}

// A model priced by the second, millisecond or character also prices what speech spans used.
void AddSpeechPrices(Json& prices, const std::string& unit) {
  const auto input = prices.find("input");
  if (input == prices.end()) return;
  const double price = input->get<double>();
  if (unit == "SECONDS") prices[kAudioUsage] = price / 1e3;
  if (unit == "MILLISECONDS") prices[kAudioUsage] = price;
  if (unit == "CHARACTERS") prices[kCharacterUsage] = price;
}

// The line as the price table reads it: what stands in no tier of the API is added there.
Json TableLine(Json line) {
  for (Json& tier : line["tiers"]) AddSpeechPrices(tier["prices"], line.value("unit", "TOKENS"));
  return line;
}

void AddLines(std::vector<Json>& all, std::string_view lines) {
  while (!lines.empty()) {
    const std::string_view line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(std::min(lines.size(), line.size() + 1));
    const Result<Json> json = ParseJson(line);
    if (json.ok() && json->is_object()) all.push_back(Show(*json, true, kBuiltInCreatedAt));
  }
}

}  // namespace

const std::vector<Json>& ModelStore::BuiltIn() {
  static const std::vector<Json> models = [] {
    std::vector<Json> all;
    AddLines(all, internal::kModelPricesJsonLines);
    AddLines(all, internal::kSpeechPricesJsonLines);
    return all;
  }();
  return models;
}

Result<std::vector<Json>> ModelStore::List(ProjectKey project) {
  const Result<ConfigPage> page = config_.List({.project = project, .kind = kKind, .limit = kMaxOwnModels});
  if (!page.ok()) return page.status();
  std::vector<Json> models;
  for (const ConfigItem& item : page->items)
    models.push_back(Show(BodyOf(item), false, FormatIsoTime(item.created_ns)));
  return models;
}

Status ModelStore::Load(ProjectKey project) {
  const Result<ConfigPage> page = config_.List({.project = project, .kind = kKind, .limit = kMaxOwnModels});
  if (!page.ok()) return page.status();
  std::string lines;
  for (const ConfigItem& item : page->items) lines += TableLine(BodyOf(item)).dump() + "\n";
  Result<std::unique_ptr<PriceTable>> table = PriceTable::Parse(lines);
  if (!table.ok()) return std::move(table).status().Annotate("models of project {}", project);
  prices_.Set(project, page->items.empty() ? nullptr : *std::move(table));
  return OkStatus();
}

Result<Json> ModelStore::Put(ProjectKey project, const std::string& id, const Json& model) {
  const auto is_it = [&id](const Json& built_in) { return built_in["id"] == id; };
  if (std::any_of(BuiltIn().begin(), BuiltIn().end(), is_it))
    return Status::InvalidArgument("model {} is built in and stays as it is", id);
  const auto edit = config_.LockForEdit();
  const Result<ConfigPage> page = config_.List({.project = project, .kind = kKind, .limit = 1});
  if (!page.ok()) return page.status();
  const Result<std::optional<ConfigItem>> known = config_.Find(project, kKind, id);
  if (!known.ok()) return known.status();
  if (!*known && page->total >= kMaxOwnModels)
    return Status::InvalidArgument("a project has at most {} models of its own", kMaxOwnModels);
  Json line = model;
  line["id"] = id;
  ConfigItem item = NewItem(id, line["model"], line);
  if (*known) item.created_ns = (*known)->created_ns;
  if (Status status = config_.Put(project, kKind, {item}); !status.ok()) return status;
  if (Status status = Load(project); !status.ok()) return status;
  return Show(line, false, FormatIsoTime(item.created_ns));
}

Result<bool> ModelStore::Remove(ProjectKey project, std::string_view id) {
  const auto edit = config_.LockForEdit();
  Result<bool> removed = config_.Remove(project, kKind, id);
  if (!removed.ok() || !*removed) return removed;
  if (Status status = Load(project); !status.ok()) return status;
  return true;
}

}  // namespace repartee::server
