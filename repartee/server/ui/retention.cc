// How long traces and their recordings are kept, and what fewer days would free.
#include <cstdint>

#include "repartee/server/api/body.h"
#include "repartee/server/api/recording_retention.h"
#include "repartee/server/media/recordings.h"
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

// Of recordings that came before so many days; of all if `days` is nothing.
Result<MediaRoom> RecordingRoom(const UiCall& call, std::optional<std::int64_t> days) {
  if (call.recordings == nullptr || days == 0) return MediaRoom();
  const std::int64_t before_ns = days ? AttachedBefore(FirstKeptDay(call.now_ns, *days)) : INT64_MAX;
  return call.recordings->RoomBefore(call.project.key, before_ns);
}

void WriteRoom(JsonWriter& json, const MediaRoom& room) {
  json.BeginObject();
  json.Key("count").Integer(room.media);
  json.Key("bytes").Integer(room.bytes);
  json.EndObject();
}

}  // namespace

HttpResponse UiRetention(const UiCall& call) {
  UiQuery query(call.request);
  const std::int64_t own = call.project.retention_days;
  const std::int64_t kept = RetentionOf(call.project, call.facts.retention_days);
  const std::int64_t days = query.Integer("days", kept, 0, kMostDays);
  const Result<std::int64_t> recording_days = RecordingDays(call.config, call.project.key);
  if (!recording_days.ok()) return UiError(recording_days.status());
  const std::int64_t asked = query.Integer("recording_days", *recording_days, 0, kMostDays);
  if (!query.ok()) return query.Refusal();
  const Result<MediaRoom> all = RecordingRoom(call, std::nullopt);
  if (!all.ok()) return UiError(all.status());
  const Result<MediaRoom> freed_recordings = RecordingRoom(call, asked);
  if (!freed_recordings.ok()) return UiError(freed_recordings.status());
  FreedRoom room;
  if (days > 0) {
    Result<FreedRoom> freed = call.reader.RoomBefore(call.project.key, FirstKeptDay(call.now_ns, days));
    if (!freed.ok()) return UiError(freed.status());
    room = *freed;
  }
  JsonWriter json;
  json.BeginObject();
  json.Key("retention_days");
  if (own == kServersRetention) {
    json.Null();
  } else {
    json.Integer(own);
  }
  WriteDays(json.Key("default_days"), call.facts.retention_days);
  WriteDays(json.Key("days"), days);
  json.Key("traces").Integer(room.traces);
  json.Key("bytes").Integer(room.bytes);
  WriteDays(json.Key("recording_days"), *recording_days);
  WriteRoom(json.Key("recordings"), *all);
  WriteRoom(json.Key("freed_recordings"), *freed_recordings);
  json.EndObject();
  return HttpResponse::Json(200, json.Take());
}

HttpResponse UiChangeRetention(const UiCall& call) {
  Faults faults;
  const Json json = ReadBody(call.request, faults);
  BodyReader body(json, faults);
  const std::int64_t days = body.Integer("recording_days").value_or(0);
  const bool may_be = days == 0 || (days >= kLeastRetentionDays && days <= kMaxRetentionDays);
  if (!json.contains("recording_days") || !may_be)
    body.Fault("recording_days", "out_of_range",
               "Expected null (as long as their conversation) or 3 to 36500 days");
  if (!faults.ok()) return UiError(400, faults.Text());
  if (Status status = SetRecordingDays(call.config, call.project.key, days); !status.ok())
    return UiError(status);
  return JsonResponse(200, {{"recording_days", days == 0 ? Json() : Json(days)}});
}

}  // namespace repartee::server
