// MetricsTable: rows of values go in one by one, groups come out with their metrics.
// Percentiles of rows are exact: every value is kept, as many as a query may look at. Those of
// rows that were summed up before are as true as their sketches: within 1 %.
//
// Limit: kMaxMetricsGroups groups. Thread: one at a time.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "repartee/base/json.h"
#include "repartee/base/status.h"
#include "repartee/server/api/metrics_query.h"
#include "repartee/server/store/sketch.h"

namespace repartee::server {

// A measure of one row: nothing, a number, or a text that can be counted.
using MeasureValue = std::variant<std::monostate, double, std::string>;

// A measure of many rows at once.
struct MeasureSum {
  std::size_t count = 0;
  double sum = 0;
  const Sketch* values = nullptr;  // borrowed, in kSketchUnits of the measure; for percentiles
};
inline constexpr double kSketchUnits = 1e3;  // microseconds in milliseconds

class MetricsTable {
 public:
  // `query` is borrowed.
  explicit MetricsTable(const MetricsQuery& query) : query_(query) {}

  // `dimensions` and `values` stand in the order of the query. ResourceExhausted when
  // there are too many groups.
  Status Add(std::int64_t at_ns, std::vector<Json> dimensions, const std::vector<MeasureValue>& values);
  // The same of rows that were summed up before, for counts, sums, averages and percentiles.
  Status AddSums(std::int64_t at_ns, std::vector<Json> dimensions, const std::vector<MeasureSum>& sums);
  // Rows as the API answers them: ordered, gaps filled, limited.
  Json Finish() const;

 private:
  struct Accumulator {
    std::size_t count = 0;
    double sum = 0;
    double least = 0;
    double most = 0;
    std::vector<double> values;   // where percentiles are asked for
    Sketch sketch;                // likewise, of rows that were summed up before
    std::set<std::string> texts;  // where different ones are counted
  };
  struct Group {
    std::int64_t bucket_ns = 0;
    std::vector<Json> dimensions;
    std::vector<Accumulator> metrics;
  };

  Result<Group*> GroupOf(std::int64_t at_ns, std::vector<Json> dimensions);
  Json ValueOf(const Accumulator& metric, Aggregation aggregation) const;
  Json RowOf(const Group& group) const;
  void FillGaps(std::vector<Json>& rows) const;
  void Sort(std::vector<Json>& rows) const;

  const MetricsQuery& query_;
  std::map<std::pair<std::int64_t, std::string>, Group> groups_;
};

}  // namespace repartee::server
