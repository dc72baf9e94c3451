#include "repartee/server/api/trace_json.h"

#include <algorithm>
#include <map>
#include <optional>

#include "repartee/server/api/body.h"
#include "repartee/server/api/columns.h"
#include "repartee/server/api/observation_json.h"
#include "repartee/server/api/request.h"
#include "repartee/server/api/route.h"
#include "repartee/server/api/score_view.h"
#include "repartee/server/api/trace_view.h"
#include "repartee/server/limits.h"

namespace repartee::server {

void WriteTraceCore(JsonWriter& json, const TraceRow& row, const Project& project) {
  json.Key("id").Text(row.ShownId());
  json.Key("projectId").Text(project.id);
  json.Key("timestamp").Time(row.start_ns);
  json.Key("name").OptionalText(row.name);
  json.Key("userId").OptionalText(row.user_id);
  json.Key("sessionId").OptionalText(row.session_id);
  json.Key("release").OptionalText(row.release);
  json.Key("version").OptionalText(row.version);
  json.Key("environment").Text(row.environment.empty() ? "default" : row.environment);
  json.Key("public").Bool(row.is_public);
  json.Key("bookmarked").Bool(false);
  json.Key("tags").BeginArray();
  for (const std::string& tag : row.tags) json.Text(tag);
  json.EndArray();
  json.Key("createdAt").Time(row.start_ns);
  json.Key("updatedAt").Time(row.last_update_ns);
  json.Key("htmlPath").Text("/project/" + project.id + "/traces/" + row.ShownId());
}

namespace {

// Groups of fields that a caller may leave out.
struct FieldGroups {
  bool io = true;
  bool scores = true;
  bool observations = true;
  bool metrics = true;
};

// Unknown names are passed over.
FieldGroups ReadFields(QueryReader& query) {
  const std::optional<std::vector<std::string>> asked = query.List("fields");
  if (!asked) return {};
  const auto has = [&asked](std::string_view name) {
    return std::find(asked->begin(), asked->end(), name) != asked->end();
  };
  return {.io = has("io"),
          .scores = has("scores"),
          .observations = has("observations"),
          .metrics = has("metrics")};
}

void ReadOrder(QueryReader& query, TraceQuery& to) {
  const std::optional<std::string> text = query.Text("orderBy");
  if (!text) return;
  static constexpr std::pair<std::string_view, TraceOrder> kOrders[] = {
      {"timestamp", TraceOrder::kTimestamp}, {"name", TraceOrder::kName},
      {"userId", TraceOrder::kUserId},       {"sessionId", TraceOrder::kSessionId},
      {"release", TraceOrder::kRelease},     {"version", TraceOrder::kVersion},
      {"public", TraceOrder::kPublic},       {"id", TraceOrder::kId},
      {"bookmarked", TraceOrder::kTimestamp}};
  const std::size_t dot = text->find('.');
  const std::string_view field = std::string_view(*text).substr(0, dot);
  const std::string_view direction =
      dot == std::string::npos ? "desc" : std::string_view(*text).substr(dot + 1);
  const auto found = std::find_if(std::begin(kOrders), std::end(kOrders),
                                  [field](const auto& o) { return o.first == field; });
  if (found == std::end(kOrders) || (direction != "asc" && direction != "desc")) {
    return query.Fault("orderBy", "invalid_value", "give a field and a direction, as timestamp.desc");
  }
  to.order = found->second;
  to.ascending = direction == "asc";
}

template <class View>
void WriteTexts(JsonWriter& json, const View& view) {
  json.Key("input").OptionalJsonOrText(view.input);
  json.Key("output").OptionalJsonOrText(view.output);
  json.Key("metadata");
  WriteMetadata(json, view.metadata);
}

// -1 stands for a group that was not asked for.
void WriteMetrics(JsonWriter& json, bool asked, std::int64_t duration_ns, double cost) {
  if (!asked) {
    json.Key("latency").Integer(-1);
    json.Key("totalCost").Integer(-1);
    return;
  }
  json.Key("latency").Decimal(static_cast<double>(duration_ns / 1'000'000) / 1e3);
  json.Key("totalCost").Decimal(cost);
}

// The latest of these traces, kMaxScoresPerTrace in all.
Result<ScorePage> ScoresOf(const ApiCall& call, std::vector<std::string> traces) {
  ScoreQuery query;
  query.project = call.project.key;
  query.trace_ids = std::move(traces);
  query.limit = kMaxScoresPerTrace;
  query.count = false;
  return call.reader.ListScores(query);
}

using ScoreIds = std::map<std::string, std::vector<std::string>>;  // by trace

// False if there may be more of them.
Result<bool> AddScoreIds(const ApiCall& call, std::vector<std::string> traces, ScoreIds& ids) {
  for (const std::string& trace : traces) ids[trace].clear();
  const Result<ScorePage> page = ScoresOf(call, std::move(traces));
  if (!page.ok()) return page.status();
  for (const ScoreRow& score : page->rows) ids[score.trace_id].push_back(score.id);
  return page->rows.size() < kMaxScoresPerTrace;
}

// One question for a whole page; where that has more than an answer holds, one for each trace.
Result<ScoreIds> ScoreIdsOf(const ApiCall& call, const std::vector<TraceRow>& rows) {
  ScoreIds ids;
  std::vector<std::string> traces;
  for (const TraceRow& row : rows) traces.push_back(row.ShownId());
  const Result<bool> are_all = traces.empty() ? Result<bool>(true) : AddScoreIds(call, traces, ids);
  if (!are_all.ok()) return are_all.status();
  if (*are_all) return ids;
  for (const std::string& trace : traces) {
    if (const Result<bool> added = AddScoreIds(call, {trace}, ids); !added.ok()) return added.status();
  }
  return ids;
}

// What cannot be read of a damaged file is left out; the rest of the list is shown.
Result<TraceListItem> LoadItem(const ApiCall& call, const TraceRow& row) {
  Result<TraceListItem> item = LoadListItem(call.reader, call.mapping, row);
  if (item.ok() || item.status().code() != StatusCode::kMalformed) return item;
  return TraceListItem{.row = row, .observation_ids = {}, .metadata = {}, .input = {}, .output = {}};
}

Status WriteListItem(JsonWriter& json, const ApiCall& call, const TraceRow& row, const FieldGroups& fields,
                     const ScoreIds& scores) {
  json.BeginObject();
  WriteTraceCore(json, row, call.project);
  TraceListItem item;
  if (fields.io || fields.observations) {
    Result<TraceListItem> loaded = LoadItem(call, row);
    if (!loaded.ok()) return std::move(loaded).status();
    item = *std::move(loaded);
  }
  if (fields.io) WriteTexts(json, item);
  json.Key("observations").BeginArray();
  if (fields.observations) {
    for (const std::string& id : item.observation_ids) json.Text(id);
  }
  json.EndArray();
  json.Key("scores").BeginArray();
  if (const auto known = scores.find(row.ShownId()); known != scores.end()) {
    for (const std::string& id : known->second) json.Text(id);
  }
  json.EndArray();
  WriteMetrics(json, fields.metrics, std::max<std::int64_t>(row.end_ns - row.start_ns, 0),
               row.cost < 0 ? 0 : static_cast<double>(row.cost) / 1e12);
  json.EndObject();
  return OkStatus();
}

// Of a column that the filter names, the simple parameter does not count.
void Forget(std::string_view column, TraceQuery& wanted) {
  if (column == "name") wanted.name.reset();
  if (column == "userId") wanted.user_id.reset();
  if (column == "sessionId") wanted.session_id.reset();
  if (column == "version") wanted.version.reset();
  if (column == "release") wanted.release.reset();
  if (column == "tags") wanted.tags.clear();
  if (column == "environment") wanted.environments.clear();
  if (column == "timestamp") {
    wanted.from_ns.reset();
    wanted.to_ns.reset();
  }
}

// What the store can bound by itself; the test asks again all the same.
void Narrow(const FilterCondition& condition, TraceQuery& wanted) {
  const std::int64_t ns = condition.time_ns;
  if (condition.column != "timestamp" || condition.kind != FilterKind::kDatetime) return;
  if (condition.op == FilterOperator::kGreater || condition.op == FilterOperator::kGreaterOrEqual)
    wanted.from_ns = std::max(wanted.from_ns.value_or(ns), ns);
  if (condition.op == FilterOperator::kLess) wanted.to_ns = std::min(wanted.to_ns.value_or(ns), ns);
}

// What the store judges by itself; false: the test must.
bool Settle(const FilterCondition& condition, TraceQuery& wanted) {
  static constexpr std::pair<FilterOperator, Comparison> kComparisons[] = {
      {FilterOperator::kLess, Comparison::kLess},
      {FilterOperator::kLessOrEqual, Comparison::kLessOrEqual},
      {FilterOperator::kEqual, Comparison::kEqual},
      {FilterOperator::kGreaterOrEqual, Comparison::kGreaterOrEqual},
      {FilterOperator::kGreater, Comparison::kGreater}};
  if (condition.column != "latency" || condition.kind != FilterKind::kNumber) return false;
  const auto* found = std::find_if(std::begin(kComparisons), std::end(kComparisons),
                                   [&](const auto& pair) { return pair.first == condition.op; });
  if (found == std::end(kComparisons)) return false;
  wanted.latencies.push_back({found->second, condition.number});
  return true;
}

TraceQuery ReadTraceQuery(QueryReader& query, const ApiCall& call) {
  TraceQuery wanted;
  wanted.project = call.project.key;
  wanted.name = query.Text("name");
  wanted.user_id = query.Text("userId");
  wanted.session_id = query.Text("sessionId");
  wanted.version = query.Text("version");
  wanted.release = query.Text("release");
  wanted.tags = query.Texts("tags");
  wanted.environments = query.Texts("environment");
  wanted.from_ns = query.Time("fromTimestamp");
  wanted.to_ns = query.Time("toTimestamp");
  ReadOrder(query, wanted);
  const std::optional<std::string> filter = query.Text("filter");
  if (!filter) return wanted;
  std::vector<FilterCondition> conditions = ParseFilter(*filter, "filter", IsTraceColumn, query.faults());
  for (const FilterCondition& condition : conditions) Forget(condition.column, wanted);
  for (const FilterCondition& condition : conditions) Narrow(condition, wanted);
  std::erase_if(conditions,
                [&wanted](const FilterCondition& condition) { return Settle(condition, wanted); });
  wanted.accept = TestOf(std::move(conditions), call.reader, call.mapping);
  return wanted;
}

HttpResponse ListTraces(const ApiCall& call) {
  QueryReader query(call.request);
  const PageRequest page = ReadPage(query);
  TraceQuery wanted = ReadTraceQuery(query, call);
  const FieldGroups fields = ReadFields(query);
  if (!query.ok()) return query.Refusal();
  wanted.limit = page.limit;
  wanted.offset = page.offset();
  Result<TracePage> found = call.reader.ListTraces(wanted);
  if (!found.ok()) return ErrorResponse(found.status());
  Result<ScoreIds> scores = fields.scores ? ScoreIdsOf(call, found->rows) : ScoreIds();
  if (!scores.ok()) return ErrorResponse(scores.status());
  JsonWriter json;
  json.BeginObject();
  json.Key("data").BeginArray();
  for (const TraceRow& row : found->rows) {
    Status status = WriteListItem(json, call, row, fields, *scores);
    if (!status.ok()) return ErrorResponse(status);
  }
  json.EndArray();
  WritePageMeta(json, page.page, page.limit, found->total);
  json.EndObject();
  return HttpResponse::Json(200, json.Take());
}

// The sum of the observations' own costs.
double CostOf(const TraceView& view) {
  double cost = 0;
  for (const Observation& observation : view.observations) cost += CostOf(observation, "total").value_or(0);
  return cost;
}

HttpResponse GetTrace(const ApiCall& call) {
  QueryReader query(call.request);
  const FieldGroups fields = ReadFields(query);
  const std::string& wanted = call.parts[0];
  Result<std::optional<TraceRow>> found = call.reader.FindTrace(call.project.key, TraceIdFromText(wanted));
  if (!found.ok()) return ErrorResponse(found.status());
  const std::optional<TraceRow>& row = *found;
  if (!row) return NotFoundResponse("Trace " + wanted + " not found within authorized project");
  Result<TraceView> view = LoadTrace(call.reader, call.mapping, *row);
  if (!view.ok()) return ErrorResponse(view.status());
  JsonWriter json;
  json.BeginObject();
  WriteTraceCore(json, view->row, call.project);
  if (fields.io) WriteTexts(json, *view);
  json.Key("observations").BeginArray();
  if (fields.observations) {
    for (const Observation& observation : view->observations)
      WriteObservation(json, observation, view->row, call.project);
  }
  json.EndArray();
  json.Key("scores").BeginArray();
  if (fields.scores) {
    const Result<ScorePage> scores = ScoresOf(call, {row->ShownId()});
    if (!scores.ok()) return ErrorResponse(scores.status());
    for (const ScoreRow& score : scores->rows) json.Value(ShowScore(score));
  }
  json.EndArray();
  WriteMetrics(json, fields.metrics, view->last_ns - view->first_ns, CostOf(*view));
  json.EndObject();
  return HttpResponse::Json(200, json.Take());
}

void DeleteAll(const ApiChange& change, std::vector<std::string> ids, const char* message, Reply reply) {
  auto shared = std::make_shared<Reply>(std::move(reply));  // here for a refusal, in the store for the answer
  const Status taken =
      change.removal.Remove(change.project.key, std::move(ids), [shared, message](const Status& status) {
        (*shared)(status.ok() ? JsonResponse(200, {{"message", message}}) : ErrorResponse(status));
      });
  if (!taken.ok()) (*shared)(ErrorResponse(Status::Unavailable("{}", taken.message())));
}

void DeleteTrace(const ApiChange& change, Reply reply) {
  DeleteAll(change, {change.parts[0]}, "Trace deleted successfully", std::move(reply));
}

void DeleteTraces(const ApiChange& change, Reply reply) {
  Faults faults;
  const Json json = ReadBody(change.request, faults);
  BodyReader body(json, faults);
  std::vector<std::string> ids = body.Texts("traceIds").value_or(std::vector<std::string>());
  if (faults.ok() && (ids.empty() || ids.size() > kMaxDeletedTraces))
    body.Fault("traceIds", "invalid_value",
               "Expected 1 to " + std::to_string(kMaxDeletedTraces) + " trace ids");
  if (!faults.ok()) return reply(faults.Refusal());
  DeleteAll(change, std::move(ids), "Traces deleted successfully", std::move(reply));
}

constexpr Route kRoutes[] = {
    {"GET", "traces", ListTraces},
    {"GET", "traces/{traceId}", GetTrace},
    {"DELETE", "traces", nullptr, Access::kProject, DeleteTraces},
    {"DELETE", "traces/{traceId}", nullptr, Access::kProject, DeleteTrace},
};

}  // namespace

std::span<const Route> TraceRoutes() { return kRoutes; }

}  // namespace repartee::server
