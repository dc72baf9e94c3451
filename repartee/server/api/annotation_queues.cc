#include "repartee/server/api/annotation_queues.h"

#include "repartee/base/random.h"
#include "repartee/server/api/body.h"
#include "repartee/server/api/config_resource.h"
#include "repartee/server/ingest/score_config.h"
#include "repartee/server/model/time.h"

namespace repartee::server {
namespace {

// Who works on a queue is known by the id that is given; nobody asks whether there is such a user.

constexpr std::string_view kQueueKind = "annotation-queue";
constexpr std::string_view kItemKind = "annotation-item";  // belongs to a queue; its name is its status
constexpr std::string_view kAssignmentKind = "annotation-assignment";  // belongs to a queue
constexpr std::size_t kMaxScoreConfigs = 100;                          // of one queue; beyond, 400
constexpr char kPending[] = "PENDING";
constexpr char kCompleted[] = "COMPLETED";

Json ShowQueue(const ConfigItem& item, const ApiCall& call) {
  Json json = ShowItem(item, call);
  json.erase("projectId");
  return json;
}

Json ShowQueueItem(const ConfigItem& item, const ApiCall& call) {
  Json json = ShowQueue(item, call);
  json["queueId"] = item.parent;
  json["status"] = item.name;
  return json;
}

// The queue of the path, or the answer that there is none.
std::optional<HttpResponse> WithoutQueue(const ApiCall& call) {
  const Result<std::optional<ConfigItem>> queue =
      call.config.Find(call.project.key, kQueueKind, call.parts[0]);
  if (!queue.ok()) return ErrorResponse(queue.status());
  if (!*queue) return NotFoundResponse("Annotation queue not found");
  return std::nullopt;
}

// ---- queues ----

Result<bool> AllKnown(const ApiCall& call, const std::vector<std::string>& config_ids) {
  for (const std::string& id : config_ids) {
    const Result<std::optional<ConfigItem>> config = call.config.Find(call.project.key, kScoreConfigKind, id);
    if (!config.ok()) return config.status();
    if (!*config) return false;
  }
  return true;
}

HttpResponse CreateQueue(const ApiCall& call) {
  Faults faults;
  const Json json = ReadBody(call.request, faults);
  BodyReader body(json, faults);
  const std::string name = body.RequiredText("name");
  const std::optional<std::string> description = body.Text("description");
  const std::vector<std::string> config_ids =
      body.Texts("scoreConfigIds").value_or(std::vector<std::string>());
  if (config_ids.empty()) body.Fault("scoreConfigIds", "too_small", "Expected at least one score config");
  if (config_ids.size() > kMaxScoreConfigs)
    body.Fault("scoreConfigIds", "too_big", "Expected at most 100 score configs");
  if (!faults.ok()) return faults.Refusal();
  const auto edit = call.config.LockForEdit();
  const Result<ConfigPage> known =
      call.config.List({.project = call.project.key, .kind = kQueueKind, .name = name, .limit = 1});
  if (!known.ok()) return ErrorResponse(known.status());
  if (known->total > 0) return ErrorResponse(Status::AlreadyExists("A queue with this name already exists."));
  const Result<bool> all_known = AllKnown(call, config_ids);
  if (!all_known.ok()) return ErrorResponse(all_known.status());
  if (!*all_known) {
    return InvalidRequest("At least one of the score config IDs cannot be found for the given project.");
  }
  Json queue = {{"name", name}, {"description", description ? Json(*description) : Json()}};
  queue["scoreConfigIds"] = config_ids;
  const ConfigItem item = NewItem(RandomUuid(), name, queue);
  if (Status status = call.config.Put(call.project.key, kQueueKind, {item}); !status.ok())
    return ErrorResponse(status);
  return JsonResponse(200, ShowQueue(item, call));
}

HttpResponse ListQueues(const ApiCall& call) {
  QueryReader query(call.request);
  const PageRequest page = ReadPage(query);
  if (!query.ok()) return query.Refusal();
  const Result<ConfigPage> found = call.config.List(
      {.project = call.project.key, .kind = kQueueKind, .offset = page.offset(), .limit = page.limit});
  if (!found.ok()) return ErrorResponse(found.status());
  return JsonResponse(200, ShowPage(*found, page, call, ShowQueue));
}

HttpResponse GetQueue(const ApiCall& call) {
  const Result<std::optional<ConfigItem>> queue =
      call.config.Find(call.project.key, kQueueKind, call.parts[0]);
  if (!queue.ok()) return ErrorResponse(queue.status());
  return *queue ? JsonResponse(200, ShowQueue(**queue, call))
                : NotFoundResponse("Annotation queue not found");
}

// ---- items ----

std::string ReadStatus(BodyReader& body, const std::string& fallback) {
  return body.Choice("status", {kPending, kCompleted}).value_or(fallback);
}

HttpResponse CreateItem(const ApiCall& call) {
  if (auto refused = WithoutQueue(call)) return *std::move(refused);
  Faults faults;
  const Json json = ReadBody(call.request, faults);
  BodyReader body(json, faults);
  Json fields = {{"objectId", body.RequiredText("objectId")}};
  body.RequiredText("objectType");
  fields["objectType"] = body.Choice("objectType", {"TRACE", "OBSERVATION", "SESSION"}).value_or("");
  const std::string status = ReadStatus(body, kPending);
  if (!faults.ok()) return faults.Refusal();
  fields["completedAt"] = status == kCompleted ? Json(FormatIsoTime(NowNs())) : Json();
  ConfigItem item = NewItem(RandomUuid(), status, fields);
  item.parent = call.parts[0];
  if (Status written = call.config.Put(call.project.key, kItemKind, {item}); !written.ok())
    return ErrorResponse(written);
  return JsonResponse(200, ShowQueueItem(item, call));
}

HttpResponse ListItems(const ApiCall& call) {
  QueryReader query(call.request);
  const PageRequest page = ReadPage(query);
  const std::optional<std::string> status = query.Text("status");
  if (status && *status != kPending && *status != kCompleted)
    query.Fault("status", "invalid_value", "Expected PENDING or COMPLETED");
  if (!query.ok()) return query.Refusal();
  if (auto refused = WithoutQueue(call)) return *std::move(refused);
  const Result<ConfigPage> found = call.config.List({.project = call.project.key,
                                                     .kind = kItemKind,
                                                     .name = status,
                                                     .parent = call.parts[0],
                                                     .offset = page.offset(),
                                                     .limit = page.limit});
  if (!found.ok()) return ErrorResponse(found.status());
  return JsonResponse(200, ShowPage(*found, page, call, ShowQueueItem));
}

HttpResponse ItemNotFound() { return NotFoundResponse("Annotation queue item not found"); }

// Nothing if there is none in the queue of the path.
Result<std::optional<ConfigItem>> FindItem(const ApiCall& call) {
  Result<std::optional<ConfigItem>> item = call.config.Find(call.project.key, kItemKind, call.parts[1]);
  if (item.ok() && *item && (*item)->parent != call.parts[0]) return std::optional<ConfigItem>();
  return item;
}

HttpResponse GetItem(const ApiCall& call) {
  if (auto refused = WithoutQueue(call)) return *std::move(refused);
  const Result<std::optional<ConfigItem>> item = FindItem(call);
  if (!item.ok()) return ErrorResponse(item.status());
  return *item ? JsonResponse(200, ShowQueueItem(**item, call)) : ItemNotFound();
}

HttpResponse UpdateItem(const ApiCall& call) {
  if (auto refused = WithoutQueue(call)) return *std::move(refused);
  Faults faults;
  const Json json = ReadBody(call.request, faults);
  BodyReader body(json, faults);
  const auto edit = call.config.LockForEdit();
  const Result<std::optional<ConfigItem>> item = FindItem(call);
  if (!item.ok()) return ErrorResponse(item.status());
  if (!*item) return ItemNotFound();
  const std::string status = ReadStatus(body, (*item)->name);
  if (!faults.ok()) return faults.Refusal();
  Json fields = BodyOf(**item);
  if (body.Find("status") != nullptr && status == kCompleted) fields["completedAt"] = FormatIsoTime(NowNs());
  ConfigItem changed = NewItem((*item)->id, status, fields);
  changed.parent = (*item)->parent;
  changed.created_ns = (*item)->created_ns;
  if (Status written = call.config.Put(call.project.key, kItemKind, {changed}); !written.ok())
    return ErrorResponse(written);
  return JsonResponse(200, ShowQueueItem(changed, call));
}

HttpResponse DeleteItem(const ApiCall& call) {
  if (auto refused = WithoutQueue(call)) return *std::move(refused);
  const auto edit = call.config.LockForEdit();
  const Result<std::optional<ConfigItem>> item = FindItem(call);
  if (!item.ok()) return ErrorResponse(item.status());
  if (!*item) return ItemNotFound();
  const Result<bool> removed = call.config.Remove(call.project.key, kItemKind, (*item)->id);
  if (!removed.ok()) return ErrorResponse(removed.status());
  return JsonResponse(200, {{"success", true}, {"message", "Annotation queue item deleted successfully"}});
}

// ---- who works on a queue ----

// Reads who it is about; `change` writes it and answers.
template <class Change>
HttpResponse ChangeAssignment(const ApiCall& call, Change change) {
  if (auto refused = WithoutQueue(call)) return *std::move(refused);
  Faults faults;
  const Json json = ReadBody(call.request, faults);
  BodyReader body(json, faults);
  const std::string user = body.RequiredText("userId");
  if (!faults.ok()) return faults.Refusal();
  ConfigItem item = NewItem(call.parts[0] + "/" + user, user, Json::object());
  item.parent = call.parts[0];
  return change(item);
}

HttpResponse CreateAssignment(const ApiCall& call) {
  return ChangeAssignment(call, [&call](const ConfigItem& item) {
    if (Status status = call.config.Put(call.project.key, kAssignmentKind, {item}); !status.ok())
      return ErrorResponse(status);
    return JsonResponse(200,
                        {{"userId", item.name}, {"queueId", item.parent}, {"projectId", call.project.id}});
  });
}

HttpResponse DeleteAssignment(const ApiCall& call) {
  return ChangeAssignment(call, [&call](const ConfigItem& item) {
    const Result<bool> removed = call.config.Remove(call.project.key, kAssignmentKind, item.id);
    return removed.ok() ? JsonResponse(200, {{"success", true}}) : ErrorResponse(removed.status());
  });
}

constexpr Route kRoutes[] = {
    {"GET", "annotation-queues", ListQueues},
    {"POST", "annotation-queues", CreateQueue},
    {"GET", "annotation-queues/{queueId}", GetQueue},
    {"GET", "annotation-queues/{queueId}/items", ListItems},
    {"POST", "annotation-queues/{queueId}/items", CreateItem},
    {"GET", "annotation-queues/{queueId}/items/{itemId}", GetItem},
    {"PATCH", "annotation-queues/{queueId}/items/{itemId}", UpdateItem},
    {"DELETE", "annotation-queues/{queueId}/items/{itemId}", DeleteItem},
    {"POST", "annotation-queues/{queueId}/assignments", CreateAssignment},
    {"DELETE", "annotation-queues/{queueId}/assignments", DeleteAssignment},
};

}  // namespace

std::span<const Route> AnnotationQueueRoutes() { return kRoutes; }

}  // namespace repartee::server
