#include "repartee/server/api/comments.h"

#include "repartee/base/random.h"
#include "repartee/server/api/body.h"
#include "repartee/server/api/config_resource.h"
#include "repartee/server/api/prompt_store.h"
#include "repartee/server/limits.h"

namespace repartee::server {
namespace {

Result<bool> Exists(const ApiCall& call, const std::string& type, const std::string& id) {
  if (type == kTraceComment) {
    const Result<std::optional<TraceRow>> row = call.reader.FindTrace(call.project.key, TraceIdFromText(id));
    if (!row.ok()) return row.status();
    return row->has_value();
  }
  if (type == kObservationComment) {
    const Result<std::optional<FoundSpan>> row = call.reader.FindSpan(call.project.key, SpanIdFromText(id));
    if (!row.ok()) return row.status();
    return row->has_value();
  }
  if (type == "SESSION") {
    TraceQuery query;
    query.project = call.project.key;
    query.session_id = id;
    query.limit = 1;
    const Result<TracePage> page = call.reader.ListTraces(query);
    if (!page.ok()) return page.status();
    return !page->rows.empty();
  }
  const Result<std::optional<ConfigItem>> prompt = call.config.Find(call.project.key, kPromptKind, id);
  if (!prompt.ok()) return prompt.status();
  return prompt->has_value();
}

HttpResponse CreateComment(const ApiCall& call) {
  Faults faults;
  const Json json = ReadBody(call.request, faults);
  BodyReader body(json, faults);
  const std::string project = body.RequiredText("projectId");
  body.RequiredText("objectType");
  const std::string type =
      body.Choice("objectType", {kTraceComment, kObservationComment, "SESSION", "PROMPT"}).value_or("");
  const std::string object = body.RequiredText("objectId");
  const std::string content = body.RequiredText("content", kMaxCommentLength);
  const std::optional<std::string> author = body.Text("authorUserId");
  if (!faults.ok()) return faults.Refusal();
  if (project != call.project.id) return InvalidRequest("Project ID mismatch between the key and the body");
  const Result<bool> exists = Exists(call, type, object);
  if (!exists.ok()) return ErrorResponse(exists.status());
  if (!*exists) return NotFoundResponse("No such " + type + " in this project: " + object);
  Json comment = {{"objectType", type}, {"objectId", object}, {"content", content}};
  comment["authorUserId"] = author ? Json(*author) : Json();
  ConfigItem item = NewItem(RandomUuid(), author.value_or(""), comment);
  item.parent = CommentSubject(type, object);
  if (Status status = call.config.Put(call.project.key, kCommentKind, {item}); !status.ok())
    return ErrorResponse(status);
  return JsonResponse(200, {{"id", item.id}});
}

HttpResponse ListComments(const ApiCall& call) {
  QueryReader query(call.request);
  const PageRequest page = ReadPage(query);
  const std::optional<std::string> type = query.Text("objectType");
  const std::optional<std::string> object = query.Text("objectId");
  if (object && !type) query.Fault("objectType", "invalid_type", "objectType is required with objectId");
  if (!query.ok()) return query.Refusal();
  ConfigQuery wanted{.project = call.project.key, .kind = kCommentKind};
  wanted.name = query.Text("authorUserId");
  if (object) wanted.parent = CommentSubject(*type, *object);
  if (type && !object) wanted.parent_prefix = CommentSubject(*type, "");
  wanted.offset = page.offset();
  wanted.limit = page.limit;
  const Result<ConfigPage> found = call.config.List(wanted);
  if (!found.ok()) return ErrorResponse(found.status());
  return JsonResponse(200, ShowPage(*found, page, call, ShowItem));
}

HttpResponse GetComment(const ApiCall& call) {
  const Result<std::optional<ConfigItem>> item =
      call.config.Find(call.project.key, kCommentKind, call.parts[0]);
  if (!item.ok()) return ErrorResponse(item.status());
  if (!*item) return NotFoundResponse("Comment not found within authorized project");
  return JsonResponse(200, ShowItem(**item, call));
}

constexpr Route kRoutes[] = {
    {"GET", "comments", ListComments},
    {"POST", "comments", CreateComment},
    {"GET", "comments/{commentId}", GetComment},
};

}  // namespace

std::string CommentSubject(std::string_view type, std::string_view id) {
  return std::string(type) + "/" + std::string(id);
}

std::span<const Route> CommentRoutes() { return kRoutes; }

}  // namespace repartee::server
