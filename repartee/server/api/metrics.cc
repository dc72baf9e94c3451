// Metrics over spans, traces and scores, both generations of the query language. What is looked at
// row by row has a limit: 422 beyond.
#include "repartee/server/api/aggregate.h"
#include "repartee/server/api/columns.h"
#include "repartee/server/api/metrics_daily.h"
#include "repartee/server/api/metrics_query.h"
#include "repartee/server/api/metrics_row.h"
#include "repartee/server/api/metrics_spans.h"
#include "repartee/server/api/route.h"
#include "repartee/server/api/score_view.h"
#include "repartee/server/model/time.h"

namespace repartee::server {
namespace {

constexpr double kMillis = 1e3;

constexpr MeasureSource kTraceSources[] = {
    {"latency", "latency", kMillis}, {"totalTokens", "totalTokens", 1},    {"totalCost", "totalCost", 1},
    {"uniqueUserIds", "userId", 1},  {"uniqueSessionIds", "sessionId", 1},
};

// ---- traces ----

// Measures that no column holds.
Result<MeasureValue> OtherOfTrace(std::string_view measure, const TraceRow& trace, TraceScores& scores) {
  if (measure == "observationsCount") return MeasureValue(static_cast<double>(trace.spans));
  if (measure != "scoresCount") return MeasureValue(1.0);
  const Result<std::vector<const ScoreRow*>> found = scores.Of(trace);
  if (!found.ok()) return found.status();
  return MeasureValue(static_cast<double>(found->size()));
}

Status AddTrace(const MetricsQuery& query, const ApiCall& call, const TraceRow& trace, TraceScores& scores,
                MetricsTable& table) {
  TraceColumns columns(call.reader, call.mapping, trace, scores);
  std::vector<Json> dimensions;
  for (const std::string& dimension : query.dimensions) {
    if (dimension == "timestampMonth") {
      dimensions.push_back(MonthOf(trace.start_ns));
      continue;
    }
    const Result<FieldValue> value = columns.Get(dimension, "");
    if (!value.ok()) return value.status();
    dimensions.push_back(DimensionOf(*value));
  }
  const auto other = [&](std::string_view measure) { return OtherOfTrace(measure, trace, scores); };
  const Result<std::vector<MeasureValue>> values = MeasuresOf(query, columns, kTraceSources, other);
  if (!values.ok()) return values.status();
  return table.Add(trace.start_ns, std::move(dimensions), *values);
}

Status AddTraces(const MetricsQuery& query, const ApiCall& call, MetricsTable& table) {
  TraceScores scores(call.reader);
  TraceQuery wanted;
  wanted.project = call.project.key;
  wanted.from_ns = query.from_ns;
  wanted.to_ns = query.to_ns;
  wanted.limit = 1;
  wanted.accept = Adding(TestOf(query.filters, call.reader, call.mapping),
                         [&](const TraceRow& trace) { return AddTrace(query, call, trace, scores, table); });
  return call.reader.ListTraces(wanted).status();
}

// ---- scores ----

ScoreType TypeOf(MetricsView view) {
  if (view == MetricsView::kScoresBoolean) return ScoreType::kBoolean;
  return view == MetricsView::kScoresCategorical ? ScoreType::kCategorical : ScoreType::kNumeric;
}

Result<Json> ScoreDimension(const ScoreRow& score, const std::string& dimension, ScoreTraces& traces) {
  if (dimension == "timestampMonth") return MonthOf(score.time_ns);
  if (dimension == "timestampDay") return Json(FormatIsoTime(score.time_ns).substr(0, 10));
  const Result<FieldValue> value = ScoreField(score, dimension, traces);
  if (!value.ok()) return value.status();
  return DimensionOf(*value);
}

Status AddScore(const MetricsQuery& query, const ScoreRow& score, ScoreTraces& traces, MetricsTable& table) {
  for (const FilterCondition& condition : query.filters) {
    const Result<FieldValue> value = ScoreField(score, condition.column, traces);
    if (!value.ok()) return value.status();
    if (!Satisfies(condition, *value)) return OkStatus();
  }
  std::vector<Json> dimensions;
  for (const std::string& dimension : query.dimensions) {
    Result<Json> value = ScoreDimension(score, dimension, traces);
    if (!value.ok()) return std::move(value).status();
    dimensions.push_back(*std::move(value));
  }
  std::vector<MeasureValue> values;
  for (const MetricsMeasure& metric : query.metrics)
    values.emplace_back(metric.measure == "value" ? score.value : 1.0);
  return table.Add(score.time_ns, std::move(dimensions), values);
}

Status AddScores(const MetricsQuery& query, const ApiCall& call, MetricsTable& table) {
  ScoreQuery wanted;
  wanted.project = call.project.key;
  wanted.types = {TypeOf(query.view)};
  wanted.from_ns = query.from_ns;
  wanted.to_ns = query.to_ns;
  ScoreTraces traces(call);
  return ForEachScore(call.reader, wanted,
                      [&](const ScoreRow& score) { return AddScore(query, score, traces, table); });
}

Status AddRows(const MetricsQuery& query, const ApiCall& call, MetricsTable& table) {
  if (query.view == MetricsView::kObservations) return AddObservations(query, call, table);
  if (query.view == MetricsView::kTraces) return AddTraces(query, call, table);
  return AddScores(query, call, table);
}

HttpResponse Metrics(const ApiCall& call, MetricsApi api) {
  Faults faults;
  const std::optional<MetricsQuery> query =
      ParseMetricsQuery(call.request.QueryParameter("query"), api, faults);
  if (!query) return faults.Refusal();
  MetricsTable table(*query);
  const Status status = AddRows(*query, call, table);
  if (!status.ok()) return ErrorResponse(status);
  return JsonResponse(200, {{"data", table.Finish()}});
}

HttpResponse MetricsV1(const ApiCall& call) { return Metrics(call, MetricsApi::kV1); }
HttpResponse MetricsV2(const ApiCall& call) { return Metrics(call, MetricsApi::kV2); }

constexpr Route kRoutes[] = {
    {"GET", "metrics", MetricsV1},
    {"GET", "metrics/daily", ListDailyMetrics},
    {"GET", "v2/metrics", MetricsV2},
};

}  // namespace

std::span<const Route> MetricsRoutes() { return kRoutes; }

}  // namespace repartee::server
