// What people set up through the public API: score configs, comments, projects and keys.
#include <gmock/gmock.h>

#include "repartee/base/encoding.h"
#include "repartee/server/model/time.h"
#include "repartee/server/testing/server_kit.h"

namespace repartee::server::testing {
namespace {

using ::testing::HasSubstr;

class ConfigTest : public ::testing::Test {
 protected:
  TempFolder folder_;
  ServerKit kit_{folder_.path(), {}};
};

TEST_F(ConfigTest, ScoreConfigsAreMadeListedChangedAndArchived) {
  const Json made =
      kit_.SendJson("POST", "/api/public/score-configs",
                    {{"name", "csat"}, {"dataType", "NUMERIC"}, {"minValue", 1}, {"maxValue", 5}});
  const std::string path = "/api/public/score-configs/" + made["id"].get<std::string>();
  EXPECT_EQ(made["projectId"], "project");
  EXPECT_EQ(made["isArchived"], false);

  const Json changed = kit_.SendJson("PATCH", path, {{"isArchived", true}, {"description", "by phone"}});
  EXPECT_EQ(changed["maxValue"], 5);
  EXPECT_EQ(kit_.GetJson(path), changed);
  EXPECT_EQ(kit_.GetJson("/api/public/score-configs")["data"][0], changed);
  const Json boolean =
      kit_.SendJson("POST", "/api/public/score-configs", {{"name", "ok"}, {"dataType", "BOOLEAN"}});
  EXPECT_EQ(boolean["categories"][0]["label"], "True");
}

TEST_F(ConfigTest, AScoreConfigThatContradictsItselfIsRefused) {
  const auto refused = [this](const Json& body) {
    const HttpResponse response = kit_.Send("POST", "/api/public/score-configs", body);
    EXPECT_EQ(response.status, 400) << body;
    return response.body;
  };

  EXPECT_THAT(refused({{"name", "x"}}), HasSubstr("dataType"));
  EXPECT_THAT(refused({{"name", "x"}, {"dataType", "NUMERIC"}, {"minValue", 5}, {"maxValue", 5}}),
              HasSubstr("greater than"));
  EXPECT_THAT(refused({{"name", "x"}, {"dataType", "CATEGORICAL"}}), HasSubstr("categories"));
  const Json twice = Json::array({{{"value", 1}, {"label", "a"}}, {{"value", 1}, {"label", "b"}}});
  EXPECT_THAT(refused({{"name", "x"}, {"dataType", "CATEGORICAL"}, {"categories", twice}}),
              HasSubstr("unique"));
  EXPECT_THAT(refused(Json::array()), HasSubstr("Expected object"));
}

TEST_F(ConfigTest, AScoreFitsTheConfigThatItNames) {
  const auto make = [this](const Json& config) {
    return kit_.SendJson("POST", "/api/public/score-configs", config)["id"].get<std::string>();
  };
  const std::string csat =
      make({{"name", "csat"}, {"dataType", "NUMERIC"}, {"minValue", 1}, {"maxValue", 5}});
  const std::string solved = make({{"name", "solved"}, {"dataType", "BOOLEAN"}});
  const Json moods = Json::array({{{"value", 2}, {"label", "happy"}}, {{"value", 1}, {"label", "sad"}}});
  const std::string mood = make({{"name", "mood"}, {"dataType", "CATEGORICAL"}, {"categories", moods}});
  const auto send = [this](const std::string& name, const Json& value, const std::string& config,
                           const Json& more = Json::object()) {
    Json score = {{"id", name}, {"traceId", "t"}, {"name", name}, {"value", value}, {"configId", config}};
    score.update(more);
    return kit_.Send("POST", "/api/public/scores", score);
  };

  EXPECT_EQ(send("csat", 5, csat).status, 200);
  EXPECT_EQ(send("solved", 1, solved).status, 200);
  EXPECT_EQ(send("mood", "happy", mood, {{"source", "ANNOTATION"}}).status, 200);
  EXPECT_EQ(kit_.GetJson("/api/public/v2/scores/solved")["dataType"], "BOOLEAN");
  EXPECT_EQ(kit_.GetJson("/api/public/v2/scores/mood")["value"], 2);
  const std::vector<std::pair<HttpResponse, const char*>> refused = {
      {send("csat", 5.5, csat), "value"},     {send("csat", 0, csat), "value"},
      {send("other", 3, csat), "name"},       {send("csat", "3", csat), "value"},
      {send("solved", 0.5, solved), "value"}, {send("mood", "angry", mood), "value"},
      {send("csat", 3, "none"), "configId"},  {send("csat", "3", csat, {{"dataType", "TEXT"}}), "dataType"}};
  for (const auto& [response, field] : refused) {
    EXPECT_EQ(response.status, 400) << response.body;
    EXPECT_NE(response.body.find(std::string(field) + ": "), std::string::npos) << response.body;
  }
  kit_.SendJson("PATCH", "/api/public/score-configs/" + csat, {{"isArchived", true}});
  EXPECT_EQ(send("csat", 3, csat).status, 400);
}

TEST_F(ConfigTest, AScoreInABatchFitsItsConfigOrIsRefusedAlone) {
  const std::string csat = kit_.SendJson("POST", "/api/public/score-configs",
                                         {{"name", "csat"}, {"dataType", "NUMERIC"}, {"maxValue", 5}})["id"];
  const auto event = [&csat](const char* id, double value) {
    return Json{
        {"id", id},
        {"type", "score-create"},
        {"timestamp", "2026-11-22T10:00:00Z"},
        {"body", {{"id", id}, {"traceId", "t"}, {"name", "csat"}, {"value", value}, {"configId", csat}}}};
  };

  const Json answer = kit_.SendJson("POST", "/api/public/ingestion",
                                    {{"batch", Json::array({event("a", 3), event("b", 7)})}}, 207);

  ASSERT_EQ(answer["successes"].size(), 1u) << answer;
  EXPECT_EQ(answer["successes"][0]["id"], "a");
  EXPECT_EQ(answer["errors"][0]["id"], "b");
}

TEST_F(ConfigTest, CommentsNeedSomethingToBeAbout) {
  ASSERT_EQ(kit_.Post("/api/public/otel", MakeRequest({{.trace_id = TraceIdOf(1)}})).status, 200);
  const std::string trace = TraceId::FromBytes(TraceIdOf(1))->Hex();
  Json comment = {
      {"projectId", "project"}, {"objectType", "TRACE"}, {"objectId", trace}, {"content", "slow"}};
  const std::string id = kit_.SendJson("POST", "/api/public/comments", comment)["id"];

  EXPECT_EQ(kit_.GetJson("/api/public/comments/" + id)["content"], "slow");
  EXPECT_EQ(kit_.GetJson("/api/public/comments?objectType=TRACE&objectId=" + trace)["meta"]["totalItems"], 1);
  EXPECT_EQ(kit_.GetJson("/api/public/comments?objectType=SESSION")["meta"]["totalItems"], 0);
  EXPECT_EQ(kit_.Get("/api/public/comments?objectId=" + trace).status, 400);
  comment["objectId"] = "none";
  EXPECT_EQ(kit_.Send("POST", "/api/public/comments", comment).status, 404);
  comment["content"] = std::string(5'001, 'x');
  EXPECT_EQ(kit_.Send("POST", "/api/public/comments", comment).status, 400);
}

TEST_F(ConfigTest, AnOrganisationsKeyMakesProjectsAndTheirKeys) {
  const Result<KeyPair> key = kit_.keys().CreateOrganisationKey("org", "");
  ASSERT_TRUE(key.ok());
  const std::string pair = key->public_key + ":" + key->secret_key;
  const HttpResponse made =
      kit_.Send("POST", "/api/public/projects", {{"name", "Second"}, {"retention", 0}}, pair);
  ASSERT_EQ(made.status, 201) << made.body;
  const std::string path = "/api/public/projects/" + (*ParseJson(made.body))["id"].get<std::string>();

  const HttpResponse keys = kit_.Send("POST", path + "/apiKeys", {{"note", "ci"}}, pair);
  ASSERT_EQ(keys.status, 201) << keys.body;
  const Json opened = *ParseJson(keys.body);
  const std::string own =
      opened["publicKey"].get<std::string>() + ":" + opened["secretKey"].get<std::string>();
  EXPECT_THAT(kit_.Send("GET", "/api/public/projects", {}, own).body, HasSubstr("Second"));
  EXPECT_THAT(kit_.Send("GET", path + "/apiKeys", {}, pair).body,
              ::testing::Not(HasSubstr(opened["secretKey"].get<std::string>())));
  for (const std::int64_t days : {std::int64_t{2}, std::int64_t{-1}, std::int64_t{999'999}, INT64_MAX})
    EXPECT_EQ(kit_.Send("PUT", path, {{"name", "Third"}, {"retention", days}}, pair).status, 400) << days;
  const auto kept = [&] { return kit_.keys().ProjectById((*ParseJson(made.body))["id"].get<std::string>()); };
  EXPECT_EQ(kept()->retention_days, 0);
  EXPECT_EQ(kit_.Send("PUT", path, {{"name", "Third"}, {"retention", 30}}, pair).status, 200);
  EXPECT_EQ(kit_.Send("PUT", path, {{"name", "Third"}}, pair).status, 200);
  EXPECT_EQ(kept()->retention_days, 30);
  EXPECT_EQ(kit_.Send("DELETE", path + "/apiKeys/" + opened["id"].get<std::string>(), {}, pair).status, 200);
  EXPECT_EQ(kit_.Send("GET", "/api/public/projects", {}, own).status, 401);
  // Neither key opens what the other is for.
  EXPECT_EQ(kit_.Send("GET", "/api/public/traces", {}, pair).status, 403);
  EXPECT_EQ(kit_.Send("GET", "/api/public/organizations/projects").status, 403);
  EXPECT_THAT(kit_.Send("GET", "/api/public/organizations/projects", {}, pair).body, HasSubstr("Third"));
}

TEST_F(ConfigTest, MetricsCountWhatIsThere) {
  std::vector<TestSpan> spans;
  for (std::uint64_t i = 1; i <= 4; ++i) {
    TestSpan span{.trace_id = TraceIdOf(i), .span_id = SpanIdOf(i), .name = i == 4 ? "other" : "chat"};
    span.end_ns = span.start_ns + i * 1'000'000'000;
    span.texts = {{"langfuse.user.id", i == 1 ? "ann" : "bob"}};
    spans.push_back(span);
  }
  ASSERT_EQ(kit_.Post("/api/public/otel", MakeRequest(spans, "app")).status, 200);
  const std::string day = FormatIsoTime(static_cast<std::int64_t>(spans[0].start_ns)).substr(0, 10);
  const auto ask = [&](const std::string& path, Json query) {
    query["fromTimestamp"] = day + "T00:00:00Z";
    query["toTimestamp"] = day + "T23:59:59Z";
    return kit_.GetJson("/api/public/" + path + "?query=" + PercentEncode(query.dump()))["data"];
  };
  const Json latency = {{"measure", "latency"}, {"aggregation", "max"}};
  const Json users = {{"measure", "uniqueUserIds"}, {"aggregation", "uniq"}};

  const Json by_name = ask("v2/metrics", {{"view", "observations"},
                                          {"dimensions", Json::array({{{"field", "name"}}})},
                                          {"metrics", {latency, users}}});
  EXPECT_EQ(by_name.dump(), R"([{"name":"other","max_latency":4000,"uniq_uniqueUserIds":1},)"
                            R"({"name":"chat","max_latency":3000,"uniq_uniqueUserIds":2}])");
  const Json traces = ask("metrics", {{"view", "traces"}, {"metrics", {latency}}});
  EXPECT_EQ(traces.dump(), R"([{"max_latency":4000}])");
  const Json filter = {{"type", "string"}, {"column", "userId"}, {"operator", "="}, {"value", "ann"}};
  const Json filtered =
      ask("v2/metrics", {{"view", "observations"}, {"filters", {filter}}, {"metrics", {latency}}});
  EXPECT_EQ(filtered[0]["max_latency"], 1000);
}

}  // namespace
}  // namespace repartee::server::testing
