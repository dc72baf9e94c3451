#include "repartee/server/ingest/batch/event.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "repartee/server/ingest/mapping/values.h"
#include "repartee/server/limits.h"
#include "repartee/server/model/time.h"

namespace repartee::server {
namespace {

constexpr std::size_t kMaxTraceName = 1'000;

const Json* Find(const Json& body, const char* key) {
  const auto found = body.find(key);
  return found == body.end() || found->is_null() ? nullptr : &*found;
}

// "2026-01-01 12:00:00" and dates alone are no event times; neither is one without a zone.
std::optional<std::int64_t> ParseEventTime(const std::string& text) {
  const std::size_t t = text.find('T');
  if (t == std::string::npos || text.find_first_of("Z+-", t) == std::string::npos) return std::nullopt;
  return ParseIsoTime(text);
}

Status ReadType(BatchEvent& event) {
  const std::size_t dash = event.type.rfind('-');
  const std::string_view verb = std::string_view(event.type).substr(dash == std::string::npos ? 0 : dash + 1);
  const std::string stem = event.type.substr(0, dash == std::string::npos ? 0 : dash);
  event.is_create = verb == "create";
  const Status unknown = Status::InvalidArgument("type: no such event type: {}", event.type.substr(0, 100));
  if (event.type == "sdk-log") {
    event.kind = EntityKind::kLog;
    return OkStatus();
  }
  if (verb != "create" && verb != "update") return unknown;
  if (stem == "trace" || stem == "score") {
    event.kind = stem == "trace" ? EntityKind::kTrace : EntityKind::kScore;
    return event.is_create ? OkStatus() : unknown;
  }
  event.kind = EntityKind::kObservation;
  std::string name = stem;
  for (char& c : name) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  if (stem == "observation") {
    const Json* type = event.body.is_object() ? Find(event.body, "type") : nullptr;
    name = type != nullptr && type->is_string() ? type->get<std::string>() : "";
  }
  const std::optional<ObservationType> type = TypeFromName(name);
  if (!type) return stem == "observation" ? Status::InvalidArgument("body.type: no such type") : unknown;
  const bool may_update = stem == "span" || stem == "generation" || stem == "observation";
  if (!event.is_create && !may_update) return unknown;
  event.observation_type = *type;
  return OkStatus();
}

Status CheckText(const Json& body, const char* key) {
  const Json* value = Find(body, key);
  if (value != nullptr && !value->is_string())
    return Status::InvalidArgument("body.{}: expected a string", key);
  return OkStatus();
}

Status CheckTime(const Json& body, const char* key) {
  const Json* value = Find(body, key);
  if (value == nullptr) return OkStatus();
  const bool good = value->is_string() && ParseEventTime(value->get_ref<const std::string&>());
  return good ? OkStatus() : Status::InvalidArgument("body.{}: expected an ISO 8601 time", key);
}

Status CheckId(const Json& body, const char* key) {
  const Json* value = Find(body, key);
  if (value == nullptr) return OkStatus();
  if (!value->is_string()) return Status::InvalidArgument("body.{}: expected a string", key);
  const std::string& id = value->get_ref<const std::string&>();
  if (id.empty() || id.size() > kMaxIdBytes || id.find('\r') != std::string::npos)
    return Status::InvalidArgument("body.{}: 1 to {} bytes without a carriage return", key, kMaxIdBytes);
  return OkStatus();
}

// {input, output, total, unit, inputCost, ...} or the older names: counts are whole.
Status CheckUsage(const Json& body) {
  const Json* usage = Find(body, "usage");
  if (usage == nullptr) return OkStatus();
  if (!usage->is_object()) return Status::InvalidArgument("body.usage: expected an object");
  for (const char* key : {"input", "output", "total", "promptTokens", "completionTokens", "totalTokens"}) {
    const Json* count = Find(*usage, key);
    const bool is_whole =
        count == nullptr || (count->is_number() && count->get<double>() == std::floor(count->get<double>()));
    if (!is_whole) return Status::InvalidArgument("body.usage.{}: expected an integer", key);
  }
  for (const char* key : {"inputCost", "outputCost", "totalCost"}) {
    const Json* cost = Find(*usage, key);
    if (cost != nullptr && !cost->is_number())
      return Status::InvalidArgument("body.usage.{}: expected a number", key);
  }
  return OkStatus();
}

Status CheckTrace(const Json& body) {
  for (const char* key : {"name", "userId", "sessionId", "release", "version", "externalId"}) {
    if (Status status = CheckText(body, key); !status.ok()) return status;
  }
  if (Status status = CheckTime(body, "timestamp"); !status.ok()) return status;
  const Json* name = Find(body, "name");
  if (name != nullptr && JavaScriptLength(name->get_ref<const std::string&>()) > kMaxTraceName)
    return Status::InvalidArgument("body.name: longer than {} characters", kMaxTraceName);
  const Json* is_public = Find(body, "public");
  if (is_public != nullptr && !is_public->is_boolean())
    return Status::InvalidArgument("body.public: expected a boolean");
  const Json* tags = Find(body, "tags");
  if (tags == nullptr) return OkStatus();
  const bool are_texts = tags->is_array() &&
                         std::all_of(tags->begin(), tags->end(), [](const Json& t) { return t.is_string(); });
  return are_texts ? OkStatus() : Status::InvalidArgument("body.tags: expected an array of strings");
}

Status CheckPrompt(const Json& body) {
  const Json* name = Find(body, "promptName");
  const Json* version = Find(body, "promptVersion");
  const bool has_name = name != nullptr && *name != "";
  const bool has_version = version != nullptr && *version != 0;
  if (has_name != has_version)
    return Status::InvalidArgument("body.promptName, body.promptVersion: give both or neither");
  if (version != nullptr && !version->is_number_integer())
    return Status::InvalidArgument("body.promptVersion: expected an integer");
  return OkStatus();
}

Status CheckObservation(const BatchEvent& event) {
  const Json& body = event.body;
  for (const char* key : {"parentObservationId", "name", "version", "statusMessage", "model", "promptName"}) {
    if (Status status = CheckText(body, key); !status.ok()) return status;
  }
  if (Status status = CheckId(body, "traceId"); !status.ok()) return status;
  const bool is_plain =
      event.observation_type == ObservationType::kSpan || event.observation_type == ObservationType::kEvent;
  const bool may_use = !is_plain || event.type.starts_with("observation-");
  if (Status status = may_use ? CheckUsage(body) : OkStatus(); !status.ok()) return status;
  for (const char* key : {"startTime", "endTime", "completionStartTime"}) {
    if (Status status = CheckTime(body, key); !status.ok()) return status;
  }
  if (event.EntityId().empty() && !event.type.starts_with("observation-"))
    return Status::InvalidArgument("body.id: missing");
  const Json* level = Find(body, "level");
  if (level != nullptr && (!level->is_string() || !LevelFromName(level->get_ref<const std::string&>())))
    return Status::InvalidArgument("body.level: one of DEBUG, DEFAULT, WARNING, ERROR");
  const Json* parameters = Find(body, "modelParameters");
  if (parameters != nullptr && !parameters->is_object())
    return Status::InvalidArgument("body.modelParameters: expected an object");
  return CheckPrompt(body);
}

Status CheckBody(const BatchEvent& event) {
  if (!event.body.is_object()) return Status::InvalidArgument("body: expected an object");
  if (event.kind == EntityKind::kLog || event.kind == EntityKind::kScore) return OkStatus();
  if (Status status = CheckId(event.body, "id"); !status.ok()) return status;
  return event.kind == EntityKind::kTrace ? CheckTrace(event.body) : CheckObservation(event);
}

}  // namespace

std::string BatchEvent::EntityId() const {
  const Json* given = Find(body, "id");
  return given != nullptr && given->is_string() ? given->get<std::string>() : std::string();
}

Result<BatchEvent> ParseEvent(const Json& json) {
  if (!json.is_object()) return Status::InvalidArgument("an event is a JSON object");
  for (const char* key : {"id", "type", "timestamp"}) {
    const Json* value = Find(json, key);
    if (value == nullptr || !value->is_string()) return Status::InvalidArgument("{}: expected a string", key);
  }
  BatchEvent event;
  event.id = json["id"].get<std::string>();
  if (event.id.empty() || event.id.size() > kMaxIdBytes || event.id.find('\r') != std::string::npos)
    return Status::InvalidArgument("id: 1 to {} bytes without a carriage return", kMaxIdBytes);
  event.type = json["type"].get<std::string>();
  event.timestamp = json["timestamp"].get<std::string>();
  const std::optional<std::int64_t> time = ParseEventTime(event.timestamp);
  if (!time) return Status::InvalidArgument("timestamp: expected an ISO 8601 time with T and a zone");
  event.time_ns = *time;
  event.body = json.value("body", Json());
  Status status = ReadType(event);
  if (status.ok()) status = CheckBody(event);
  if (!status.ok()) return status;
  return event;
}

bool CountsBefore(const BatchEvent& a, const BatchEvent& b) {
  return std::pair(a.time_ms(), !a.is_create) < std::pair(b.time_ms(), !b.is_create);
}

}  // namespace repartee::server
