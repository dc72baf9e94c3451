// Runs over datasets: which trace each item led to.
#include "repartee/server/api/body.h"
#include "repartee/server/api/config_resource.h"
#include "repartee/server/api/dataset_store.h"
#include "repartee/server/limits.h"

namespace repartee::server {
namespace {

DatasetStore StoreOf(const ApiCall& call) { return {call.config, call.project.key}; }

Json ShowRun(const ConfigItem& run, const std::string& dataset_name, const ApiCall& call) {
  Json json = ShowItem(run, call);
  json.erase("projectId");
  json["name"] = run.name;
  json["datasetId"] = run.parent;
  json["datasetName"] = dataset_name;
  for (const char* field : {"description", "metadata"}) {
    if (!json.contains(field)) json[field] = nullptr;
  }
  return json;
}

Json ShowRunItem(const ConfigItem& item, const std::string& run_name, const ApiCall& call) {
  Json json = ShowItem(item, call);
  json.erase("projectId");
  json["datasetRunId"] = item.parent;
  json["datasetRunName"] = run_name;
  json["datasetItemId"] = item.name;
  return json;
}

// The trace of an observation that is given alone.
Result<std::optional<std::string>> TraceOf(const ApiCall& call, const std::string& observation) {
  const Result<std::optional<FoundSpan>> found =
      call.reader.FindSpan(call.project.key, SpanIdFromText(observation));
  if (!found.ok()) return found.status();
  if (!*found) return std::optional<std::string>();
  return std::optional((*found)->trace.ShownId());
}

HttpResponse CreateRunItem(const ApiCall& call) {
  Faults faults;
  const Json json = ReadBody(call.request, faults);
  BodyReader body(json, faults);
  const std::string run_name = body.RequiredText("runName");
  const std::string item_id = body.RequiredText("datasetItemId");
  std::optional<std::string> trace = body.Text("traceId");
  const std::optional<std::string> observation = body.Text("observationId");
  const std::optional<std::int64_t> created = body.Time("createdAt");
  if (!trace && !observation) body.Fault("traceId", "invalid_type", "Give traceId or observationId");
  Json run_fields = Json::object();
  if (const auto text = body.Text("runDescription")) run_fields["description"] = *text;
  if (body.Find("metadata") != nullptr) run_fields["metadata"] = body.Any("metadata");
  if (!faults.ok()) return faults.Refusal();
  const Result<std::optional<ConfigItem>> item = StoreOf(call).Find(kItemKind, item_id);
  if (!item.ok()) return ErrorResponse(item.status());
  if (!*item) return NotFoundResponse("Dataset item not found: " + item_id);
  if (!trace) {
    Result<std::optional<std::string>> found = TraceOf(call, *observation);
    if (!found.ok()) return ErrorResponse(found.status());
    if (!*found) return NotFoundResponse("Observation not found: " + *observation);
    trace = *std::move(found);
  }
  Json fields = {{"traceId", *trace}};
  fields["observationId"] = observation ? Json(*observation) : Json();
  const Result<ConfigItem> made =
      StoreOf(call).PutRunItem((*item)->parent, run_name, run_fields, item_id, fields, created);
  if (!made.ok()) return ErrorResponse(made.status());
  return JsonResponse(200, ShowRunItem(*made, run_name, call));
}

HttpResponse ListRunItems(const ApiCall& call) {
  QueryReader query(call.request);
  const PageRequest page = ReadPage(query);
  const std::optional<std::string> dataset = query.Text("datasetId");
  const std::optional<std::string> run_name = query.Text("runName");
  if (!dataset) query.Fault("datasetId", "invalid_type", "Required");
  if (!run_name) query.Fault("runName", "invalid_type", "Required");
  if (!query.ok()) return query.Refusal();
  const Result<std::optional<ConfigItem>> run = StoreOf(call).FindRun(*dataset, *run_name);
  if (!run.ok()) return ErrorResponse(run.status());
  if (!*run) return NotFoundResponse("Dataset run not found");
  const Result<ConfigPage> found = call.config.List({.project = call.project.key,
                                                     .kind = kRunItemKind,
                                                     .parent = (*run)->id,
                                                     .offset = page.offset(),
                                                     .limit = page.limit});
  if (!found.ok()) return ErrorResponse(found.status());
  Json data = Json::array();
  for (const ConfigItem& item : found->items) data.push_back(ShowRunItem(item, *run_name, call));
  return JsonResponse(200, {{"data", std::move(data)}, {"meta", PageMeta(page, found->total)}});
}

HttpResponse ListRuns(const ApiCall& call) {
  QueryReader query(call.request);
  const PageRequest page = ReadPage(query);
  if (!query.ok()) return query.Refusal();
  const Result<std::optional<ConfigItem>> dataset = StoreOf(call).FindDataset(call.parts[0]);
  if (!dataset.ok()) return ErrorResponse(dataset.status());
  if (!*dataset) return NotFoundResponse("Dataset not found");
  const Result<ConfigPage> found = call.config.List({.project = call.project.key,
                                                     .kind = kRunKind,
                                                     .parent = (*dataset)->id,
                                                     .offset = page.offset(),
                                                     .limit = page.limit});
  if (!found.ok()) return ErrorResponse(found.status());
  Json data = Json::array();
  for (const ConfigItem& run : found->items) data.push_back(ShowRun(run, (*dataset)->name, call));
  return JsonResponse(200, {{"data", std::move(data)}, {"meta", PageMeta(page, found->total)}});
}

HttpResponse GetRun(const ApiCall& call) {
  const Result<std::optional<ConfigItem>> dataset = StoreOf(call).FindDataset(call.parts[0]);
  if (!dataset.ok()) return ErrorResponse(dataset.status());
  if (!*dataset) return NotFoundResponse("Dataset not found");
  const Result<std::optional<ConfigItem>> run = StoreOf(call).FindRun((*dataset)->id, call.parts[1]);
  if (!run.ok()) return ErrorResponse(run.status());
  if (!*run) return NotFoundResponse("Dataset run not found");
  const Result<ConfigPage> items = call.config.List(
      {.project = call.project.key, .kind = kRunItemKind, .parent = (*run)->id, .limit = kMaxConfigItems});
  if (!items.ok()) return ErrorResponse(items.status());
  Json json = ShowRun(**run, (*dataset)->name, call);
  json["datasetRunItems"] = Json::array();
  for (const ConfigItem& item : items->items)
    json["datasetRunItems"].push_back(ShowRunItem(item, (*run)->name, call));
  return JsonResponse(200, json);
}

HttpResponse DeleteRun(const ApiCall& call) {
  const Result<std::optional<ConfigItem>> dataset = StoreOf(call).FindDataset(call.parts[0]);
  if (!dataset.ok()) return ErrorResponse(dataset.status());
  if (!*dataset) return NotFoundResponse("Dataset not found");
  const Result<bool> removed = StoreOf(call).RemoveRun((*dataset)->id, call.parts[1]);
  if (!removed.ok()) return ErrorResponse(removed.status());
  if (!*removed) return NotFoundResponse("Dataset run not found");
  return JsonResponse(200, {{"message", "Dataset run successfully deleted"}});
}

constexpr Route kRoutes[] = {
    {"POST", "dataset-run-items", CreateRunItem},
    {"GET", "dataset-run-items", ListRunItems},
    {"GET", "datasets/{datasetName}/runs", ListRuns},
    {"GET", "datasets/{datasetName}/runs/{runName}", GetRun},
    {"DELETE", "datasets/{datasetName}/runs/{runName}", DeleteRun},
};

}  // namespace

std::span<const Route> DatasetRunRoutes() { return kRoutes; }

}  // namespace repartee::server
