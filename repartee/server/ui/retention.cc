// How long traces are kept, and what fewer days would free.
#include "repartee/server/model/time.h"
#include "repartee/server/ui/ui_call.h"
#include "repartee/server/ui/view_json.h"

namespace repartee::server {
namespace {

constexpr std::int64_t kMostDays = 36'500;

void WriteDays(JsonWriter& json, std::int64_t days) {
  if (days > 0) {
    json.Integer(days);
  } else {
    json.Null();
  }
}

}  // namespace

HttpResponse UiRetention(const UiCall& call) {
  UiQuery query(call.request);
  const std::int64_t own = call.project.retention_days;
  const std::int64_t kept = own > 0 ? own : call.facts.retention_days;
  const std::int64_t days = query.Integer("days", kept, 0, kMostDays);
  if (!query.ok()) return query.Refusal();
  FreedRoom room;
  if (days > 0) {
    Result<FreedRoom> freed = call.reader.RoomBefore(call.project.key, FirstKeptDay(call.now_ns, days));
    if (!freed.ok()) return UiError(freed.status());
    room = *freed;
  }
  JsonWriter json;
  json.BeginObject();
  WriteDays(json.Key("retention_days"), own);
  WriteDays(json.Key("default_days"), call.facts.retention_days);
  WriteDays(json.Key("days"), days);
  json.Key("traces").Integer(room.traces);
  json.Key("bytes").Integer(room.bytes);
  json.EndObject();
  return HttpResponse::Json(200, json.Take());
}

}  // namespace repartee::server
