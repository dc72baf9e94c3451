// The metrics query language: a view, dimensions, metrics, filters, a time axis, an
// order and limits, as JSON. This file reads and checks it; aggregate.h computes.
//
// Limits: kMaxMetricsDimensions, kMaxMetricsMeasures, kMaxMetricsBuckets. Thread: values.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "repartee/server/api/filter.h"

namespace repartee::server {

enum class MetricsView : std::uint8_t {
  kObservations,
  kTraces,
  kScoresNumeric,
  kScoresBoolean,
  kScoresCategorical,
};

enum class Aggregation : std::uint8_t {
  kSum,
  kAvg,
  kCount,
  kMax,
  kMin,
  kP50,
  kP75,
  kP90,
  kP95,
  kP99,
  kHistogram,
  kUniq,
};
std::string_view AggregationName(Aggregation aggregation);

enum class Granularity : std::uint8_t {
  kMinute,
  kHour,
  kDay,
  kWeek,
  kMonth,
};

// Start of the bucket that a moment falls in; UTC, weeks begin on Monday.
std::int64_t BucketOf(Granularity granularity, std::int64_t ns);
// Start of the one after.
std::int64_t NextBucket(Granularity granularity, std::int64_t bucket_ns);

struct MetricsMeasure {
  std::string measure;
  Aggregation aggregation = Aggregation::kCount;
  // "p95_latency": the column of the answer.
  std::string Name() const { return std::string(AggregationName(aggregation)) + "_" + measure; }
};

struct MetricsOrder {
  std::string field;  // a dimension, "time_dimension" or a metric's name
  bool descending = false;
};

struct MetricsQuery {
  MetricsView view = MetricsView::kObservations;
  std::vector<std::string> dimensions;
  std::vector<MetricsMeasure> metrics;
  std::vector<FilterCondition> filters;
  std::optional<Granularity> granularity;
  std::int64_t from_ns = 0;
  std::int64_t to_ns = 0;
  std::vector<MetricsOrder> order;
  int bins = 10;
  std::optional<std::size_t> row_limit;
};

// By these a row counts once for each of its parts, such as its tools; a query has one at most.
bool IsPartDimension(std::string_view dimension);
// The one that the query has; empty if it has none.
std::string_view PartDimensionOf(const MetricsQuery& query);

enum class MetricsApi : std::uint8_t {
  kV1,
  kV2
};

// Nothing if there are faults.
std::optional<MetricsQuery> ParseMetricsQuery(std::string_view json, MetricsApi api, Faults& faults);

// What a view knows: measures that are no numbers can only be counted.
struct ViewMeasure {
  std::string_view name;
  bool is_number;
};
struct ViewInfo {
  std::string_view name;
  MetricsView view;
  bool (*is_filter_column)(std::string_view);
  std::span<const std::string_view> dimensions;
  std::span<const std::string_view> wide_dimensions;  // as many values as rows
  std::span<const ViewMeasure> measures;
};
std::span<const ViewInfo> MetricsViews();

}  // namespace repartee::server
