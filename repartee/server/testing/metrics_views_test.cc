// Every dimension and measure of the metrics' views, in both generations, and the columns that
// lists are filtered by beside them.
#include <gmock/gmock.h>

#include <map>

#include "repartee/base/encoding.h"
#include "repartee/server/api/metrics_query.h"
#include "repartee/server/model/time.h"
#include "repartee/server/testing/server_kit.h"

namespace repartee::server::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using Values = std::map<std::string, Json>;

class MetricsViewsTest : public ::testing::Test {
 protected:
  // A call of one reply, with three scores.
  void SetUp() override {
    TestSpan root{.trace_id = TraceIdOf(1), .span_id = SpanIdOf(1), .name = "call"};
    root.texts = {
        {"langfuse.trace.name", "checkout"},   {"langfuse.trace.tags", "vip"}, {"langfuse.user.id", "ann"},
        {"langfuse.session.id", "s1"},         {"langfuse.release", "r1"},     {"langfuse.version", "v1"},
        {"langfuse.environment", "production"}};
    ASSERT_EQ(kit_.Post("/api/public/otel", MakeRequest({root, Reply()}, "app")).status, 200);
    config_ =
        kit_.SendJson("POST", "/api/public/score-configs", {{"name", "csat"}, {"dataType", "NUMERIC"}})["id"];
    Write({{"id", "n"}, {"name", "csat"}, {"value", 4}, {"configId", config_}});
    Write({{"id", "b"}, {"name", "ok"}, {"value", 1}, {"dataType", "BOOLEAN"}});
    Write({{"id", "c"}, {"name", "mood"}, {"value", "good"}});
  }

  static TestSpan Reply() {
    TestSpan reply{.trace_id = TraceIdOf(1), .span_id = SpanIdOf(2), .name = "reply"};
    reply.parent_id = SpanIdOf(1);
    reply.end_ns = reply.start_ns + 2'000'000'000;
    const std::string first_token = FormatIsoTime(static_cast<std::int64_t>(reply.start_ns) + 500'000'000);
    reply.texts = {{"langfuse.observation.type", "generation"},
                   {"gen_ai.request.model", "gpt-4.1"},
                   {"langfuse.observation.prompt.name", "greet"},
                   {"langfuse.version", "v2"},
                   {"langfuse.environment", "staging"},
                   {"langfuse.observation.level", "WARNING"},
                   {"langfuse.observation.completion_start_time", first_token},
                   {"langfuse.observation.input", R"({"tools":[{"name":"a"},{"name":"b"}]})"},
                   {"langfuse.observation.output", R"({"tool_calls":[{"id":"1","name":"a"}]})"},
                   {"langfuse.observation.usage_details", R"({"input":10,"output":4,"total":14})"},
                   {"langfuse.observation.cost_details", R"({"input":1,"output":2,"total":3})"},
                   {"langfuse.experiment.id", "e1"},
                   {"langfuse.experiment.name", "Experiment"},
                   {"langfuse.experiment.dataset.id", "d1"}};
    reply.integers = {{"langfuse.observation.prompt.version", 3}};
    return reply;
  }

  void Write(Json score) {
    score["traceId"] = trace_;
    score["observationId"] = SpanIdHex(2);
    score["environment"] = "production";
    score["timestamp"] = FormatIsoTime(static_cast<std::int64_t>(TestSpan().start_ns));
    kit_.SendJson("POST", "/api/public/scores", Json::array({score}), 202);
  }

  HttpResponse Ask(const std::string& path, const std::string& view, const Json& changes) {
    Json query = {{"view", view},
                  {"metrics", Json::array({{{"measure", "count"}, {"aggregation", "count"}}})},
                  {"fromTimestamp", "2026-11-01T00:00:00Z"},
                  {"toTimestamp", "2026-12-01T00:00:00Z"}};
    if (view == "observations") {
      query["filters"] =
          Json::array({{{"type", "string"}, {"column", "type"}, {"operator", "="}, {"value", "GENERATION"}}});
    }
    query.update(changes);
    return kit_.Get("/api/public/" + path + "?query=" + PercentEncode(query.dump()));
  }

  Json Rows(const std::string& path, const std::string& view, const Json& changes) {
    const HttpResponse response = Ask(path, view, changes);
    EXPECT_EQ(response.status, 200) << changes.dump() << response.body;
    return (*ParseJson(response.body))["data"];
  }

  // A dimension with as many values as rows is a top list alone; so all are asked here.
  void ExpectDimensions(const std::string& path, const std::string& view, const Values& expected) {
    for (const auto& [dimension, value] : expected) {
      const Json rows = Rows(path, view,
                             {{"dimensions", Json::array({{{"field", dimension}}})},
                              {"config", {{"row_limit", 10}}},
                              {"orderBy", Json::array({{{"field", "count_count"}, {"direction", "desc"}}})}});
      ASSERT_EQ(rows.size(), 1u) << view << "." << dimension;
      EXPECT_EQ(rows[0][dimension], value) << view << "." << dimension;
    }
  }

  // The sum; of what is no number, how many different ones.
  void ExpectMeasures(const std::string& path, const std::string& view, const Values& expected) {
    for (const auto& [measure, value] : expected) {
      const bool is_text = measure == "traceId" || measure.starts_with("unique");
      const std::string aggregation = is_text ? "uniq" : "sum";
      const Json metric = {{"measure", measure}, {"aggregation", aggregation}};
      const Json rows = Rows(path, view, {{"metrics", Json::array({metric})}});
      ASSERT_EQ(rows.size(), 1u) << view << "." << measure;
      EXPECT_EQ(rows[0][aggregation + "_" + measure], value) << view << "." << measure;
    }
  }

  std::vector<std::string> Ids(const std::string& list, const Json& condition) {
    const Json page =
        kit_.GetJson("/api/public/" + list + "?filter=" + PercentEncode(Json::array({condition}).dump()));
    std::vector<std::string> ids;
    for (const Json& row : page["data"]) ids.push_back(row["id"]);
    return ids;
  }

  const std::string trace_ = TraceId::FromBytes(TraceIdOf(1))->Hex();
  std::string config_;
  TempFolder folder_;
  ServerKit kit_{folder_.path(), {}};
};

TEST_F(MetricsViewsTest, ObservationsHaveTheirDimensions) {
  const Values expected = {{"environment", "staging"},
                           {"type", "GENERATION"},
                           {"name", "reply"},
                           {"level", "WARNING"},
                           {"version", "v2"},
                           {"tags", Json::array({"vip"})},
                           {"release", "r1"},
                           {"traceName", "checkout"},
                           {"traceRelease", "r1"},
                           {"traceVersion", "v1"},
                           {"providedModelName", "gpt-4.1"},
                           {"promptName", "greet"},
                           {"promptVersion", 3},
                           {"isRootObservation", false},
                           {"startTimeMonth", "2026-11"},
                           {"calledToolNames", "a"},
                           {"experimentName", "Experiment"},
                           {"experimentDatasetId", "d1"},
                           {"id", SpanIdHex(2)},
                           {"traceId", trace_},
                           {"userId", "ann"},
                           {"sessionId", "s1"},
                           {"parentObservationId", SpanIdHex(1)},
                           {"experimentId", "e1"}};

  ExpectDimensions("v2/metrics", "observations", expected);
  ExpectDimensions("metrics", "observations", expected);
}

TEST_F(MetricsViewsTest, AnObservationCountsForEachOfItsParts) {
  const auto by = [this](const char* dimension, const char* measure) {
    std::map<std::string, double> sums;
    const Json changes = {{"dimensions", Json::array({{{"field", dimension}}})},
                          {"metrics", Json::array({{{"measure", measure}, {"aggregation", "sum"}}})}};
    for (const Json& row : Rows("v2/metrics", "observations", changes))
      sums[row[dimension]] = row[std::string("sum_") + measure].get<double>();
    return sums;
  };
  using Sums = std::map<std::string, double>;

  EXPECT_EQ(by("usageType", "usageByType"), (Sums{{"input", 10}, {"output", 4}, {"total", 14}}));
  EXPECT_EQ(by("costType", "costByType"), (Sums{{"input", 1}, {"output", 2}, {"total", 3}}));
  EXPECT_EQ(by("toolNames", "count"), (Sums{{"a", 1}, {"b", 1}}));
  EXPECT_EQ(by("calledToolNames", "count"), (Sums{{"a", 1}}));
  const Json two = {{"dimensions", Json::array({{{"field", "toolNames"}}, {{"field", "usageType"}}})}};
  EXPECT_EQ(Ask("v2/metrics", "observations", two).status, 400);
  EXPECT_THAT(Ask("v2/metrics", "observations", two).body, HasSubstr("one of usageType"));
}

TEST_F(MetricsViewsTest, ObservationsHaveTheirMeasures) {
  const Values expected = {
      {"count", 1},           {"latency", 2'000},        {"inputTokens", 10}, {"streamingLatency", 1'500},
      {"outputTokens", 4},    {"timeToFirstToken", 500}, {"totalTokens", 14}, {"outputTokensPerSecond", 2},
      {"tokensPerSecond", 7}, {"inputCost", 1},          {"outputCost", 2},   {"totalCost", 3},
      {"countScores", 3},     {"toolDefinitions", 2},    {"toolCalls", 1},    {"traceId", 1},
      {"uniqueUserIds", 1},   {"uniqueSessionIds", 1}};

  ExpectMeasures("v2/metrics", "observations", expected);
  ExpectMeasures("metrics", "observations", expected);
}

TEST_F(MetricsViewsTest, TracesHaveTheirDimensionsAndMeasures) {
  ExpectDimensions("metrics", "traces",
                   {{"id", trace_},
                    {"name", "checkout"},
                    {"tags", Json::array({"vip"})},
                    {"userId", "ann"},
                    {"sessionId", "s1"},
                    {"release", "r1"},
                    {"version", "v1"},
                    {"environment", "production"},
                    {"timestampMonth", "2026-11"}});
  ExpectMeasures("metrics", "traces",
                 {{"count", 1},
                  {"observationsCount", 2},
                  {"scoresCount", 3},
                  {"uniqueUserIds", 1},
                  {"uniqueSessionIds", 1},
                  {"latency", 2'000},
                  {"totalTokens", 14},
                  {"totalCost", 3}});
}

TEST_F(MetricsViewsTest, ScoresHaveTheirDimensionsAndMeasures) {
  const Values shared = {{"environment", "production"},
                         {"source", "API"},
                         {"timestampMonth", "2026-11"},
                         {"timestampDay", "2026-11-18"},
                         {"traceName", "checkout"},
                         {"tags", Json::array({"vip"})},
                         {"traceRelease", "r1"},
                         {"traceVersion", "v1"},
                         {"observationName", "reply"},
                         {"observationModelName", "gpt-4.1"},
                         {"observationPromptName", "greet"},
                         {"observationPromptVersion", 3},
                         {"traceId", trace_},
                         {"observationId", SpanIdHex(2)},
                         {"userId", "ann"}};
  for (const std::string path : {"v2/metrics", "metrics"}) {
    for (const char* view : {"scores-numeric", "scores-boolean", "scores-categorical"}) {
      ExpectDimensions(path, view, shared);
      ExpectMeasures(path, view, {{"count", 1}});
    }
    ExpectDimensions(
        path, "scores-numeric",
        {{"name", "csat"}, {"dataType", "NUMERIC"}, {"configId", config_}, {"value", 4}, {"id", "n"}});
    ExpectDimensions(path, "scores-boolean",
                     {{"name", "ok"}, {"dataType", "BOOLEAN"}, {"booleanValue", true}});
    ExpectDimensions(path, "scores-categorical",
                     {{"name", "mood"}, {"dataType", "CATEGORICAL"}, {"stringValue", "good"}});
    ExpectMeasures(path, "scores-numeric", {{"value", 4}});
    ExpectMeasures(path, "scores-boolean", {{"value", 1}});
  }
}

// A score of nothing that is there has a place in the answer all the same.
TEST_F(MetricsViewsTest, AScoreOfAnUnknownObservationHasNoneOfItsDimensions) {
  kit_.SendJson(
      "POST", "/api/public/scores",
      {{"id", "x"}, {"name", "other"}, {"value", 1}, {"traceId", trace_}, {"observationId", "none"}});
  kit_.SendJson(
      "POST", "/api/public/scores",
      {{"id", "y"}, {"name", "other"}, {"value", 1}, {"traceId", "none"}, {"observationId", "none"}});
  const Json changes = {
      {"toTimestamp", "2100-01-01T00:00:00Z"},
      {"dimensions", Json::array({{{"field", "observationName"}}})},
      {"filters",
       Json::array({{{"type", "string"}, {"column", "name"}, {"operator", "="}, {"value", "other"}}})}};

  const Json rows = Rows("v2/metrics", "scores-numeric", changes);

  ASSERT_EQ(rows.size(), 1u);
  EXPECT_TRUE(rows[0]["observationName"].is_null());
  EXPECT_EQ(rows[0]["count_count"], 2);
}

TEST_F(MetricsViewsTest, ListsAreFilteredByScoresToolsAndExperiments) {
  const auto number = [](const char* column, const char* op, double value, const char* key = "") {
    return Json{{"type", *key == 0 ? "number" : "numberObject"},
                {"column", column},
                {"key", key},
                {"operator", op},
                {"value", value}};
  };
  const auto options = [](const char* type, const char* column, const char* value, const char* key = "") {
    return Json{{"type", type},
                {"column", column},
                {"key", key},
                {"operator", "any of"},
                {"value", Json::array({value})}};
  };
  const auto truth = [](const char* op, bool value) {
    return Json{{"type", "booleanObject"},
                {"column", "score_booleans"},
                {"key", "ok"},
                {"operator", op},
                {"value", value}};
  };

  for (const auto& [list, id] : {std::pair("traces", trace_), std::pair("observations", SpanIdHex(2)),
                                 std::pair("v2/observations", SpanIdHex(2))}) {
    EXPECT_THAT(Ids(list, number("scores_avg", ">=", 4, "csat")), ElementsAre(id));
    EXPECT_THAT(Ids(list, number("scores_avg", ">", 4, "csat")), IsEmpty());
    EXPECT_THAT(Ids(list, options("categoryOptions", "score_categories", "good", "mood")), ElementsAre(id));
    EXPECT_THAT(Ids(list, options("categoryOptions", "score_categories", "bad", "mood")), IsEmpty());
    EXPECT_THAT(Ids(list, truth("=", true)), ElementsAre(id));
    EXPECT_THAT(Ids(list, truth("=", false)), IsEmpty());
  }
  // Who has no such score is not the one, either.
  EXPECT_THAT(Ids("observations", truth("<>", true)), ElementsAre(SpanIdHex(1)));
  EXPECT_THAT(Ids("observations", options("arrayOptions", "toolNames", "b")), ElementsAre(SpanIdHex(2)));
  EXPECT_THAT(Ids("observations", options("arrayOptions", "calledToolNames", "b")), IsEmpty());
  EXPECT_THAT(Ids("observations", number("toolDefinitions", "=", 2)), ElementsAre(SpanIdHex(2)));
  EXPECT_THAT(Ids("observations", number("toolCalls", "=", 0)), ElementsAre(SpanIdHex(1)));
  EXPECT_THAT(Ids("observations", options("stringOptions", "experimentId", "e1")), ElementsAre(SpanIdHex(2)));
  EXPECT_THAT(Ids("traces", number("inputCost", "=", 1)), ElementsAre(trace_));
  EXPECT_THAT(Ids("traces", number("outputCost", ">", 2)), IsEmpty());
  EXPECT_THAT(Ids("traces", number("defaultCount", "=", 1)), ElementsAre(trace_));
  EXPECT_THAT(Ids("traces", number("debugCount", "=", 0)), ElementsAre(trace_));
}

}  // namespace
}  // namespace repartee::server::testing
