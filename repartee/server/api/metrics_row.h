// What one row gives to a metrics query: its dimensions and measures, from columns.
//
// Thread: pure functions.
#pragma once

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <string_view>
#include <vector>

#include "repartee/server/api/aggregate.h"
#include "repartee/server/api/filter.h"
#include "repartee/server/api/metrics_query.h"

namespace repartee::server {

// Where a measure's value comes from: a column, in its unit times `scale`.
struct MeasureSource {
  std::string_view measure;
  std::string_view column;
  double scale;
};

Json DimensionOf(const FieldValue& value);
MeasureValue MeasureOf(const FieldValue& value, double scale);
// "2026-01"
Json MonthOf(std::int64_t ns);

// Asks `columns` for each of the query's measures that a column holds; `other` answers the rest.
template <class Columns, class Sources, class Other>
Result<std::vector<MeasureValue>> MeasuresOf(const MetricsQuery& query, Columns& columns,
                                             const Sources& sources, Other other) {
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
    values.push_back(MeasureOf(*value, source->scale));
  }
  return values;
}

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

}  // namespace repartee::server
