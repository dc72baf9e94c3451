#include "repartee/server/api/metrics_query.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "repartee/base/json.h"
#include "repartee/server/api/body.h"
#include "repartee/server/limits.h"
#include "repartee/server/model/time.h"

namespace repartee::server {
namespace {

constexpr std::string_view kAggregations[] = {"sum", "avg", "count", "max", "min",       "p50",
                                              "p75", "p90", "p95",   "p99", "histogram", "uniq"};
constexpr std::string_view kGranularities[] = {"minute", "hour", "day", "week", "month"};
constexpr int kMostBins = 100;
constexpr std::int64_t kMostRows = 1'000;
constexpr std::chrono::nanoseconds kDay = std::chrono::hours(24);

template <class Names>
bool Has(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

Granularity AutoGranularity(std::int64_t range_ns) {
  const std::chrono::nanoseconds range(range_ns);
  if (range < std::chrono::hours(2)) return Granularity::kMinute;
  if (range < std::chrono::hours(72)) return Granularity::kHour;
  if (range < 60 * kDay) return Granularity::kDay;
  if (range < 365 * kDay) return Granularity::kWeek;
  return Granularity::kMonth;
}

class QueryParser {
 public:
  QueryParser(const Json& json, MetricsApi api, Faults& faults)
      : api_(api), faults_(faults), body_(json, faults, {"query"}) {}

  std::optional<MetricsQuery> Parse() {
    ReadView();
    if (info_ == nullptr) return std::nullopt;
    ReadDimensions();
    ReadMetrics();
    ReadTimes();
    ReadOrder();
    ReadConfig();
    if (const Json* filters = body_.Find("filters")) {
      query_.filters = ParseFilter(filters->dump(-1, ' ', false, Json::error_handler_t::replace), "filters",
                                   info_->is_filter_column, faults_);
    }
    if (faults_.ok() && api_ == MetricsApi::kV2) CheckWideDimensions();
    if (!faults_.ok()) return std::nullopt;
    return std::move(query_);
  }

 private:
  void ReadView() {
    const std::string name = body_.RequiredText("view");
    for (const ViewInfo& info : MetricsViews()) {
      const bool offered = info.view != MetricsView::kTraces || api_ == MetricsApi::kV1;
      if (info.name == name && offered) info_ = &info;
    }
    if (info_ == nullptr) return body_.Fault("view", "invalid_value", fmt::format("No such view: {}", name));
    query_.view = info_->view;
  }

  // Items of a list of objects, at most so many.
  std::vector<const Json*> Objects(const char* name, std::size_t most) {
    std::vector<const Json*> items;
    const Json* list = body_.Find(name);
    if (list == nullptr) return items;
    if (!list->is_array() || list->size() > most) {
      body_.Fault(name, "invalid_type", fmt::format("Expected an array of at most {}", most));
      return items;
    }
    for (const Json& item : *list) {
      if (item.is_object()) {
        items.push_back(&item);
      } else {
        body_.Fault(name, "invalid_type", "Expected objects");
      }
    }
    return items;
  }

  void ReadDimensions() {
    for (const Json* item : Objects("dimensions", kMaxMetricsDimensions)) {
      BodyReader dimension(*item, faults_, {"query", "dimensions"});
      const std::string field = dimension.RequiredText("field");
      if (!Has(info_->dimensions, field) && !Has(info_->wide_dimensions, field)) {
        dimension.Fault("field", "invalid_value",
                        fmt::format("View {} has no dimension {}", info_->name, field));
      }
      if (IsPartDimension(field) && !PartDimensionOf(query_).empty())
        dimension.Fault("field", "invalid_value",
                        "A query counts by one of usageType, costType, toolNames, calledToolNames");
      query_.dimensions.push_back(field);
    }
  }

  void ReadMetrics() {
    for (const Json* item : Objects("metrics", kMaxMetricsMeasures)) {
      BodyReader metric(*item, faults_, {"query", "metrics"});
      const std::string measure = metric.RequiredText("measure");
      const std::string aggregation = metric.RequiredText("aggregation");
      const auto known = std::find_if(info_->measures.begin(), info_->measures.end(),
                                      [&](const ViewMeasure& m) { return m.name == measure; });
      if (known == info_->measures.end()) {
        metric.Fault("measure", "invalid_value",
                     fmt::format("View {} has no measure {}", info_->name, measure));
        continue;
      }
      const auto* found = std::find(std::begin(kAggregations), std::end(kAggregations), aggregation);
      if (found == std::end(kAggregations)) {
        metric.Fault("aggregation", "invalid_value", fmt::format("No such aggregation: {}", aggregation));
        continue;
      }
      const auto as = static_cast<Aggregation>(found - std::begin(kAggregations));
      if (!known->is_number && as != Aggregation::kCount && as != Aggregation::kUniq) {
        metric.Fault("aggregation", "invalid_value",
                     fmt::format("{} can be counted only: count or uniq", measure));
      }
      query_.metrics.push_back({measure, as});
    }
    if (query_.metrics.empty()) body_.Fault("metrics", "too_small", "Expected at least one metric");
  }

  void ReadTimes() {
    const std::optional<std::int64_t> from = body_.Time("fromTimestamp");
    const std::optional<std::int64_t> to = body_.Time("toTimestamp");
    if (body_.Find("fromTimestamp") == nullptr) body_.Fault("fromTimestamp", "invalid_type", "Required");
    if (body_.Find("toTimestamp") == nullptr) body_.Fault("toTimestamp", "invalid_type", "Required");
    if (!from || !to) return;
    query_.from_ns = *from;
    query_.to_ns = *to;
    if (*from >= *to)
      return body_.Fault("fromTimestamp", "invalid_value", "fromTimestamp must be before toTimestamp");
    const Json* axis = body_.Find("timeDimension");
    if (axis == nullptr) return;
    const Json granularity = axis->is_object() ? axis->value("granularity", Json()) : Json();
    const std::string name = granularity.is_string() ? granularity.get<std::string>() : "";
    const auto* found = std::find(std::begin(kGranularities), std::end(kGranularities), name);
    if (name != "auto" && found == std::end(kGranularities)) {
      return body_.Fault("timeDimension", "invalid_value",
                         "granularity is one of auto, minute, hour, day, week, month");
    }
    query_.granularity = name == "auto" ? AutoGranularity(*to - *from)
                                        : static_cast<Granularity>(found - std::begin(kGranularities));
    CheckBuckets();
  }

  void CheckBuckets() {
    std::size_t buckets = 0;
    for (std::int64_t at = BucketOf(*query_.granularity, query_.from_ns); at < query_.to_ns;
         at = NextBucket(*query_.granularity, at)) {
      if (++buckets <= kMaxMetricsBuckets) continue;
      return body_.Fault("timeDimension", "too_big",
                         fmt::format("More than {} buckets: take a coarser granularity", kMaxMetricsBuckets));
    }
  }

  void ReadOrder() {
    for (const Json* item : Objects("orderBy", kMaxMetricsMeasures)) {
      BodyReader order(*item, faults_, {"query", "orderBy"});
      const std::string field = order.RequiredText("field");
      const std::string direction = order.Choice("direction", {"asc", "desc"}).value_or("asc");
      const bool is_metric = std::any_of(query_.metrics.begin(), query_.metrics.end(),
                                         [&](const MetricsMeasure& m) { return m.Name() == field; });
      const bool is_time = field == "time_dimension" && query_.granularity;
      if (!is_metric && !is_time && !Has(query_.dimensions, field)) {
        order.Fault("field", "invalid_value",
                    fmt::format("{} is no queried dimension and no metric such as count_count", field));
      }
      query_.order.push_back({field, direction == "desc"});
    }
  }

  void ReadConfig() {
    const Json* config = body_.Find("config");
    if (config == nullptr) return;
    if (!config->is_object()) return body_.Fault("config", "invalid_type", "Expected object");
    BodyReader reader(*config, faults_, {"query", "config"});
    const std::optional<std::int64_t> bins = reader.Integer("bins");
    if (bins && (*bins < 1 || *bins > kMostBins)) reader.Fault("bins", "too_big", "Expected 1 to 100");
    const std::optional<std::int64_t> rows = reader.Integer("row_limit");
    if (rows && (*rows < 1 || *rows > kMostRows)) reader.Fault("row_limit", "too_big", "Expected 1 to 1000");
    if (bins) query_.bins = static_cast<int>(std::clamp<std::int64_t>(*bins, 1, kMostBins));
    if (rows) query_.row_limit = static_cast<std::size_t>(std::clamp<std::int64_t>(*rows, 1, kMostRows));
  }

  // A dimension with as many values as rows makes sense as a top list alone.
  void CheckWideDimensions() {
    const bool is_wide = std::any_of(query_.dimensions.begin(), query_.dimensions.end(),
                                     [&](const std::string& d) { return Has(info_->wide_dimensions, d); });
    if (!is_wide) return;
    const bool is_top = std::any_of(query_.order.begin(), query_.order.end(), [&](const MetricsOrder& order) {
      return order.descending && !Has(query_.dimensions, order.field) && order.field != "time_dimension";
    });
    if (query_.granularity || !query_.row_limit || !is_top) {
      body_.Fault("dimensions", "invalid_value",
                  "High cardinality dimensions need config.row_limit, orderBy a metric desc, and no "
                  "timeDimension");
    }
  }

  const MetricsApi api_;
  Faults& faults_;
  BodyReader body_;
  const ViewInfo* info_ = nullptr;
  MetricsQuery query_;
};

}  // namespace

std::string_view AggregationName(Aggregation aggregation) {
  return kAggregations[static_cast<std::size_t>(aggregation)];
}

std::int64_t BucketOf(Granularity granularity, std::int64_t ns) {
  using namespace std::chrono;
  const sys_time<nanoseconds> time{nanoseconds(ns)};
  const sys_days day = floor<days>(time);
  const auto since = [](auto point) { return duration_cast<nanoseconds>(point.time_since_epoch()).count(); };
  switch (granularity) {
    case Granularity::kMinute: return since(floor<minutes>(time));
    case Granularity::kHour: return since(floor<hours>(time));
    case Granularity::kDay: return since(day);
    case Granularity::kWeek: return since(day - (weekday(day) - Monday));
    case Granularity::kMonth: break;
  }
  const year_month_day date(day);
  return since(sys_days(date.year() / date.month() / 1));
}

std::int64_t NextBucket(Granularity granularity, std::int64_t bucket_ns) {
  // Longer than the shortest month and shorter than two.
  constexpr std::int64_t kPastMonth = 32;
  switch (granularity) {
    case Granularity::kMinute: return bucket_ns + std::chrono::nanoseconds(std::chrono::minutes(1)).count();
    case Granularity::kHour: return bucket_ns + std::chrono::nanoseconds(std::chrono::hours(1)).count();
    case Granularity::kDay: return bucket_ns + kDay.count();
    case Granularity::kWeek: return bucket_ns + 7 * kDay.count();
    case Granularity::kMonth: break;
  }
  return BucketOf(Granularity::kMonth, bucket_ns + kPastMonth * kDay.count());
}

std::optional<MetricsQuery> ParseMetricsQuery(std::string_view json, MetricsApi api, Faults& faults) {
  const Result<Json> parsed = ParseJson(json);
  if (parsed.ok() && parsed->is_object()) return QueryParser(*parsed, api, faults).Parse();
  faults.Add({"query"}, "invalid_type",
             parsed.ok() ? "Expected object" : "Invalid JSON: " + parsed.status().message());
  return std::nullopt;
}

}  // namespace repartee::server
