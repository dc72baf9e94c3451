// Metrics over spans, traces and scores, both generations of the query language. What roll-ups
// do not answer is looked at row by row: kMaxSpansScanned and kMaxScanTime bound a query, 422
// beyond.
#include <algorithm>

#include "repartee/base/clock.h"
#include "repartee/server/api/aggregate.h"
#include "repartee/server/api/columns.h"
#include "repartee/server/api/metrics_query.h"
#include "repartee/server/api/metrics_rollup.h"
#include "repartee/server/api/observation_json.h"
#include "repartee/server/api/route.h"
#include "repartee/server/api/score_view.h"
#include "repartee/server/model/time.h"

namespace repartee::server {
namespace {

constexpr double kMillis = 1e3;

// Where a measure's value comes from: a column, in its unit times `scale`.
struct MeasureSource {
  std::string_view measure;
  std::string_view column;
  double scale;
};

constexpr MeasureSource kObservationSources[] = {
    {"latency", "latency", kMillis},   {"timeToFirstToken", "timeToFirstToken", kMillis},
    {"inputTokens", "inputTokens", 1}, {"outputTokens", "outputTokens", 1},
    {"totalTokens", "totalTokens", 1}, {"outputTokensPerSecond", "tokensPerSecond", 1},
    {"inputCost", "inputCost", 1},     {"outputCost", "outputCost", 1},
    {"totalCost", "totalCost", 1},     {"traceId", "traceId", 1},
    {"uniqueUserIds", "userId", 1},    {"uniqueSessionIds", "sessionId", 1},
};

constexpr MeasureSource kTraceSources[] = {
    {"latency", "latency", kMillis}, {"totalTokens", "totalTokens", 1},    {"totalCost", "totalCost", 1},
    {"uniqueUserIds", "userId", 1},  {"uniqueSessionIds", "sessionId", 1},
};

Json ToJson(const FieldValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return text->empty() ? Json() : Json(*text);
  if (const auto* number = std::get_if<double>(&value)) return *number;
  if (const auto* flag = std::get_if<bool>(&value)) return *flag;
  if (const auto* texts = std::get_if<std::vector<std::string>>(&value)) return *texts;
  return nullptr;
}

MeasureValue ToMeasure(const FieldValue& value, double scale) {
  if (const auto* number = std::get_if<double>(&value)) return *number * scale;
  const auto* text = std::get_if<std::string>(&value);
  if (text != nullptr && !text->empty()) return *text;
  return std::monostate();
}

Json MonthOf(std::int64_t ns) { return FormatIsoTime(ns).substr(0, 7); }

// Asks `columns` for each of the query's measures that a column holds; `other` answers the rest.
template <class Columns, class Sources, class Other>
Result<std::vector<MeasureValue>> Measure(const MetricsQuery& query, Columns& columns, const Sources& sources,
                                          Other other) {
  std::vector<MeasureValue> values;
  values.reserve(query.metrics.size());
  for (const MetricsMeasure& metric : query.metrics) {
    const auto* source = std::find_if(std::begin(sources), std::end(sources),
                                      [&](const MeasureSource& s) { return s.measure == metric.measure; });
    if (source == std::end(sources)) {
      Result<MeasureValue> value = other(metric.measure);
      if (!value.ok()) return std::move(value).status();
      values.push_back(*std::move(value));
      continue;
    }
    const Result<FieldValue> value = columns.Get(source->column, "");
    if (!value.ok()) return value.status();
    values.push_back(ToMeasure(*value, source->scale));
  }
  return values;
}

// ---- observations ----

// Usage or cost of one span by its kinds, one row each.
using Kinds = std::vector<std::pair<std::string, double>>;

class ObservationRow {
 public:
  ObservationRow(const MetricsQuery& query, const ApiCall& call, const TraceRow& trace, const SpanRow& span)
      : query_(query), span_(span), columns_(call.reader, call.mapping, trace, span) {}

  Status AddTo(MetricsTable& table) {
    const std::string_view kind = KindDimension();
    if (kind.empty()) return AddOne(table, "", 0);
    const Result<const Observation*> full = columns_.Full();
    if (!full.ok()) return full.status();
    Kinds kinds;
    if (kind == "usageType") {
      for (const auto& [name, count] : (*full)->usage) kinds.emplace_back(name, static_cast<double>(count));
    } else {
      for (const auto& [name, cost] : (*full)->cost) kinds.emplace_back(name, cost);
    }
    for (const auto& [name, value] : kinds) {
      if (Status status = AddOne(table, name, value); !status.ok()) return status;
    }
    return OkStatus();
  }

 private:
  std::string_view KindDimension() const {
    for (const std::string& dimension : query_.dimensions) {
      if (dimension == "usageType" || dimension == "costType") return dimension;
    }
    return {};
  }

  Status AddOne(MetricsTable& table, const std::string& kind, double of_kind) {
    std::vector<Json> dimensions;
    for (const std::string& dimension : query_.dimensions) {
      if (dimension == "startTimeMonth") {
        dimensions.push_back(MonthOf(span_.facts.start_ns));
      } else if (dimension == "usageType" || dimension == "costType") {
        dimensions.emplace_back(kind);
      } else {
        const Result<FieldValue> value = columns_.Get(dimension, "");
        if (!value.ok()) return value.status();
        dimensions.push_back(ToJson(*value));
      }
    }
    const Result<std::vector<MeasureValue>> values =
        Measure(query_, columns_, kObservationSources,
                [&](std::string_view measure) { return Other(measure, of_kind); });
    if (!values.ok()) return values.status();
    return table.Add(span_.facts.start_ns, std::move(dimensions), *values);
  }

  // Measures that no single column holds.
  Result<MeasureValue> Other(std::string_view measure, double of_kind) {
    if (measure == "count") return MeasureValue(1.0);
    if (measure == "costByType" || measure == "usageByType") return MeasureValue(of_kind);
    const SpanFacts& facts = span_.facts;
    if (measure == "tokensPerSecond") {
      const double seconds = static_cast<double>(facts.end_ns - facts.start_ns) / 1e9;
      if (facts.total_tokens < 0 || seconds <= 0) return MeasureValue();
      return MeasureValue(static_cast<double>(facts.total_tokens) / seconds);
    }
    // streamingLatency: from the first token to the end.
    const Result<const Observation*> full = columns_.Full();
    if (!full.ok()) return full.status();
    if (!(*full)->completion_start_ns) return MeasureValue();
    return MeasureValue(static_cast<double>(facts.end_ns - *(*full)->completion_start_ns) / 1e6);
  }

  const MetricsQuery& query_;
  const SpanRow& span_;
  ObservationColumns columns_;
};

// A list's test that adds each row that the filter takes, and keeps none.
template <class Test, class Add>
auto Adding(Test fits, Add add) {
  return [fits = std::move(fits), add = std::move(add)](const auto&... row) -> Result<bool> {
    if (fits) {
      const Result<bool> accepted = fits(row...);
      if (!accepted.ok() || !*accepted) return accepted;
    }
    if (Status status = add(row...); !status.ok()) return status;
    return false;
  };
}

Status AddSpans(const MetricsQuery& query, const ApiCall& call, std::int64_t from_ns, std::int64_t to_ns,
                MetricsTable& table) {
  if (from_ns >= to_ns) return OkStatus();
  SpanQuery wanted;
  wanted.project = call.project.key;
  wanted.from_ns = from_ns;
  wanted.to_ns = to_ns;
  wanted.limit = 1;
  wanted.accept = Adding(SpanTestOf(query.filters, call.reader, call.mapping),
                         [&](const TraceRow& trace, const SpanRow& span) {
                           return ObservationRow(query, call, trace, span).AddTo(table);
                         });
  return call.reader.ListSpans(wanted).status();
}

// From roll-ups, where they answer it; the ends of the range, or all of it, span by span.
Status AddObservations(const MetricsQuery& query, const ApiCall& call, MetricsTable& table) {
  const std::int64_t now_ns = Clock::System().WallNow().count();
  const std::vector<RollupRange> ranges = RolledPart(query, call.mapping, now_ns);
  const Result<bool> added = ranges.empty() ? Result<bool>(false) : AddRollups(query, call, ranges, table);
  if (!added.ok()) return added.status();
  if (!*added) return AddSpans(query, call, query.from_ns, query.to_ns, table);
  Status status = AddSpans(query, call, query.from_ns, ranges.front().from_ns, table);
  return status.ok() ? AddSpans(query, call, ranges.back().to_ns, query.to_ns, table) : status;
}

// ---- traces ----

Status AddTrace(const MetricsQuery& query, const ApiCall& call, const TraceRow& trace, MetricsTable& table) {
  TraceColumns columns(call.reader, call.mapping, trace);
  std::vector<Json> dimensions;
  for (const std::string& dimension : query.dimensions) {
    if (dimension == "timestampMonth") {
      dimensions.push_back(MonthOf(trace.start_ns));
      continue;
    }
    const Result<FieldValue> value = columns.Get(dimension, "");
    if (!value.ok()) return value.status();
    dimensions.push_back(ToJson(*value));
  }
  const auto other = [&trace](std::string_view measure) -> Result<MeasureValue> {
    return MeasureValue(measure == "observationsCount" ? static_cast<double>(trace.spans) : 1.0);
  };
  const Result<std::vector<MeasureValue>> values = Measure(query, columns, kTraceSources, other);
  if (!values.ok()) return values.status();
  return table.Add(trace.start_ns, std::move(dimensions), *values);
}

Status AddTraces(const MetricsQuery& query, const ApiCall& call, MetricsTable& table) {
  TraceQuery wanted;
  wanted.project = call.project.key;
  wanted.from_ns = query.from_ns;
  wanted.to_ns = query.to_ns;
  wanted.limit = 1;
  wanted.accept = Adding(TestOf(query.filters, call.reader, call.mapping),
                         [&](const TraceRow& trace) { return AddTrace(query, call, trace, table); });
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
  return ToJson(*value);
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
    {"GET", "v2/metrics", MetricsV2},
};

}  // namespace

std::span<const Route> MetricsRoutes() { return kRoutes; }

}  // namespace repartee::server
