#include "repartee/server/api/metrics_rollup.h"

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>
#include <utility>

#include "repartee/server/limits.h"

namespace repartee::server {
namespace {

// Some answers are only in the spans: where several of them share a name.
enum class Answer : std::uint8_t {
  kNo,
  kYes,
  kUnknown
};

// What a series tells of its spans, by the columns and dimensions that ask for it.
struct SeriesColumn {
  std::string_view name;
  std::string (*of)(const Series&);
  bool (*is_known)(const Series&);
};

constexpr SeriesColumn kColumns[] = {
    {"type", [](const Series& s) { return std::string(TypeName(s.type)); },
     [](const Series&) { return true; }},
    {"name", [](const Series& s) { return s.name; },
     [](const Series& s) { return !IsSharedName(s) && !IsOther(s); }},
    {"environment", [](const Series& s) { return s.environment.empty() ? "default" : s.environment; },
     [](const Series& s) { return !IsOther(s); }},
    {"model", [](const Series& s) { return s.model; },
     [](const Series& s) { return s.model.size() < kMaxSeriesName && !IsOther(s); }},
    {"providedModelName", [](const Series& s) { return s.model; },
     [](const Series& s) { return s.model.size() < kMaxSeriesName && !IsOther(s); }},
};

const SeriesColumn* FindColumn(std::string_view name) {
  const auto* found = std::find_if(std::begin(kColumns), std::end(kColumns),
                                   [name](const SeriesColumn& c) { return c.name == name; });
  return found == std::end(kColumns) ? nullptr : found;
}

bool IsSumOrQuantile(Aggregation aggregation) {
  switch (aggregation) {
    case Aggregation::kMax:
    case Aggregation::kMin:
    case Aggregation::kHistogram:
    case Aggregation::kUniq: return false;
    default: return true;
  }
}

bool IsRolled(const MetricsMeasure& metric, const MappingOptions& mapping) {
  const Aggregation aggregation = metric.aggregation;
  const bool is_sum = aggregation == Aggregation::kSum;
  const bool is_count = aggregation == Aggregation::kCount;
  if (metric.measure == "latency") return IsSumOrQuantile(aggregation);
  // Without voice additions a time to first byte is none of a first token.
  if (metric.measure == "timeToFirstToken") return mapping.voice_additions && IsSumOrQuantile(aggregation);
  if (metric.measure == "count") return is_sum || is_count;
  if (metric.measure == "totalCost") return is_sum || is_count || aggregation == Aggregation::kAvg;
  // Who had no tokens is not told from who had none counted.
  return is_sum && (metric.measure == "inputTokens" || metric.measure == "outputTokens" ||
                    metric.measure == "totalTokens");
}

// A name that was looked for may be among those that share the series'.
Answer MaySharedNameFit(const FilterCondition& condition, const Series& series) {
  const auto may_be = [&series](const std::string& name) {
    return SeriesName(series.stage, name) == series.name;
  };
  if (series.name.empty()) return Answer::kUnknown;
  if (condition.op == FilterOperator::kEqual) return may_be(condition.text) ? Answer::kUnknown : Answer::kNo;
  if (condition.op != FilterOperator::kAnyOf) return Answer::kUnknown;
  const bool any = std::any_of(condition.options.begin(), condition.options.end(), may_be);
  return any ? Answer::kUnknown : Answer::kNo;
}

Answer Fits(const FilterCondition& condition, const Series& series) {
  const SeriesColumn* const column = FindColumn(condition.column);
  if (column->is_known(series)) {
    return Satisfies(condition, column->of(series)) ? Answer::kYes : Answer::kNo;
  }
  const bool is_shared = column->name == "name" && !IsOther(series);
  return is_shared ? MaySharedNameFit(condition, series) : Answer::kUnknown;
}

Answer Fits(const MetricsQuery& query, const Series& series) {
  Answer answer = Answer::kYes;
  for (const FilterCondition& condition : query.filters) {
    const Answer one = Fits(condition, series);
    if (one == Answer::kNo) return Answer::kNo;
    if (one == Answer::kUnknown) answer = one;
  }
  return answer;
}

// Nothing if the series does not tell them.
std::optional<std::vector<Json>> DimensionsOf(const MetricsQuery& query, const Series& series) {
  std::vector<Json> dimensions;
  for (const std::string& dimension : query.dimensions) {
    const SeriesColumn* const column = FindColumn(dimension);
    if (!column->is_known(series)) return std::nullopt;
    const std::string text = column->of(series);
    dimensions.push_back(text.empty() ? Json() : Json(text));
  }
  return dimensions;
}

// A turn's wait is for its reply, and an stt span has bytes but no token.
bool HasFirstToken(const Series& series) {
  return series.stage != Stage::kTurn && series.stage != Stage::kStt;
}

MeasureSum SumOf(const MetricsMeasure& metric, const Series& series, const Rollup& rollup) {
  const auto sum = [](std::int64_t count, std::int64_t total, double unit) {
    return MeasureSum{static_cast<std::size_t>(std::max<std::int64_t>(count, 0)),
                      static_cast<double>(total) / unit};
  };
  const auto times = [](const Sketch& sketch) {
    return MeasureSum{static_cast<std::size_t>(std::max<std::int64_t>(sketch.count(), 0)),
                      static_cast<double>(sketch.sum()) / kSketchUnits, &sketch};
  };
  if (metric.measure == "latency") return times(rollup.duration);
  if (metric.measure == "timeToFirstToken") return HasFirstToken(series) ? times(rollup.wait) : MeasureSum{};
  if (metric.measure == "totalCost") return sum(rollup.priced, rollup.cost, 1e12);
  if (metric.measure == "inputTokens") return sum(rollup.count, rollup.input_tokens, 1);
  if (metric.measure == "outputTokens") return sum(rollup.count, rollup.output_tokens, 1);
  if (metric.measure == "totalTokens") return sum(rollup.count, rollup.total_tokens, 1);
  return sum(rollup.count, rollup.count, 1);
}

// Rows of one series and start, which may come in several pieces; some of them take away.
struct Piece {
  Series series;
  std::vector<Json> dimensions;
  Rollup sum;
};

// Reads the rows and keeps those that the query asks for.
class RollupCollector {
 public:
  explicit RollupCollector(const MetricsQuery& query) : query_(query) {}

  void Add(const Series& series, std::int64_t start_ns, const Rollup& rollup) {
    spans_ += rollup.count;
    const Answer fits = Fits(query_, series);
    if (fits == Answer::kUnknown) is_told_ = false;
    if (fits != Answer::kYes || !is_told_) return;
    std::optional<std::vector<Json>> dimensions = DimensionsOf(query_, series);
    if (!dimensions) {
      is_told_ = false;
      return;
    }
    const std::int64_t bucket = query_.granularity ? BucketOf(*query_.granularity, start_ns) : 0;
    Piece& piece = pieces_[{bucket, HasFirstToken(series), *dimensions}];
    if (piece.dimensions.empty()) {
      piece.series = series;
      piece.dimensions = *std::move(dimensions);
    }
    piece.sum.Merge(rollup);
  }

  bool is_told() const { return is_told_; }
  std::int64_t spans() const { return spans_; }

  Status AddTo(MetricsTable& table) && {
    for (auto& [key, piece] : pieces_) {
      if (piece.sum.count <= 0) continue;
      std::vector<MeasureSum> sums;
      for (const MetricsMeasure& metric : query_.metrics)
        sums.push_back(SumOf(metric, piece.series, piece.sum));
      Status status = table.AddSums(std::get<0>(key), std::move(piece.dimensions), sums);
      if (!status.ok()) return status;
    }
    return OkStatus();
  }

 private:
  const MetricsQuery& query_;
  bool is_told_ = true;
  std::int64_t spans_ = 0;
  // By bucket, whether the wait is for a first token, and dimensions.
  std::map<std::tuple<std::int64_t, bool, std::vector<Json>>, Piece> pieces_;
};

Resolution LongestFor(std::optional<Granularity> granularity) {
  if (granularity == Granularity::kMinute) return Resolution::kMinute;
  return granularity == Granularity::kHour ? Resolution::kHour : Resolution::kDay;
}

}  // namespace

std::vector<RollupRange> RolledPart(const MetricsQuery& query, const MappingOptions& mapping,
                                    std::int64_t now_ns) {
  const bool is_rolled =
      query.view == MetricsView::kObservations &&
      std::all_of(query.dimensions.begin(), query.dimensions.end(),
                  [](const std::string& dimension) { return FindColumn(dimension) != nullptr; }) &&
      std::all_of(query.filters.begin(), query.filters.end(),
                  [](const FilterCondition& condition) { return FindColumn(condition.column) != nullptr; }) &&
      std::all_of(query.metrics.begin(), query.metrics.end(),
                  [&mapping](const MetricsMeasure& metric) { return IsRolled(metric, mapping); });
  if (!is_rolled) return {};
  return CoverWithin(query.from_ns, query.to_ns, now_ns, LongestFor(query.granularity));
}

Result<bool> AddRollups(const MetricsQuery& query, const ApiCall& call, std::vector<RollupRange> ranges,
                        MetricsTable& table) {
  RollupCollector collector(query);
  const RollupQuery wanted{
      .project = call.project.key, .environments = {}, .ranges = std::move(ranges), .exact = true};
  Status status = call.reader.ReadRollups(
      wanted, [&collector](const Series& series, std::int64_t start_ns, const Rollup& rollup) {
        collector.Add(series, start_ns, rollup);
      });
  if (status.code() == StatusCode::kFailedPrecondition) return false;
  if (!status.ok()) return status;
  if (!collector.is_told() || collector.spans() <= kMaxSpansCountedExactly) return false;
  status = std::move(collector).AddTo(table);
  if (!status.ok()) return status;
  return true;
}

}  // namespace repartee::server
