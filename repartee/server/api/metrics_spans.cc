#include "repartee/server/api/metrics_spans.h"

#include "repartee/base/clock.h"
#include "repartee/server/api/columns.h"
#include "repartee/server/api/metrics_rollup.h"
#include "repartee/server/api/metrics_row.h"

namespace repartee::server {
namespace {

constexpr double kMillis = 1e3;

constexpr MeasureSource kSources[] = {
    {"latency", "latency", kMillis},   {"timeToFirstToken", "timeToFirstToken", kMillis},
    {"inputTokens", "inputTokens", 1}, {"outputTokens", "outputTokens", 1},
    {"totalTokens", "totalTokens", 1}, {"outputTokensPerSecond", "tokensPerSecond", 1},
    {"inputCost", "inputCost", 1},     {"outputCost", "outputCost", 1},
    {"totalCost", "totalCost", 1},     {"traceId", "traceId", 1},
    {"uniqueUserIds", "userId", 1},    {"uniqueSessionIds", "sessionId", 1},
};

// A kind of usage or cost, with how much of it, or a tool: a span counts once for each.
struct Part {
  std::string name;
  double value = 0;
};

class ObservationRow {
 public:
  // All are borrowed.
  ObservationRow(const MetricsQuery& query, const ApiCall& call, const TraceRow& trace, const SpanRow& span,
                 TraceScores& scores)
      : query_(query), span_(span), columns_(call.reader, call.mapping, trace, span, scores) {}

  Status AddTo(MetricsTable& table) {
    const std::string_view dimension = PartDimensionOf(query_);
    if (dimension.empty()) return AddOne(table, {});
    const Result<std::vector<Part>> parts = PartsBy(dimension);
    if (!parts.ok()) return parts.status();
    for (const Part& part : *parts) {
      if (Status status = AddOne(table, part); !status.ok()) return status;
    }
    return OkStatus();
  }

 private:
  Result<std::vector<Part>> PartsBy(std::string_view dimension) {
    std::vector<Part> parts;
    if (dimension == "usageType" || dimension == "costType") {
      const Result<const Observation*> full = columns_.Full();
      if (!full.ok()) return full.status();
      if (dimension == "costType") {
        for (const auto& [name, cost] : (*full)->cost) parts.push_back({name, cost});
      } else {
        for (const auto& [name, count] : (*full)->usage) parts.push_back({name, static_cast<double>(count)});
      }
      return parts;
    }
    const Result<const ToolNames*> tools = columns_.Tools();
    if (!tools.ok()) return tools.status();
    for (const std::string& name : dimension == "toolNames" ? (*tools)->offered : (*tools)->called)
      parts.push_back({name, 0});
    return parts;
  }

  Status AddOne(MetricsTable& table, const Part& part) {
    std::vector<Json> dimensions;
    for (const std::string& dimension : query_.dimensions) {
      if (dimension == "startTimeMonth") {
        dimensions.push_back(MonthOf(span_.facts.start_ns));
      } else if (IsPartDimension(dimension)) {
        dimensions.emplace_back(part.name);
      } else {
        const Result<FieldValue> value = columns_.Get(dimension, "");
        if (!value.ok()) return value.status();
        dimensions.push_back(DimensionOf(*value));
      }
    }
    const Result<std::vector<MeasureValue>> values = MeasuresOf(
        query_, columns_, kSources, [&](std::string_view measure) { return Other(measure, part); });
    if (!values.ok()) return values.status();
    return table.Add(span_.facts.start_ns, std::move(dimensions), *values);
  }

  // Measures that no single column holds.
  Result<MeasureValue> Other(std::string_view measure, const Part& part) {
    if (measure == "count") return MeasureValue(1.0);
    if (measure == "costByType" || measure == "usageByType") return MeasureValue(part.value);
    if (measure == "countScores") return CountScores();
    if (measure == "toolDefinitions" || measure == "toolCalls") return CountTools(measure);
    return measure == "tokensPerSecond" ? TokensPerSecond() : StreamingLatency();
  }

  Result<MeasureValue> CountScores() {
    const Result<std::vector<const ScoreRow*>> scores = columns_.Scores();
    if (!scores.ok()) return scores.status();
    return MeasureValue(static_cast<double>(scores->size()));
  }

  // Who has none does not count: a mean is over those that have tools.
  Result<MeasureValue> CountTools(std::string_view measure) {
    const Result<const ToolNames*> tools = columns_.Tools();
    if (!tools.ok()) return tools.status();
    const std::size_t count = measure == "toolCalls" ? (*tools)->called.size() : (*tools)->offered.size();
    return count == 0 ? MeasureValue() : MeasureValue(static_cast<double>(count));
  }

  Result<MeasureValue> TokensPerSecond() const {
    const SpanFacts& facts = span_.facts;
    const double seconds = static_cast<double>(facts.end_ns - facts.start_ns) / 1e9;
    if (facts.total_tokens < 0 || seconds <= 0) return MeasureValue();
    return MeasureValue(static_cast<double>(facts.total_tokens) / seconds);
  }

  // From the first token to the end.
  Result<MeasureValue> StreamingLatency() {
    const Result<const Observation*> full = columns_.Full();
    if (!full.ok()) return full.status();
    if (!(*full)->completion_start_ns) return MeasureValue();
    return MeasureValue(static_cast<double>(span_.facts.end_ns - *(*full)->completion_start_ns) / 1e6);
  }

  const MetricsQuery& query_;
  const SpanRow& span_;
  ObservationColumns columns_;
};

Status AddSpans(const MetricsQuery& query, const ApiCall& call, std::int64_t from_ns, std::int64_t to_ns,
                MetricsTable& table) {
  if (from_ns >= to_ns) return OkStatus();
  TraceScores scores(call.reader);
  SpanQuery wanted;
  wanted.project = call.project.key;
  wanted.from_ns = from_ns;
  wanted.to_ns = to_ns;
  wanted.limit = 1;
  wanted.accept = Adding(SpanTestOf(query.filters, call.reader, call.mapping),
                         [&](const TraceRow& trace, const SpanRow& span) {
                           return ObservationRow(query, call, trace, span, scores).AddTo(table);
                         });
  return call.reader.ListSpans(wanted).status();
}

}  // namespace

Status AddObservations(const MetricsQuery& query, const ApiCall& call, MetricsTable& table) {
  const std::int64_t now_ns = Clock::System().WallNow().count();
  const std::vector<RollupRange> ranges = RolledPart(query, call.mapping, now_ns);
  const Result<bool> added = ranges.empty() ? Result<bool>(false) : AddRollups(query, call, ranges, table);
  if (!added.ok()) return added.status();
  // The ends of the range, or all of it, span by span.
  if (!*added) return AddSpans(query, call, query.from_ns, query.to_ns, table);
  Status status = AddSpans(query, call, query.from_ns, ranges.front().from_ns, table);
  return status.ok() ? AddSpans(query, call, ranges.back().to_ns, query.to_ns, table) : status;
}

}  // namespace repartee::server
