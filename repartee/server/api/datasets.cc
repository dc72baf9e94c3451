// Datasets and their items.
#include <algorithm>

#include "repartee/base/random.h"
#include "repartee/server/api/body.h"
#include "repartee/server/api/config_resource.h"
#include "repartee/server/api/dataset_store.h"
#include "repartee/server/limits.h"

namespace repartee::server {
namespace {

constexpr std::size_t kMaxName = 255;

DatasetStore StoreOf(const ApiCall& call) { return {call.config, call.project.key}; }

// ---- datasets ----

Json ShowDataset(const ConfigItem& item, const ApiCall& call) {
  Json json = ShowItem(item, call);
  json["name"] = item.name;
  for (const char* field : {"description", "metadata", "inputSchema", "expectedOutputSchema"}) {
    if (!json.contains(field)) json[field] = nullptr;
  }
  return json;
}

HttpResponse CreateDataset(const ApiCall& call) {
  Faults faults;
  const Json json = ReadBody(call.request, faults);
  BodyReader body(json, faults);
  const std::string name = body.RequiredText("name", kMaxName);
  Json fields = Json::object();
  if (const std::optional<std::string> text = body.Text("description")) fields["description"] = *text;
  for (const char* field : {"metadata", "inputSchema", "expectedOutputSchema"}) {
    if (json.contains(field)) fields[field] = body.Any(field);
  }
  if (!faults.ok()) return faults.Refusal();
  const Result<ConfigItem> made = StoreOf(call).PutDataset(name, fields);
  if (!made.ok()) return ErrorResponse(made.status());
  return JsonResponse(200, ShowDataset(*made, call));
}

HttpResponse ListDatasets(const ApiCall& call) {
  QueryReader query(call.request);
  const PageRequest page = ReadPage(query);
  if (!query.ok()) return query.Refusal();
  const Result<ConfigPage> found = call.config.List(
      {.project = call.project.key, .kind = kDatasetKind, .offset = page.offset(), .limit = page.limit});
  if (!found.ok()) return ErrorResponse(found.status());
  return JsonResponse(200, ShowPage(*found, page, call, ShowDataset));
}

HttpResponse GetDataset(const ApiCall& call) {
  const Result<std::optional<ConfigItem>> found = StoreOf(call).FindDataset(call.parts[0]);
  if (!found.ok()) return ErrorResponse(found.status());
  if (!*found) return NotFoundResponse("Dataset not found");
  return JsonResponse(200, ShowDataset(**found, call));
}

// ---- items ----

Result<Json> ShowDatasetItem(const ConfigItem& item, const ApiCall& call) {
  const Result<std::optional<ConfigItem>> dataset = StoreOf(call).Find(kDatasetKind, item.parent);
  if (!dataset.ok()) return dataset.status();
  Json json = ShowItem(item, call);
  json.erase("projectId");
  json["datasetId"] = item.parent;
  json["datasetName"] = *dataset ? (*dataset)->name : "";
  for (const char* field : {"input", "expectedOutput", "metadata", "sourceTraceId", "sourceObservationId"}) {
    if (!json.contains(field)) json[field] = nullptr;
  }
  if (!json.contains("status")) json["status"] = "ACTIVE";
  json["mediaReferences"] = Json::array();
  return json;
}

HttpResponse ItemResponse(const ConfigItem& item, const ApiCall& call) {
  const Result<Json> json = ShowDatasetItem(item, call);
  return json.ok() ? JsonResponse(200, *json) : ErrorResponse(json.status());
}

HttpResponse PutDatasetItem(const ApiCall& call) {
  Faults faults;
  const Json json = ReadBody(call.request, faults);
  BodyReader body(json, faults);
  const std::string dataset_name = body.RequiredText("datasetName", kMaxName);
  const std::optional<std::string> id = body.Text("id");
  if (id && (id->empty() || id->size() > kMaxName))
    body.Fault("id", "too_big", "Expected 1 to 255 characters");
  Json fields = Json::object();
  for (const char* field : {"input", "expectedOutput", "metadata"}) {
    if (json.contains(field)) fields[field] = body.Any(field);
  }
  for (const char* field : {"sourceTraceId", "sourceObservationId"}) {
    if (const std::optional<std::string> text = body.Text(field)) fields[field] = *text;
  }
  if (const auto status = body.Choice("status", {"ACTIVE", "ARCHIVED"})) fields["status"] = *status;
  if (!faults.ok()) return faults.Refusal();
  const Result<std::optional<ConfigItem>> dataset = StoreOf(call).FindDataset(dataset_name);
  if (!dataset.ok()) return ErrorResponse(dataset.status());
  if (!*dataset) return NotFoundResponse("Dataset not found: " + dataset_name);
  const Result<ConfigItem> item = StoreOf(call).PutItem((*dataset)->id, id.value_or(RandomUuid()), fields);
  if (!item.ok()) return ErrorResponse(item.status());
  return ItemResponse(*item, call);
}

HttpResponse GetDatasetItem(const ApiCall& call) {
  const Result<std::optional<ConfigItem>> item = StoreOf(call).Find(kItemKind, call.parts[0]);
  if (!item.ok()) return ErrorResponse(item.status());
  if (!*item) return NotFoundResponse("Dataset item not found");
  return ItemResponse(**item, call);
}

HttpResponse DeleteDatasetItem(const ApiCall& call) {
  const Result<bool> removed = StoreOf(call).RemoveItem(call.parts[0]);
  if (!removed.ok()) return ErrorResponse(removed.status());
  if (!*removed) return NotFoundResponse("Dataset item not found");
  return JsonResponse(200, {{"message", "Dataset item successfully deleted"}});
}

HttpResponse ListDatasetItems(const ApiCall& call) {
  QueryReader query(call.request);
  const PageRequest page = ReadPage(query);
  const std::optional<std::string> dataset_name = query.Text("datasetName");
  const std::optional<std::string> trace = query.Text("sourceTraceId");
  const std::optional<std::string> observation = query.Text("sourceObservationId");
  const std::optional<std::int64_t> version = query.Time("version");
  if (version && !dataset_name) query.Fault("version", "invalid_value", "version needs datasetName");
  if (!query.ok()) return query.Refusal();
  std::optional<std::string> dataset_id;
  if (dataset_name) {
    const Result<std::optional<ConfigItem>> dataset = StoreOf(call).FindDataset(*dataset_name);
    if (!dataset.ok()) return ErrorResponse(dataset.status());
    if (!*dataset) return NotFoundResponse("Dataset not found");
    dataset_id = (*dataset)->id;
  }
  Result<std::vector<ConfigItem>> items = StoreOf(call).Items(dataset_id, version);
  if (!items.ok()) return ErrorResponse(items.status());
  if (trace || observation) {
    std::erase_if(*items, [&](const ConfigItem& item) {
      const Json body = BodyOf(item);
      return (trace && body.value("sourceTraceId", Json()) != *trace) ||
             (observation && body.value("sourceObservationId", Json()) != *observation);
    });
  }
  Json data = Json::array();
  for (std::size_t i = page.offset(); i < std::min(items->size(), page.offset() + page.limit); ++i) {
    Result<Json> json = ShowDatasetItem((*items)[i], call);
    if (!json.ok()) return ErrorResponse(json.status());
    data.push_back(*std::move(json));
  }
  return JsonResponse(200, {{"data", std::move(data)}, {"meta", PageMeta(page, items->size())}});
}

// As older clients read it: with its items and the names of its runs.
HttpResponse GetWholeDataset(const ApiCall& call) {
  const Result<std::optional<ConfigItem>> found = StoreOf(call).FindDataset(call.parts[0]);
  if (!found.ok()) return ErrorResponse(found.status());
  if (!*found) return NotFoundResponse("Dataset not found");
  Json json = ShowDataset(**found, call);
  const Result<std::vector<ConfigItem>> items = StoreOf(call).Items((*found)->id, std::nullopt);
  if (!items.ok()) return ErrorResponse(items.status());
  json["items"] = Json::array();
  for (const ConfigItem& item : *items) {
    Result<Json> shown = ShowDatasetItem(item, call);
    if (!shown.ok()) return ErrorResponse(shown.status());
    json["items"].push_back(*std::move(shown));
  }
  const Result<ConfigPage> runs = call.config.List(
      {.project = call.project.key, .kind = kRunKind, .parent = (*found)->id, .limit = kMaxConfigItems});
  if (!runs.ok()) return ErrorResponse(runs.status());
  json["runs"] = Json::array();
  for (const ConfigItem& run : runs->items) json["runs"].push_back(run.name);
  return JsonResponse(200, json);
}

constexpr Route kRoutes[] = {
    {"GET", "datasets", ListDatasets},
    {"POST", "datasets", CreateDataset},
    {"GET", "datasets/{datasetName}", GetWholeDataset},
    {"GET", "v2/datasets", ListDatasets},
    {"POST", "v2/datasets", CreateDataset},
    {"GET", "v2/datasets/{datasetName}", GetDataset},
    {"GET", "dataset-items", ListDatasetItems},
    {"POST", "dataset-items", PutDatasetItem},
    {"GET", "dataset-items/{id}", GetDatasetItem},
    {"DELETE", "dataset-items/{id}", DeleteDatasetItem},
};

}  // namespace

std::span<const Route> DatasetRoutes() { return kRoutes; }

}  // namespace repartee::server
