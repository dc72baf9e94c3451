// Scores, third generation: typed values, pages by cursor, and no parameter that is
// not known.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "repartee/base/encoding.h"
#include "repartee/server/api/config_resource.h"
#include "repartee/server/api/score_view.h"
#include "repartee/server/limits.h"

namespace repartee::server {
namespace {

constexpr std::string_view kParameters[] = {
    "limit",       "cursor",    "fields",        "id",           "name",          "source",     "dataType",
    "environment", "configId",  "queueId",       "authorUserId", "value",         "valueMin",   "valueMax",
    "traceId",     "sessionId", "observationId", "experimentId", "fromTimestamp", "toTimestamp"};
constexpr std::string_view kFields[] = {"core", "details", "subject", "annotation"};

std::string WriteCursor(const ScoreRow& last) {
  std::string text = Base64Encode(fmt::format("1:{}:{}", last.time_ns, last.id));
  // Stands in addresses.
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  return text;
}

std::optional<std::pair<std::int64_t, std::string>> ReadCursor(std::string_view text) {
  const Result<std::string> decoded = Base64Decode(text);
  if (!decoded.ok() || !decoded->starts_with("1:")) return std::nullopt;
  const std::string_view left = std::string_view(*decoded).substr(2);
  const std::size_t colon = left.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::int64_t time = 0;
  const auto [end, error] = std::from_chars(left.data(), left.data() + colon, time);
  if (error != std::errc() || end != left.data() + colon) return std::nullopt;
  return std::pair(time, std::string(left.substr(colon + 1)));
}

// Names of the parameters as they stand in the query.
void CheckParameters(QueryReader& query, std::string_view text) {
  while (!text.empty()) {
    const std::string_view part = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(text.size(), part.size() + 1));
    const std::string name = PercentDecode(part.substr(0, part.find('=')));
    const bool known =
        std::find(std::begin(kParameters), std::end(kParameters), name) != std::end(kParameters);
    if (!name.empty() && !known) query.Fault(name, "unrecognized_keys", "Unrecognized key: " + name);
  }
}

// Upper case or lower.
template <class Enum>
std::vector<Enum> ReadEnums(QueryReader& query, const char* name,
                            std::optional<Enum> (*from_name)(std::string_view)) {
  std::vector<Enum> values;
  for (std::string text : query.List(name).value_or(std::vector<std::string>())) {
    for (char& c : text) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    const std::optional<Enum> value = from_name(text);
    if (value) {
      values.push_back(*value);
    } else {
      query.Fault(name, "invalid_value", "No such value: " + text);
    }
  }
  return values;
}

// As values of that type are stored; nothing if the text is none.
std::optional<double> NumberOf(const std::string& text, std::optional<ScoreType> type) {
  if (type == ScoreType::kBoolean && (text == "true" || text == "false")) return text == "true" ? 1.0 : 0.0;
  if (type != ScoreType::kNumeric) return std::nullopt;
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_number = error == std::errc() && end == text.data() + text.size() && std::isfinite(number);
  return is_number ? std::optional(number) : std::nullopt;
}

// Values are compared in the kind of the one data type that is asked for.
void ReadValues(QueryReader& query, ScoreQuery& wanted) {
  const std::vector<std::string> values = query.List("value").value_or(std::vector<std::string>());
  const std::optional<double> least = query.Number("valueMin");
  const std::optional<double> most = query.Number("valueMax");
  const std::optional<ScoreType> type =
      wanted.types.size() == 1 ? std::optional(wanted.types[0]) : std::nullopt;
  if ((least || most) && type != ScoreType::kNumeric)
    query.Fault("valueMin", "invalid_value", "valueMin and valueMax need dataType=NUMERIC");
  if (least) wanted.values.push_back({ScoreComparison::kGreaterOrEqual, *least});
  if (most) wanted.values.push_back({ScoreComparison::kLessOrEqual, *most});
  if (values.empty()) return;
  if (type == ScoreType::kCategorical) {
    wanted.string_values = values;
    return;
  }
  for (const std::string& value : values) {
    const std::optional<double> number = NumberOf(value, type);
    if (!number)
      return query.Fault("value", "invalid_value",
                         "value needs one dataType of NUMERIC, BOOLEAN (true, false), CATEGORICAL");
    wanted.numbers.push_back(*number);
  }
}

ScoreQuery ReadScoreQuery(QueryReader& query, const ApiCall& call) {
  ScoreQuery wanted;
  wanted.project = call.project.key;
  const std::pair<const char*, std::vector<std::string>*> lists[] = {
      {"id", &wanted.ids},
      {"name", &wanted.names},
      {"environment", &wanted.environments},
      {"configId", &wanted.config_ids},
      {"queueId", &wanted.queue_ids},
      {"authorUserId", &wanted.author_ids},
      {"traceId", &wanted.trace_ids},
      {"sessionId", &wanted.session_ids},
      {"observationId", &wanted.observation_ids},
      {"experimentId", &wanted.run_ids}};
  for (const auto& [name, to] : lists) *to = query.List(name).value_or(std::vector<std::string>());
  wanted.sources = ReadEnums(query, "source", ScoreSourceFromName);
  wanted.types = ReadEnums(query, "dataType", ScoreTypeFromName);
  wanted.from_ns = query.Time("fromTimestamp");
  wanted.to_ns = query.Time("toTimestamp");
  ReadValues(query, wanted);
  const int subjects = (wanted.trace_ids.empty() ? 0 : 1) + (wanted.session_ids.empty() ? 0 : 1) +
                       (wanted.run_ids.empty() ? 0 : 1);
  if (subjects > 1)
    query.Fault("traceId", "invalid_value", "Give one of traceId, sessionId and experimentId");
  if (!wanted.observation_ids.empty() && wanted.trace_ids.empty())
    query.Fault("observationId", "invalid_value", "observationId needs traceId");
  if (const std::optional<std::string> cursor = query.Text("cursor")) {
    wanted.after = ReadCursor(*cursor);
    if (!wanted.after) query.Fault("cursor", "invalid_format", "Invalid cursor format");
  }
  return wanted;
}

Json TypedValue(const ScoreRow& score) {
  switch (score.type) {
    case ScoreType::kNumeric: return score.value;
    case ScoreType::kBoolean: return score.value == 1;
    default: return score.long_string_value.value_or(score.string_value.value_or(""));
  }
}

Json Subject(const ScoreRow& score) {
  if (!score.observation_id.empty())
    return {{"kind", "observation"}, {"id", score.observation_id}, {"traceId", score.trace_id}};
  if (!score.trace_id.empty()) return {{"kind", "trace"}, {"id", score.trace_id}};
  if (!score.session_id.empty()) return {{"kind", "session"}, {"id", score.session_id}};
  return {{"kind", "experiment"}, {"id", score.run_id}};
}

HttpResponse ListScoresV3(const ApiCall& call) {
  QueryReader query(call.request);
  CheckParameters(query, call.request.query);
  const auto limit = static_cast<std::size_t>(query.Integer("limit", kDefaultPageSize, 1, kMaxPageSize));
  ScoreQuery wanted = ReadScoreQuery(query, call);
  const std::vector<std::string> fields = query.List("fields").value_or(std::vector<std::string>());
  for (const std::string& field : fields) {
    if (std::find(std::begin(kFields), std::end(kFields), field) == std::end(kFields))
      query.Fault("fields", "invalid_value", "No such group: " + field);
  }
  if (!query.ok()) return query.Refusal();
  wanted.count = false;
  // One more tells whether there is a next page.
  wanted.limit = limit + 1;
  Result<ScorePage> found = call.reader.ListScores(wanted);
  if (!found.ok()) return ErrorResponse(found.status());
  Json meta = {{"limit", limit}};
  if (found->rows.size() > limit) {
    found->rows.resize(limit);
    meta["cursor"] = WriteCursor(found->rows.back());
  }
  Json data = Json::array();
  for (const ScoreRow& score : found->rows) data.push_back(ShowScoreV3(score, call, fields));
  return JsonResponse(200, {{"data", std::move(data)}, {"meta", std::move(meta)}});
}

constexpr Route kRoutes[] = {{"GET", "v3/scores", ListScoresV3}};

}  // namespace

Json ShowScoreV3(const ScoreRow& score, const ApiCall& call, const std::vector<std::string>& fields) {
  const auto has = [&fields](std::string_view name) {
    return std::find(fields.begin(), fields.end(), name) != fields.end();
  };
  const Json all = ShowScore(score);
  Json json = {{"id", score.id}, {"projectId", call.project.id}};
  for (const char* key : {"name", "source", "timestamp", "environment", "createdAt", "updatedAt", "dataType"})
    json[key] = all[key];
  json["value"] = TypedValue(score);
  if (has("details")) {
    for (const char* key : {"comment", "configId", "metadata"}) json[key] = all[key];
  }
  if (has("annotation")) {
    for (const char* key : {"authorUserId", "queueId"}) json[key] = all[key];
  }
  if (has("subject")) json["subject"] = Subject(score);
  return json;
}

std::span<const Route> ScoreV3Routes() { return kRoutes; }

}  // namespace repartee::server
