// Recorded requests of real clients, read back span by span as the newer API shows
// them, and summed up by its metrics: against the rows that the reference's own code
// made of the same bytes, and the traces that its rules derive from those.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "repartee/base/encoding.h"
#include "repartee/server/model/time.h"
#include "repartee/server/testing/golden_kit.h"

namespace repartee::server::testing {
namespace {

// What the rows call a thing, and what the API does.
constexpr std::pair<const char*, const char*> kKeys[] = {{"traceId", "traceId"},
                                                         {"parentSpanId", "parentObservationId"},
                                                         {"type", "type"},
                                                         {"name", "name"},
                                                         {"traceName", "traceName"},
                                                         {"startTime", "startTime"},
                                                         {"endTime", "endTime"},
                                                         {"completionStartTime", "completionStartTime"},
                                                         {"environment", "environment"},
                                                         {"userId", "userId"},
                                                         {"sessionId", "sessionId"},
                                                         {"public", "public"},
                                                         {"release", "release"},
                                                         {"version", "version"},
                                                         {"level", "level"},
                                                         {"statusMessage", "statusMessage"},
                                                         {"model", "providedModelName"},
                                                         {"modelId", "internalModelId"},
                                                         {"modelParameters", "modelParameters"},
                                                         {"promptName", "promptName"},
                                                         {"promptVersion", "promptVersion"},
                                                         {"usageDetails", "usageDetails"},
                                                         {"costDetails", "costDetails"},
                                                         {"pricingTier", "usagePricingTierName"},
                                                         {"input", "input"},
                                                         {"output", "output"}};

// The rows count what a failed call would have used, and what a plain span sums up of its
// children; the tables and this server do not.
constexpr const char* kUsedNothing[] = {"usageDetails", "costDetails", "modelId", "pricingTier"};

bool CarriesNoUsage(const Json& row) {
  const bool is_counted = row["providedUsageDetails"].empty() && !row["usageDetails"].empty();
  return (row["level"] == "ERROR" && is_counted) || (row["type"] == "SPAN" && !row["usageDetails"].empty());
}

bool IsOtherwise(const Json& row, const std::string& key) {
  if (CarriesNoUsage(row) &&
      std::find(std::begin(kUsedNothing), std::end(kUsedNothing), key) != std::end(kUsedNothing))
    return true;
  // An event has no end, and nothing ends before it begins: as the tables have it.
  return key == "endTime" && (row["type"] == "EVENT" || row["endTime"] < row["startTime"]);
}

Json Sorted(Json list) {
  if (list.is_array()) std::sort(list.begin(), list.end());
  return list;
}

// In the order of writing: a span is sent when it ends, so behind all that is below it.
std::vector<Json> RootsLast(const std::vector<Json>& rows) {
  std::vector<Json> ordered;
  for (const bool is_root : {false, true}) {
    for (const Json& row : rows) {
      if (row["parentObservationId"].is_null() == is_root) ordered.push_back(row);
    }
  }
  return ordered;
}

// Later ones over earlier ones, as the reference derives a trace from its rows.
Json Derive(const std::vector<Json>& rows) {
  Json trace = {{"name", nullptr}, {"public", false}, {"tags", Json::array()}};
  Json root_name;
  for (const Json& row : rows) {
    for (const char* key : {"userId", "sessionId", "environment", "release", "version"}) {
      if (!row[key].is_null() && row[key] != "") trace[key] = row[key];
    }
    if (!row["tags"].empty()) trace["tags"] = Sorted(row["tags"]);
    if (!row["traceName"].is_null()) trace["name"] = row["traceName"];
    if (row["isRootObservation"] == true) root_name = row["name"];
    trace["public"] = trace["public"] == true || row["public"] == true;
    if (!row["parentObservationId"].is_null()) continue;
    for (const char* key : {"input", "output", "metadata"}) trace[key] = row[key];
  }
  if (trace["name"].is_null()) trace["name"] = root_name;
  return trace;
}

class RowsTest : public ::testing::TestWithParam<std::string> {
 protected:
  void Send() {
    for (Recorded& request : ReadRequests(FolderOf(GetParam())))
      kit_.Post(request.path, std::move(request.body), request.headers);
  }

  std::map<std::string, Json> ShownOf(const std::string& trace) {
    // Long values are cut unless their keys are named.
    std::string keys = "attributes,resourceAttributes,scope";
    for (const Json& row : expected_["events"]) {
      for (const auto& [key, value] : row["metadata"].items()) keys += "," + key;
    }
    return ById(kit_.GetJson("/api/public/v2/observations?limit=1000&traceId=" + trace +
                             "&fields=core,basic,time,io,metadata,model,usage,prompt,metrics,trace_context"
                             "&expandMetadata=" +
                             PercentEncode(keys))["data"]);
  }

  static void CheckRow(const Json& want, const Json& got) {
    const std::string where = "row " + want["name"].get<std::string>() + ".";
    for (const auto& [key, shown] : kKeys) {
      if (!IsOtherwise(want, key)) ExpectEqual(where + key, Normal(At(want, key)), Normal(At(got, shown)));
    }
    EXPECT_EQ(Sorted(want["tags"]), Sorted(got["tags"])) << where;
    EXPECT_EQ(want["parentSpanId"].is_null() || want["isAppRoot"] == true, got["isRootObservation"]) << where;
    ExpectEqual(where + "metadata", want["metadata"], got["metadata"]);
  }

  static void CheckDerived(const Json& want, const std::vector<Json>& rows) {
    const Json got = Derive(rows);
    for (const char* key : {"name", "environment", "userId", "sessionId", "release", "version", "public",
                            "input", "output", "metadata"})
      ExpectEqual(std::string("derived.") + key, Normal(At(want, key)), Normal(At(got, key)));
    EXPECT_EQ(Sorted(want["tags"]), got["tags"]);
    std::int64_t first = INT64_MAX;
    std::int64_t last = 0;
    for (const Json& row : rows) {
      const std::int64_t start = *ParseIsoTime(row["startTime"].get<std::string>());
      const Json& end = row["endTime"];
      first = std::min(first, start);
      last = std::max(last, end.is_null() ? start : *ParseIsoTime(end.get<std::string>()));
    }
    EXPECT_EQ(want["timestamp"], FormatIsoTime(first));
    EXPECT_EQ(want["latencyMs"], (last - first) / 1'000'000);
  }

  // The groups of a metrics query over one trace, by the dimension's value.
  std::map<std::string, double> Sums(const std::string& trace, const char* dimension, const char* measure,
                                     const char* aggregation) {
    const Json query = {
        {"view", "observations"},
        {"dimensions", Json::array({{{"field", dimension}}})},
        {"metrics", Json::array({{{"measure", measure}, {"aggregation", aggregation}}})},
        {"filters",
         Json::array({{{"type", "string"}, {"column", "traceId"}, {"operator", "="}, {"value", trace}}})},
        {"fromTimestamp", "2020-01-01T00:00:00Z"},
        {"toTimestamp", "2030-01-01T00:00:00Z"}};
    const Json answer = kit_.GetJson("/api/public/v2/metrics?query=" + PercentEncode(query.dump()));
    std::map<std::string, double> sums;
    for (const Json& row : answer["data"])
      sums[row[dimension]] = row[std::string(aggregation) + "_" + measure].get<double>();
    return sums;
  }

  // Which tools the rows of a trace were offered, and which they called.
  void CheckTools(const Json& trace) {
    std::map<std::string, double> offered;
    std::map<std::string, double> called;
    for (const Json& row : expected_["events"]) {
      if (row["traceId"] != trace["id"]) continue;
      for (const auto& [name, definition] : row["toolDefinitions"].items()) ++offered[name];
      for (const Json& name : row["toolCallNames"]) ++called[name];
    }
    EXPECT_EQ(Sums(trace["id"], "toolNames", "count", "count"), offered);
    EXPECT_EQ(Sums(trace["id"], "calledToolNames", "count", "count"), called);
  }

  void CheckSums(const Json& want, bool carries_usage) {
    const std::string id = want["id"];
    double rows = 0;
    std::string worst = "DEBUG";
    for (const auto& [level, count] : Sums(id, "level", "count", "count")) {
      rows += count;
      if (LevelFromName(level) > LevelFromName(worst)) worst = level;
    }
    EXPECT_EQ(rows, want["observationCount"].get<double>());
    EXPECT_EQ(worst, want["level"].get<std::string>());
    if (!carries_usage) return;
    ExpectEqual("usage", Normal(want["usageDetails"]), Normal(Sums(id, "usageType", "usageByType", "sum")));
    ExpectEqual("cost", Normal(want["costDetails"]), Normal(Sums(id, "costType", "costByType", "sum")));
  }

  const Json expected_ = ExpectedOf(GetParam());
  TempFolder folder_;
  ServerKit kit_{folder_.path(), MappingOptions{.voice_additions = false}};
};

TEST_P(RowsTest, AreWhatTheReferenceMakesOfTheSameBytes) {
  if (LacksTables(GetParam())) GTEST_SKIP() << "no rank tables: see docs/server.md";
  Send();

  std::size_t checked = 0;
  for (const Json& want : expected_["derivedTraces"]) {
    std::map<std::string, Json> shown = ShownOf(want["id"]);
    std::vector<Json> rows;
    bool carries_usage = true;
    for (const Json& event : expected_["events"]) {
      if (event["traceId"] != want["id"]) continue;
      ASSERT_TRUE(shown.contains(event["id"])) << event["name"];
      carries_usage = carries_usage && !CarriesNoUsage(event);
      CheckRow(event, shown[event["id"]]);
      ++checked;
      rows.push_back(shown[event["id"]]);
      shown.erase(event["id"].get<std::string>());
    }
    EXPECT_TRUE(shown.empty()) << "rows that nobody sent";
    CheckDerived(want, RootsLast(rows));
    CheckSums(want, carries_usage);
    CheckTools(want);
  }
  EXPECT_EQ(checked, expected_["events"].size()) << "rows of no derived trace";
}

// Those whose rows were recorded; older clients and scores send none.
std::vector<std::string> CapturesWithRows() {
  std::vector<std::string> captures = Captures();
  std::erase_if(captures, [](const std::string& capture) { return !ExpectedOf(capture).contains("events"); });
  return captures;
}

INSTANTIATE_TEST_SUITE_P(Captures, RowsTest, ::testing::ValuesIn(CapturesWithRows()), TestName);

}  // namespace
}  // namespace repartee::server::testing
