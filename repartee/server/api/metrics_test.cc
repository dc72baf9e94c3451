#include <gmock/gmock.h>

#include "repartee/server/api/aggregate.h"
#include "repartee/server/model/time.h"

namespace repartee::server {
namespace {

using ::testing::HasSubstr;

std::int64_t At(const char* iso) { return *ParseIsoTime(iso); }

// A good query, changed.
Json Query(const std::string& changes = "{}") {
  Json query = *ParseJson(R"({"view":"observations","metrics":[{"measure":"latency","aggregation":"p95"}],
      "fromTimestamp":"2026-01-01T00:00:00Z","toTimestamp":"2026-01-01T04:00:00Z"})");
  query.update(*ParseJson(changes));
  return query;
}

MetricsQuery Parsed(const Json& query, MetricsApi api = MetricsApi::kV2) {
  Faults faults;
  std::optional<MetricsQuery> parsed = ParseMetricsQuery(query.dump(), api, faults);
  EXPECT_TRUE(parsed.has_value()) << faults.Text();
  return parsed.value_or(MetricsQuery{});
}

std::string Fault(const Json& query, MetricsApi api = MetricsApi::kV2) {
  Faults faults;
  EXPECT_FALSE(ParseMetricsQuery(query.dump(), api, faults).has_value());
  return faults.Text();
}

TEST(MetricsQuery, ReadsAllOfAQuery) {
  const MetricsQuery query = Parsed(Query(
      R"({"dimensions":[{"field":"name"}],"timeDimension":{"granularity":"hour"},
          "filters":[{"type":"string","column":"type","operator":"=","value":"GENERATION"}],
          "orderBy":[{"field":"p95_latency","direction":"desc"}],"config":{"bins":5,"row_limit":7}})"));

  EXPECT_EQ(query.metrics[0].Name(), "p95_latency");
  EXPECT_EQ(query.dimensions[0], "name");
  EXPECT_EQ(*query.granularity, Granularity::kHour);
  EXPECT_EQ(query.filters.size(), 1u);
  EXPECT_TRUE(query.order[0].descending);
  EXPECT_EQ(query.bins, 5);
  EXPECT_EQ(query.row_limit, 7u);
}

TEST(MetricsQuery, NamesWhatIsWrong) {
  EXPECT_THAT(Fault(Json::array()), HasSubstr("Expected object"));
  EXPECT_THAT(Fault(Query(R"({"view":"poems"})")), HasSubstr("No such view: poems"));
  EXPECT_THAT(Fault(Query(R"({"view":"traces"})")), HasSubstr("No such view"));
  EXPECT_THAT(Fault(Query(R"({"metrics":[]})")), HasSubstr("at least one metric"));
  EXPECT_THAT(Fault(Query(R"({"metrics":[{"measure":"x","aggregation":"sum"}]})")),
              HasSubstr("no measure x"));
  EXPECT_THAT(Fault(Query(R"({"metrics":[{"measure":"uniqueUserIds","aggregation":"p95"}]})")),
              HasSubstr("counted only"));
  EXPECT_THAT(Fault(Query(R"({"dimensions":[{"field":"x"}]})")), HasSubstr("no dimension x"));
  EXPECT_THAT(Fault(Query(R"({"toTimestamp":"2025-01-01T00:00:00Z"})")), HasSubstr("before toTimestamp"));
  EXPECT_THAT(Fault(Query(R"({"fromTimestamp":null})")), HasSubstr("Required"));
  EXPECT_THAT(Fault(Query(R"({"timeDimension":{"granularity":"eon"}})")), HasSubstr("granularity"));
  EXPECT_THAT(
      Fault(Query(R"({"fromTimestamp":"1900-01-01T00:00:00Z","timeDimension":{"granularity":"minute"}})")),
      HasSubstr("coarser"));
  EXPECT_THAT(Fault(Query(R"({"orderBy":[{"field":"count_count","direction":"desc"}]})")),
              HasSubstr("count_count"));
  EXPECT_THAT(Fault(Query(R"({"config":{"row_limit":1001}})")), HasSubstr("row_limit"));
  EXPECT_THAT(Fault(Query(R"({"filters":[{"column":"x"}]})")), HasSubstr("No such column"));
}

TEST(MetricsQuery, ADimensionWithAsManyValuesAsRowsIsATopListAlone) {
  EXPECT_THAT(Fault(Query(R"({"dimensions":[{"field":"userId"}]})")), HasSubstr("High cardinality"));
  Parsed(Query(R"({"dimensions":[{"field":"userId"}],"config":{"row_limit":10},
                   "orderBy":[{"field":"p95_latency","direction":"desc"}]})"));
  Parsed(Query(R"({"dimensions":[{"field":"userId"}]})"), MetricsApi::kV1);
}

TEST(MetricsQuery, ChoosesBucketsByTheRange) {
  const auto granularity = [](const char* to) {
    Json query = Query(R"({"timeDimension":{"granularity":"auto"}})");
    query["toTimestamp"] = to;
    return *Parsed(query).granularity;
  };
  EXPECT_EQ(granularity("2026-01-01T01:00:00Z"), Granularity::kMinute);
  EXPECT_EQ(granularity("2026-01-02T00:00:00Z"), Granularity::kHour);
  EXPECT_EQ(granularity("2026-02-01T00:00:00Z"), Granularity::kDay);
  EXPECT_EQ(granularity("2026-06-01T00:00:00Z"), Granularity::kWeek);
  EXPECT_EQ(granularity("2028-01-01T00:00:00Z"), Granularity::kMonth);
}

TEST(MetricsQuery, WeeksBeginOnMondayAndMonthsOnTheirFirst) {
  const std::int64_t sunday = At("2026-03-01T12:34:56Z");
  EXPECT_EQ(BucketOf(Granularity::kWeek, sunday), At("2026-02-23T00:00:00Z"));
  EXPECT_EQ(BucketOf(Granularity::kMonth, sunday), At("2026-03-01T00:00:00Z"));
  EXPECT_EQ(NextBucket(Granularity::kMonth, At("2026-01-01T00:00:00Z")), At("2026-02-01T00:00:00Z"));
  EXPECT_EQ(NextBucket(Granularity::kMonth, At("2026-12-01T00:00:00Z")), At("2027-01-01T00:00:00Z"));
}

TEST(MetricsTable, ComputesEachAggregation) {
  Json query = Query();
  query["metrics"] = Json::array();
  for (const char* name :
       {"sum", "avg", "count", "max", "min", "p50", "p75", "p90", "p95", "p99", "histogram", "uniq"}) {
    query["metrics"].push_back({{"measure", "latency"}, {"aggregation", name}});
  }
  query["config"] = {{"bins", 2}};
  const MetricsQuery parsed = Parsed(query);
  MetricsTable table(parsed);
  for (const double value : {1.0, 2.0, 3.0, 4.0, 4.0}) {
    ASSERT_TRUE(table.Add(parsed.from_ns, {}, std::vector<MeasureValue>(12, value)).ok());
  }
  ASSERT_TRUE(table.Add(parsed.from_ns, {}, std::vector<MeasureValue>(12)).ok());

  const Json row = table.Finish()[0];

  EXPECT_EQ(row["sum_latency"], 14);
  EXPECT_EQ(row["avg_latency"], 2.8);
  EXPECT_EQ(row["count_latency"], 5);
  EXPECT_EQ(row["max_latency"], 4);
  EXPECT_EQ(row["min_latency"], 1);
  EXPECT_EQ(row["p50_latency"], 3);
  EXPECT_EQ(row["p75_latency"], 4);
  EXPECT_EQ(row["p99_latency"], 4);
  EXPECT_EQ(row["uniq_latency"], 4);
  EXPECT_EQ(row["histogram_latency"].dump(), "[[1.0,2.5,2],[2.5,4.0,3]]");
}

TEST(MetricsTable, FillsGapsOfATimeSeriesUnlessAnOrderIsAskedFor) {
  const char* hours = R"({"timeDimension":{"granularity":"hour"},
      "metrics":[{"measure":"count","aggregation":"count"}])";
  const MetricsQuery filled = Parsed(Query(std::string(hours) + "}"));
  const MetricsQuery ordered =
      Parsed(Query(std::string(hours) + R"(,"orderBy":[{"field":"time_dimension","direction":"desc"}]})"));
  const auto rows = [](const MetricsQuery& query) {
    MetricsTable table(query);
    EXPECT_TRUE(table.Add(At("2026-01-01T02:30:00Z"), {}, {1.0}).ok());
    return table.Finish();
  };

  const Json series = rows(filled);
  ASSERT_EQ(series.size(), 4u);
  EXPECT_EQ(series[0]["time_dimension"], "2026-01-01T00:00:00.000Z");
  EXPECT_EQ(series[0]["count_count"], 0);
  EXPECT_EQ(series[2]["count_count"], 1);
  EXPECT_EQ(rows(ordered).size(), 1u);
}

TEST(MetricsTable, OrdersByTheFirstMetricAndCuts) {
  const MetricsQuery query = Parsed(Query(
      R"({"dimensions":[{"field":"name"}],"metrics":[{"measure":"latency","aggregation":"max"}],"config":{"row_limit":2}})"));
  MetricsTable table(query);
  for (const auto& [name, value] : {std::pair("a", 1.0), {"b", 3.0}, {"c", 2.0}}) {
    ASSERT_TRUE(table.Add(query.from_ns, {name}, {value}).ok());
  }

  const Json rows = table.Finish();

  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0]["name"], "b");
  EXPECT_EQ(rows[1]["name"], "c");
}

}  // namespace
}  // namespace repartee::server
