#include "repartee/server/ingest/score_body.h"

#include <algorithm>

#include "repartee/server/ingest/mapping/rules.h"
#include "repartee/server/ingest/mapping/values.h"
#include "repartee/server/limits.h"
#include "repartee/server/model/time.h"

namespace repartee::server {
namespace {

constexpr std::size_t kMaxScoreText = 500;

const Json* Find(const Json& body, const char* key) {
  const auto found = body.find(key);
  return found == body.end() || found->is_null() ? nullptr : &*found;
}

// Absent and null are alike.
Status ReadText(const Json& body, const char* key, std::string& to, std::size_t limit = kMaxIdBytes) {
  const Json* value = Find(body, key);
  if (value == nullptr) return OkStatus();
  if (!value->is_string()) return Status::InvalidArgument("{}: expected a string", key);
  to = value->get<std::string>();
  if (to.size() > limit) return Status::InvalidArgument("{}: longer than {} bytes", key, limit);
  return OkStatus();
}

template <class Enum>
Status ReadEnum(const Json& body, const char* key, std::optional<Enum> (*from_name)(std::string_view),
                std::optional<Enum>& to) {
  std::string name;
  if (Status status = ReadText(body, key, name); !status.ok()) return status;
  if (Find(body, key) == nullptr) return OkStatus();
  to = from_name(name);
  if (!to) return Status::InvalidArgument("{}: no such value: {}", key, name.substr(0, 100));
  return OkStatus();
}

Status CheckTarget(const ScoreRow& row) {
  const int targets =
      (row.trace_id.empty() ? 0 : 1) + (row.session_id.empty() ? 0 : 1) + (row.run_id.empty() ? 0 : 1);
  if (targets != 1) return Status::InvalidArgument("give exactly one of traceId, sessionId and datasetRunId");
  if (!row.observation_id.empty() && row.trace_id.empty())
    return Status::InvalidArgument("observationId: needs traceId");
  return OkStatus();
}

Status ReadNumber(const Json& value, ScoreRow& row) {
  if (!value.is_number()) return Status::InvalidArgument("value: expected a number");
  row.value = value.get<double>();
  return OkStatus();
}

Status ReadValue(const Json& body, ScoreRow& row) {
  const Json* value = Find(body, "value");
  if (value == nullptr) return Status::InvalidArgument("value: missing");
  if (row.type == ScoreType::kNumeric) return ReadNumber(*value, row);
  if (row.type == ScoreType::kBoolean) {
    if (Status status = ReadNumber(*value, row); !status.ok()) return status;
    if (row.value != 0 && row.value != 1) return Status::InvalidArgument("value: a boolean score is 0 or 1");
    row.string_value = row.value == 1 ? "True" : "False";
    return OkStatus();
  }
  if (!value->is_string()) return Status::InvalidArgument("value: expected a string");
  std::string text = value->get<std::string>();
  if (row.type == ScoreType::kText && (text.empty() || JavaScriptLength(text) > kMaxScoreText))
    return Status::InvalidArgument("value: a text has 1 to {} characters", kMaxScoreText);
  (row.type == ScoreType::kCorrection ? row.long_string_value : row.string_value) = std::move(text);
  return OkStatus();
}

// What one kind of score asks beyond its value.
Status CheckKind(ScoreRow& row) {
  if (row.type == ScoreType::kCorrection) {
    if (!row.config_id.empty()) return Status::InvalidArgument("configId: a correction has none");
    if (row.trace_id.empty())
      return Status::InvalidArgument("traceId: a correction is of a trace or an observation");
    row.name = "output";
    return OkStatus();
  }
  if (row.source == ScoreSource::kAnnotation && row.config_id.empty())
    return Status::InvalidArgument("configId: an annotation needs one");
  return OkStatus();
}

Status ReadFields(const Json& body, ScoreRow& row) {
  const std::pair<const char*, std::string*> texts[] = {
      {"id", &row.id},
      {"traceId", &row.trace_id},
      {"observationId", &row.observation_id},
      {"sessionId", &row.session_id},
      {"datasetRunId", &row.run_id},
      {"name", &row.name},
      {"configId", &row.config_id},
      {"queueId", &row.queue_id},
      {"authorUserId", &row.author_id},
      {"environment", &row.environment},
  };
  for (const auto& [key, to] : texts) {
    if (Status status = ReadText(body, key, *to); !status.ok()) return status;
  }
  if (Find(body, "comment") != nullptr) {
    std::string comment;
    if (Status status = ReadText(body, "comment", comment, kMaxApiBodyBytes); !status.ok()) return status;
    row.comment = std::move(comment);
  }
  if (const Json* metadata = Find(body, "metadata")) {
    const Json object = metadata->is_object() ? *metadata : Json{{"metadata", *metadata}};
    row.metadata = object.dump(-1, ' ', false, Json::error_handler_t::replace);
  }
  row.environment = NormalEnvironment(row.environment);
  return OkStatus();
}

Status ReadTime(const Json& body, ScoreRow& row) {
  std::string text;
  if (Status status = ReadText(body, "timestamp", text); !status.ok()) return status;
  if (text.empty()) return OkStatus();
  const std::optional<std::int64_t> time = ParseIsoTime(text);
  if (!time) return Status::InvalidArgument("timestamp: {} is no ISO 8601 time", text.substr(0, 100));
  row.time_ns = row.event_ns = *time;
  return OkStatus();
}

}  // namespace

Result<ScoreRow> ParseScore(const Json& body, ProjectKey project, std::int64_t event_ns) {
  if (!body.is_object()) return Status::InvalidArgument("a score is a JSON object");
  ScoreRow row;
  row.project = project;
  row.time_ns = row.event_ns = event_ns;
  std::optional<ScoreType> type;
  std::optional<ScoreSource> source;
  Status status = ReadFields(body, row);
  if (status.ok()) status = ReadTime(body, row);
  if (status.ok()) status = ReadEnum(body, "dataType", ScoreTypeFromName, type);
  if (status.ok()) status = ReadEnum(body, "source", ScoreSourceFromName, source);
  if (!status.ok()) return status;
  row.source = source.value_or(ScoreSource::kApi);
  const Json* value = Find(body, "value");
  const bool is_text = value != nullptr && value->is_string();
  row.type = type.value_or(is_text ? ScoreType::kCategorical : ScoreType::kNumeric);
  if (row.name.empty() && row.type != ScoreType::kCorrection)
    return Status::InvalidArgument("name: missing or empty");
  status = ReadValue(body, row);
  if (status.ok()) status = CheckTarget(row);
  if (status.ok()) status = CheckKind(row);
  if (!status.ok()) return status;
  return row;
}

}  // namespace repartee::server
