// MetricsTable: rows of values go in one by one, groups come out with their metrics.
// Percentiles are exact: every value is kept, as many as a query may look at.
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

namespace repartee::server {

// A measure of one row: nothing, a number, or a text that can be counted.
using MeasureValue = std::variant<std::monostate, double, std::string>;

class MetricsTable {
 public:
  // `query` is borrowed.
  explicit MetricsTable(const MetricsQuery& query) : query_(query) {}

  // `dimensions` and `values` stand in the order of the query. ResourceExhausted when
  // there are too many groups.
  Status Add(std::int64_t at_ns, std::vector<Json> dimensions, const std::vector<MeasureValue>& values);
  // Rows as the API answers them: ordered, gaps filled, limited.
  Json Finish() const;

 private:
  struct Accumulator {
    std::size_t count = 0;
    double sum = 0;
    double least = 0;
    double most = 0;
    std::vector<double> values;   // where percentiles are asked for
    std::set<std::string> texts;  // where different ones are counted
  };
  struct Group {
    std::int64_t bucket_ns = 0;
    std::vector<Json> dimensions;
    std::vector<Accumulator> metrics;
  };

  Json ValueOf(const Accumulator& metric, Aggregation aggregation) const;
  Json RowOf(const Group& group) const;
  void FillGaps(std::vector<Json>& rows) const;
  void Sort(std::vector<Json>& rows) const;

  const MetricsQuery& query_;
  std::map<std::pair<std::int64_t, std::string>, Group> groups_;
};

}  // namespace repartee::server
