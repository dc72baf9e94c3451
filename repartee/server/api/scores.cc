// Scores, first and second generation: read by page, deleted by id.
#include <algorithm>
#include <cstdint>
#include <memory>

#include "repartee/server/api/config_resource.h"
#include "repartee/server/api/score_view.h"
#include "repartee/server/limits.h"

namespace repartee::server {
namespace {

enum class ScoreApi : std::uint8_t {
  kV1,  // of traces alone
  kV2
};

template <class Enum>
void ReadEnum(QueryReader& query, const char* name, std::optional<Enum> (*from_name)(std::string_view),
              std::vector<Enum>& to) {
  const std::optional<std::string> text = query.Text(name);
  if (!text) return;
  const std::optional<Enum> value = from_name(*text);
  if (!value) return query.Fault(name, "invalid_value", "No such value: " + *text);
  to.push_back(*value);
}

void ReadComparison(QueryReader& query, ScoreQuery& wanted) {
  static constexpr std::pair<std::string_view, ScoreComparison> kOperators[] = {
      {"<", ScoreComparison::kLess},         {">", ScoreComparison::kGreater},
      {"<=", ScoreComparison::kLessOrEqual}, {">=", ScoreComparison::kGreaterOrEqual},
      {"=", ScoreComparison::kEqual},        {"!=", ScoreComparison::kNotEqual}};
  const std::optional<std::string> text = query.Text("operator");
  const std::optional<double> value = query.Number("value");
  if (!text || !value) return;
  for (const auto& [name, comparison] : kOperators) {
    if (name == *text) return wanted.values.push_back({comparison, *value});
  }
  query.Fault("operator", "invalid_value", "Expected one of < > <= >= != =");
}

ScoreQuery ReadScoreQuery(QueryReader& query, const ApiCall& call, ScoreApi api) {
  ScoreQuery wanted;
  wanted.project = call.project.key;
  const std::pair<const char*, std::vector<std::string>*> texts[] = {
      {"name", &wanted.names},
      {"configId", &wanted.config_ids},
      {"sessionId", &wanted.session_ids},
      {"datasetRunId", &wanted.run_ids},
      {"traceId", &wanted.trace_ids},
      {"observationId", &wanted.observation_ids},
      {"queueId", &wanted.queue_ids}};
  for (const auto& [name, to] : texts) {
    if (std::optional<std::string> text = query.Text(name)) to->push_back(*std::move(text));
  }
  wanted.ids = query.List("scoreIds").value_or(std::vector<std::string>());
  wanted.environments = query.Texts("environment");
  wanted.from_ns = query.Time("fromTimestamp");
  wanted.to_ns = query.Time("toTimestamp");
  ReadEnum(query, "source", ScoreSourceFromName, wanted.sources);
  ReadEnum(query, "dataType", ScoreTypeFromName, wanted.types);
  ReadComparison(query, wanted);
  if (api == ScoreApi::kV1) wanted.of_traces = true;
  return wanted;
}

// Conditions that the store does not know.
std::vector<FilterCondition> ReadConditions(QueryReader& query) {
  std::vector<FilterCondition> conditions;
  if (const std::optional<std::string> filter = query.Text("filter"))
    conditions = ParseFilter(*filter, "filter", IsScoreColumn, query.faults());
  if (std::optional<std::string> user = query.Text("userId")) {
    FilterCondition& condition = conditions.emplace_back();
    condition.column = "userId";
    condition.text = *std::move(user);
  }
  if (std::vector<std::string> tags = query.Texts("traceTags"); !tags.empty()) {
    FilterCondition& condition = conditions.emplace_back();
    condition.column = "tags";
    condition.kind = FilterKind::kArrayOptions;
    condition.op = FilterOperator::kAllOf;
    condition.options = std::move(tags);
  }
  return conditions;
}

Result<bool> Fits(const ScoreRow& score, const std::vector<FilterCondition>& conditions,
                  ScoreTraces& traces) {
  for (const FilterCondition& condition : conditions) {
    const Result<FieldValue> value = ScoreField(score, condition.column, traces);
    if (!value.ok()) return value.status();
    if (!Satisfies(condition, *value)) return false;
  }
  return true;
}

// The page, filtered here where there are conditions.
Result<ScorePage> FindScores(const ApiCall& call, const ScoreQuery& wanted,
                             const std::vector<FilterCondition>& conditions, ScoreTraces& traces) {
  if (conditions.empty()) return call.reader.ListScores(wanted);
  ScorePage page;
  const Status status = ForEachScore(call.reader, wanted, [&](const ScoreRow& score) {
    const Result<bool> fits = Fits(score, conditions, traces);
    if (!fits.ok()) return fits.status();
    if (!*fits) return OkStatus();
    const std::size_t index = page.total++;
    if (index >= wanted.offset && index < wanted.offset + wanted.limit) page.rows.push_back(score);
    return OkStatus();
  });
  if (!status.ok()) return status;
  return page;
}

Result<Json> ShowWithTrace(const ScoreRow& score, ScoreTraces& traces) {
  Json json = ShowScore(score);
  const Result<const TraceRow*> trace = traces.TraceOf(score);
  if (!trace.ok()) return trace.status();
  json["trace"] = nullptr;
  if (*trace == nullptr) return json;
  const TraceRow& row = **trace;
  json["trace"] = {{"userId", row.user_id ? Json(*row.user_id) : Json()},
                   {"tags", row.tags},
                   {"environment", row.environment},
                   {"sessionId", row.session_id ? Json(*row.session_id) : Json()}};
  return json;
}

HttpResponse ListScores(const ApiCall& call, ScoreApi api) {
  QueryReader query(call.request);
  const PageRequest page = ReadPage(query);
  ScoreQuery wanted = ReadScoreQuery(query, call, api);
  const std::vector<FilterCondition> conditions = ReadConditions(query);
  const std::optional<std::vector<std::string>> fields = query.List("fields");
  const bool with_trace = !fields || std::find(fields->begin(), fields->end(), "trace") != fields->end();
  if (!query.ok()) return query.Refusal();
  wanted.limit = page.limit;
  wanted.offset = page.offset();
  ScoreTraces traces(call);
  const Result<ScorePage> found = FindScores(call, wanted, conditions, traces);
  if (!found.ok()) return ErrorResponse(found.status());
  Json data = Json::array();
  for (const ScoreRow& score : found->rows) {
    Result<Json> json = with_trace ? ShowWithTrace(score, traces) : Result<Json>(ShowScore(score));
    if (!json.ok()) return ErrorResponse(json.status());
    data.push_back(*std::move(json));
  }
  return JsonResponse(200, {{"data", std::move(data)}, {"meta", PageMeta(page, found->total)}});
}

HttpResponse ListScoresV1(const ApiCall& call) { return ListScores(call, ScoreApi::kV1); }
HttpResponse ListScoresV2(const ApiCall& call) { return ListScores(call, ScoreApi::kV2); }

HttpResponse GetScore(const ApiCall& call, ScoreApi api) {
  ScoreQuery wanted;
  wanted.project = call.project.key;
  wanted.ids = {call.parts[0]};
  wanted.limit = 1;
  if (api == ScoreApi::kV1) wanted.of_traces = true;
  const Result<ScorePage> found = call.reader.ListScores(wanted);
  if (!found.ok()) return ErrorResponse(found.status());
  if (found->rows.empty()) return NotFoundResponse("Score not found within authorized project");
  return JsonResponse(200, ShowScore(found->rows[0]));
}

HttpResponse GetScoreV1(const ApiCall& call) { return GetScore(call, ScoreApi::kV1); }
HttpResponse GetScoreV2(const ApiCall& call) { return GetScore(call, ScoreApi::kV2); }

void DeleteScore(const ApiChange& change, Reply reply) {
  auto shared = std::make_shared<Reply>(std::move(reply));  // here for a refusal, in the store for the answer
  const Status taken = change.store.DeleteScore(change.project.key, change.parts[0], [shared](Status status) {
    (*shared)(status.ok() ? JsonResponse(202, {{"message", "Score deleted successfully"}})
                          : ErrorResponse(status));
  });
  if (!taken.ok()) (*shared)(ErrorResponse(Status::Unavailable("{}", taken.message())));
}

constexpr Route kRoutes[] = {
    {"GET", "scores", ListScoresV1},
    {"GET", "scores/{scoreId}", GetScoreV1},
    {"DELETE", "scores/{scoreId}", nullptr, Access::kProject, DeleteScore},
    {"GET", "v2/scores", ListScoresV2},
    {"GET", "v2/scores/{scoreId}", GetScoreV2},
};

}  // namespace

std::span<const Route> ScoreRoutes() { return kRoutes; }

}  // namespace repartee::server
