#include "repartee/server/api/aggregate.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "repartee/base/stable_sort.h"
#include "repartee/server/limits.h"
#include "repartee/server/model/time.h"

namespace repartee::server {
namespace {

constexpr char kTimeColumn[] = "time_dimension";
constexpr std::size_t kDefaultRows = 100;

double QuantileOf(Aggregation aggregation) {
  switch (aggregation) {
    case Aggregation::kP50: return 0.5;
    case Aggregation::kP75: return 0.75;
    case Aggregation::kP90: return 0.9;
    case Aggregation::kP95: return 0.95;
    case Aggregation::kP99: return 0.99;
    default: return -1;
  }
}

bool KeepsValues(Aggregation aggregation) {
  return QuantileOf(aggregation) >= 0 || aggregation == Aggregation::kHistogram ||
         aggregation == Aggregation::kUniq;
}

// Between the two nearest values, in proportion.
double Quantile(std::vector<double> values, double quantile) {
  std::sort(values.begin(), values.end());
  const double place = quantile * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, values.size() - 1);
  return values[below] + (place - static_cast<double>(below)) * (values[above] - values[below]);
}

// The same of a sketch and what came beside it: both neighbours are within 1 %, so is what lies between.
double Quantile(Sketch sketch, const std::vector<double>& beside, double quantile) {
  for (const double value : beside) sketch.Add(std::llround(value * kSketchUnits));
  const std::int64_t last = sketch.count() - 1;
  const double place = quantile * static_cast<double>(last);
  const auto below = static_cast<std::int64_t>(place);
  const double low = sketch.AtRank(below);
  const double high = sketch.AtRank(std::min(below + 1, last));
  return (low + (place - static_cast<double>(below)) * (high - low)) / kSketchUnits;
}

// [lower, upper, height] of bins of equal width.
Json Histogram(const std::vector<double>& values, int bins) {
  Json out = Json::array();
  if (values.empty()) return out;
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  const double low = *least;
  const double width = (*most - low) / bins;
  if (width <= 0) {
    out.push_back({low, *most, values.size()});
    return out;
  }
  std::vector<std::size_t> heights(static_cast<std::size_t>(bins), 0);
  for (const double value : values) {
    const auto bin = static_cast<std::size_t>((value - low) / width);
    ++heights[std::min(bin, heights.size() - 1)];
  }
  for (std::size_t i = 0; i < heights.size(); ++i) {
    const double from = low + width * static_cast<double>(i);
    out.push_back({from, from + width, heights[i]});
  }
  return out;
}

// Whole numbers without a point, as counts are.
Json NumberOf(double value) {
  constexpr double kExact = 9e15;
  if (std::trunc(value) == value && std::abs(value) < kExact) return static_cast<std::int64_t>(value);
  return value;
}

std::strong_ordering OrderOf(const Json& a, const Json& b) {
  if (a < b) return std::strong_ordering::less;
  return b < a ? std::strong_ordering::greater : std::strong_ordering::equal;
}

}  // namespace

Result<MetricsTable::Group*> MetricsTable::GroupOf(std::int64_t at_ns, std::vector<Json> dimensions) {
  const std::int64_t bucket = query_.granularity ? BucketOf(*query_.granularity, at_ns) : 0;
  std::string key;
  for (const Json& dimension : dimensions)
    key += dimension.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n';
  if (groups_.size() >= kMaxMetricsGroups && !groups_.contains({bucket, key}))
    return Status::ResourceExhausted("the answer has more than {} groups", kMaxMetricsGroups);
  Group& group = groups_[{bucket, std::move(key)}];
  if (group.metrics.empty()) {
    group.bucket_ns = bucket;
    group.dimensions = std::move(dimensions);
    group.metrics.resize(query_.metrics.size());
  }
  return &group;
}

Status MetricsTable::AddSums(std::int64_t at_ns, std::vector<Json> dimensions,
                             const std::vector<MeasureSum>& sums) {
  const Result<Group*> group = GroupOf(at_ns, std::move(dimensions));
  if (!group.ok()) return group.status();
  for (std::size_t i = 0; i < sums.size(); ++i) {
    Accumulator& metric = (*group)->metrics[i];
    metric.count += sums[i].count;
    metric.sum += sums[i].sum;
    const bool keeps = KeepsValues(query_.metrics[i].aggregation);
    if (keeps && sums[i].values != nullptr) metric.sketch.Merge(*sums[i].values);
  }
  return OkStatus();
}

Status MetricsTable::Add(std::int64_t at_ns, std::vector<Json> dimensions,
                         const std::vector<MeasureValue>& values) {
  const Result<Group*> group = GroupOf(at_ns, std::move(dimensions));
  if (!group.ok()) return group.status();
  for (std::size_t i = 0; i < values.size(); ++i) {
    Accumulator& metric = (*group)->metrics[i];
    const bool keeps = KeepsValues(query_.metrics[i].aggregation);
    if (const auto* text = std::get_if<std::string>(&values[i])) {
      ++metric.count;
      if (keeps) metric.texts.insert(*text);
    }
    const auto* number = std::get_if<double>(&values[i]);
    if (number == nullptr) continue;
    metric.least = metric.count == 0 ? *number : std::min(metric.least, *number);
    metric.most = metric.count == 0 ? *number : std::max(metric.most, *number);
    metric.sum += *number;
    ++metric.count;
    if (keeps) metric.values.push_back(*number);
  }
  return OkStatus();
}

Json MetricsTable::ValueOf(const Accumulator& metric, Aggregation aggregation) const {
  switch (aggregation) {
    case Aggregation::kCount: return metric.count;
    case Aggregation::kSum: return NumberOf(metric.sum);
    case Aggregation::kHistogram: return Histogram(metric.values, query_.bins);
    case Aggregation::kUniq: {
      const std::set<double> different(metric.values.begin(), metric.values.end());
      return metric.texts.size() + different.size();
    }
    default: break;
  }
  if (metric.count == 0) return nullptr;
  switch (aggregation) {
    case Aggregation::kAvg: return NumberOf(metric.sum / static_cast<double>(metric.count));
    case Aggregation::kMax: return NumberOf(metric.most);
    case Aggregation::kMin: return NumberOf(metric.least);
    default: break;
  }
  const double quantile = QuantileOf(aggregation);
  if (metric.sketch.count() > 0) return NumberOf(Quantile(metric.sketch, metric.values, quantile));
  return NumberOf(Quantile(metric.values, quantile));
}

Json MetricsTable::RowOf(const Group& group) const {
  Json row = Json::object();
  if (query_.granularity) row[kTimeColumn] = FormatIsoTime(group.bucket_ns);
  for (std::size_t i = 0; i < query_.dimensions.size(); ++i) row[query_.dimensions[i]] = group.dimensions[i];
  for (std::size_t i = 0; i < query_.metrics.size(); ++i) {
    row[query_.metrics[i].Name()] = ValueOf(group.metrics[i], query_.metrics[i].aggregation);
  }
  return row;
}

void MetricsTable::FillGaps(std::vector<Json>& rows) const {
  std::set<std::string> known;
  for (const Json& row : rows) known.insert(row[kTimeColumn].get<std::string>());
  for (std::int64_t at = BucketOf(*query_.granularity, query_.from_ns); at < query_.to_ns;
       at = NextBucket(*query_.granularity, at)) {
    const std::string time = FormatIsoTime(at);
    if (known.contains(time)) continue;
    Json row = Json::object();
    row[kTimeColumn] = time;
    for (const std::string& dimension : query_.dimensions) row[dimension] = nullptr;
    for (const MetricsMeasure& metric : query_.metrics) {
      row[metric.Name()] = metric.aggregation == Aggregation::kHistogram ? Json::array() : Json(0);
    }
    rows.push_back(std::move(row));
  }
}

void MetricsTable::Sort(std::vector<Json>& rows) const {
  std::vector<MetricsOrder> order = query_.order;
  if (order.empty() && query_.granularity) order.push_back({kTimeColumn, false});
  if (order.empty()) order.push_back({query_.metrics.front().Name(), true});
  StableSort(rows, [&order](const Json& a, const Json& b) {
    for (const MetricsOrder& by : order) {
      const std::strong_ordering compared = OrderOf(a[by.field], b[by.field]);
      if (compared != 0) return by.descending ? compared > 0 : compared < 0;
    }
    return false;
  });
}

Json MetricsTable::Finish() const {
  std::vector<Json> rows;
  rows.reserve(groups_.size());
  for (const auto& [key, group] : groups_) rows.push_back(RowOf(group));
  if (query_.granularity && query_.order.empty()) FillGaps(rows);
  Sort(rows);
  // A time series is cut only where that was asked for.
  const std::size_t most = query_.row_limit.value_or(query_.granularity ? rows.size() : kDefaultRows);
  if (rows.size() > most) rows.resize(most);
  return Json(std::move(rows));
}

}  // namespace repartee::server
