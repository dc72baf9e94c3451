// Score configs: what a score of some name may be.
#include <set>

#include "repartee/base/random.h"
#include "repartee/server/api/body.h"
#include "repartee/server/api/config_resource.h"
#include "repartee/server/ingest/score_config.h"
#include "repartee/server/limits.h"

namespace repartee::server {
namespace {

constexpr std::string_view kKind = kScoreConfigKind;

Json BooleanCategories() {
  return Json::array({{{"value", 1}, {"label", "True"}}, {{"value", 0}, {"label", "False"}}});
}

// Labels and values are each unique.
void CheckCategories(BodyReader& body, const Json* categories) {
  if (categories == nullptr || !categories->is_array() || categories->empty())
    return body.Fault("categories", "invalid_type", "Expected a list of {value, label}");
  std::set<double> values;
  std::set<std::string> labels;
  for (const Json& category : *categories) {
    const bool is_good = category.is_object() && category.contains("value") &&
                         category["value"].is_number() && category.contains("label") &&
                         category["label"].is_string();
    if (!is_good) return body.Fault("categories", "invalid_type", "Expected {value: number, label: string}");
    const bool is_new = values.insert(category["value"].get<double>()).second &&
                        labels.insert(category["label"].get<std::string>()).second;
    if (!is_new) return body.Fault("categories", "invalid_value", "Values and labels must be unique");
  }
}

// Takes what `body` says over into `config`, by the rules of the config's data type.
void Update(BodyReader& body, Json& config) {
  const std::string type = config["dataType"];
  for (const char* bound : {"minValue", "maxValue"}) {
    if (const std::optional<double> value = body.Number(bound)) {
      if (type != "NUMERIC") body.Fault(bound, "invalid_value", "Only a NUMERIC config has bounds");
      config[bound] = *value;
    }
  }
  const bool has_bounds = config["minValue"].is_number() && config["maxValue"].is_number();
  if (has_bounds && config["maxValue"].get<double>() <= config["minValue"].get<double>())
    body.Fault("maxValue", "invalid_value", "Maximum value must be greater than minimum value");
  if (const Json* categories = body.Find("categories")) {
    if (type != "CATEGORICAL")
      body.Fault("categories", "invalid_value", "Only a CATEGORICAL config has categories");
    CheckCategories(body, categories);
    config["categories"] = *categories;
  }
  if (const std::optional<std::string> text = body.Text("description")) config["description"] = *text;
  if (const std::optional<bool> archived = body.Bool("isArchived")) config["isArchived"] = *archived;
}

HttpResponse CreateScoreConfig(const ApiCall& call) {
  Faults faults;
  const Json json = ReadBody(call.request, faults);
  BodyReader body(json, faults);
  Json config = {{"name", body.RequiredText("name", 35)}};
  body.RequiredText("dataType");
  config["dataType"] =
      body.Choice("dataType", {"NUMERIC", "BOOLEAN", "CATEGORICAL", "TEXT"}).value_or("NUMERIC");
  config["isArchived"] = false;
  config["minValue"] = nullptr;
  config["maxValue"] = nullptr;
  config["categories"] = nullptr;
  config["description"] = nullptr;
  if (config["dataType"] == "CATEGORICAL" && body.Find("categories") == nullptr)
    body.Fault("categories", "invalid_type", "A CATEGORICAL config needs categories");
  Update(body, config);
  if (config["dataType"] == "BOOLEAN") config["categories"] = BooleanCategories();
  if (!faults.ok()) return faults.Refusal();
  const ConfigItem item = NewItem(RandomUuid(), config["name"], config);
  if (Status status = call.config.Put(call.project.key, kKind, {item}); !status.ok())
    return ErrorResponse(status);
  return JsonResponse(200, ShowItem(item, call));
}

HttpResponse ListScoreConfigs(const ApiCall& call) {
  QueryReader query(call.request);
  const PageRequest page = ReadPage(query);
  if (!query.ok()) return query.Refusal();
  const Result<ConfigPage> found = call.config.List(
      {.project = call.project.key, .kind = kKind, .offset = page.offset(), .limit = page.limit});
  if (!found.ok()) return ErrorResponse(found.status());
  return JsonResponse(200, ShowPage(*found, page, call, ShowItem));
}

HttpResponse ScoreConfigNotFound() {
  return NotFoundResponse("Score config not found within authorized project");
}

HttpResponse GetScoreConfig(const ApiCall& call) {
  const Result<std::optional<ConfigItem>> item = call.config.Find(call.project.key, kKind, call.parts[0]);
  if (!item.ok()) return ErrorResponse(item.status());
  return *item ? JsonResponse(200, ShowItem(**item, call)) : ScoreConfigNotFound();
}

HttpResponse UpdateScoreConfig(const ApiCall& call) {
  Faults faults;
  const Json json = ReadBody(call.request, faults);
  BodyReader body(json, faults);
  const auto edit = call.config.LockForEdit();
  Result<std::optional<ConfigItem>> item = call.config.Find(call.project.key, kKind, call.parts[0]);
  if (!item.ok()) return ErrorResponse(item.status());
  if (!*item) return ScoreConfigNotFound();
  Json config = BodyOf(**item);
  if (body.Find("name") != nullptr) config["name"] = body.RequiredText("name", 35);
  Update(body, config);
  if (!faults.ok()) return faults.Refusal();
  ConfigItem changed = NewItem((*item)->id, config["name"], config);
  changed.created_ns = (*item)->created_ns;
  if (Status status = call.config.Put(call.project.key, kKind, {changed}); !status.ok())
    return ErrorResponse(status);
  return JsonResponse(200, ShowItem(changed, call));
}

constexpr Route kRoutes[] = {
    {"GET", "score-configs", ListScoreConfigs},
    {"POST", "score-configs", CreateScoreConfig},
    {"GET", "score-configs/{configId}", GetScoreConfig},
    {"PATCH", "score-configs/{configId}", UpdateScoreConfig},
};

}  // namespace

std::span<const Route> ScoreConfigRoutes() { return kRoutes; }

}  // namespace repartee::server
