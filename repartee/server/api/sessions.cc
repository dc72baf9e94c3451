// Sessions: conversations that belong together.
#include "repartee/server/api/observation_json.h"
#include "repartee/server/api/request.h"
#include "repartee/server/api/route.h"
#include "repartee/server/api/trace_json.h"
#include "repartee/server/limits.h"

namespace repartee::server {
namespace {

void WriteSession(JsonWriter& json, const SessionRow& row, const Project& project) {
  json.Key("id").Text(row.id);
  json.Key("createdAt").Time(row.first_start_ns);
  json.Key("projectId").Text(project.id);
  json.Key("environment").Text(row.environment.empty() ? "default" : row.environment);
}

HttpResponse ListSessions(const ApiCall& call) {
  QueryReader query(call.request);
  const PageRequest page = ReadPage(query);
  SessionQuery wanted;
  wanted.project = call.project.key;
  wanted.from_ns = query.Time("fromTimestamp");
  wanted.to_ns = query.Time("toTimestamp");
  wanted.environments = query.Texts("environment");
  wanted.limit = page.limit;
  wanted.offset = page.offset();
  if (!query.ok()) return query.Refusal();
  const Result<SessionPage> found = call.reader.ListSessions(wanted);
  if (!found.ok()) return ErrorResponse(found.status());
  JsonWriter json;
  json.BeginObject();
  json.Key("data").BeginArray();
  for (const SessionRow& row : found->rows) {
    json.BeginObject();
    WriteSession(json, row, call.project);
    json.EndObject();
  }
  json.EndArray();
  WritePageMeta(json, page.page, page.limit, found->total);
  json.EndObject();
  return HttpResponse::Json(200, json.Take());
}

HttpResponse GetSession(const ApiCall& call) {
  TraceQuery wanted;
  wanted.project = call.project.key;
  wanted.session_id = call.parts[0];
  wanted.limit = kMaxTracesOfSession;
  const Result<TracePage> found = call.reader.ListTraces(wanted);
  if (!found.ok()) return ErrorResponse(found.status());
  if (found->rows.empty())
    return NotFoundResponse("Session " + call.parts[0] + " not found within authorized project");
  const TraceRow& first = found->rows.back();
  JsonWriter json;
  json.BeginObject();
  WriteSession(json, {call.parts[0], first.start_ns, first.environment}, call.project);
  json.Key("traces").BeginArray();
  for (const TraceRow& row : found->rows) {
    json.BeginObject();
    WriteTraceCore(json, row, call.project);
    json.EndObject();
  }
  json.EndArray().EndObject();
  return HttpResponse::Json(200, json.Take());
}

constexpr Route kRoutes[] = {
    {"GET", "sessions", ListSessions},
    {"GET", "sessions/{sessionId}", GetSession},
};

}  // namespace

std::span<const Route> SessionRoutes() { return kRoutes; }

}  // namespace repartee::server
