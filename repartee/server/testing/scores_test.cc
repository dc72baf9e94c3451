// Scores, written by one form and read by all generations.
#include <gmock/gmock.h>

#include <algorithm>
#include <map>

#include "repartee/base/encoding.h"
#include "repartee/server/limits.h"
#include "repartee/server/testing/server_kit.h"

namespace repartee::server::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ScoresTest : public ::testing::Test {
 protected:
  void SetUp() override {
    TestSpan span{.trace_id = TraceIdOf(1), .span_id = SpanIdOf(1), .name = "call"};
    span.texts = {{"langfuse.user.id", "ann"}, {"langfuse.trace.tags", "vip"}};
    ASSERT_EQ(kit_.Post("/api/public/otel", MakeRequest({span}, "app")).status, 200);
    Write({{"id", "a"}, {"name", "csat"}, {"value", 4}, {"traceId", trace_}, {"comment", "fine"}});
    Write({{"id", "b"},
           {"name", "ok"},
           {"value", 1},
           {"dataType", "BOOLEAN"},
           {"traceId", trace_},
           {"observationId", SpanIdHex(1)}});
    Write({{"id", "c"}, {"name", "mood"}, {"value", "happy"}, {"sessionId", "call-7"}});
  }
  void Write(const Json& score) { kit_.SendJson("POST", "/api/public/scores", score); }

  // Ids of the page, sorted.
  std::vector<std::string> Ids(const std::string& target) {
    const Json page = kit_.GetJson("/api/public/" + target);
    std::vector<std::string> ids;
    for (const Json& score : page["data"]) ids.push_back(score["id"]);
    std::sort(ids.begin(), ids.end());
    return ids;
  }

  const std::string trace_ = TraceId::FromBytes(TraceIdOf(1))->Hex();
  TempFolder folder_;
  ServerKit kit_{folder_.path(), {}};
};

TEST_F(ScoresTest, TheFirstGenerationShowsThoseOfTracesAlone) {
  EXPECT_THAT(Ids("scores"), ElementsAre("a", "b"));
  EXPECT_THAT(Ids("v2/scores"), ElementsAre("a", "b", "c"));
  EXPECT_EQ(kit_.Get("/api/public/scores/c").status, 404);
  EXPECT_EQ(kit_.GetJson("/api/public/v2/scores/c")["stringValue"], "happy");
}

TEST_F(ScoresTest, TheSecondGenerationFilters) {
  EXPECT_THAT(Ids("v2/scores?name=csat"), ElementsAre("a"));
  EXPECT_THAT(Ids("v2/scores?operator=%3E%3D&value=2"), ElementsAre("a"));
  EXPECT_THAT(Ids("v2/scores?dataType=CATEGORICAL"), ElementsAre("c"));
  EXPECT_THAT(Ids("v2/scores?scoreIds=a,c"), ElementsAre("a", "c"));
  EXPECT_THAT(Ids("v2/scores?userId=ann&traceTags=vip"), ElementsAre("a", "b"));
  EXPECT_THAT(Ids("v2/scores?userId=bob"), ElementsAre());
  const std::string filter = R"([{"type":"string","column":"comment","operator":"contains","value":"in"}])";
  EXPECT_THAT(Ids("v2/scores?filter=" + PercentEncode(filter)), ElementsAre("a"));
  const Json first = kit_.GetJson("/api/public/v2/scores?name=csat")["data"][0];
  EXPECT_EQ(first["trace"]["userId"], "ann");
  EXPECT_FALSE(kit_.GetJson("/api/public/v2/scores?name=csat&fields=score")["data"][0].contains("trace"));
  EXPECT_EQ(kit_.Get("/api/public/v2/scores?dataType=POEM").status, 400);
}

TEST_F(ScoresTest, TheThirdGenerationHasTypedValuesAndSubjects) {
  const Json page = kit_.GetJson("/api/public/v3/scores?fields=details,subject");
  std::map<std::string, Json> scores;
  for (const Json& score : page["data"]) scores[score["id"]] = score;

  EXPECT_EQ(scores["a"]["value"], 4);
  EXPECT_EQ(scores["a"]["comment"], "fine");
  EXPECT_EQ(scores["a"]["subject"]["kind"], "trace");
  EXPECT_EQ(scores["b"]["value"], true);
  EXPECT_EQ(scores["b"]["subject"]["traceId"], trace_);
  EXPECT_EQ(scores["c"]["value"], "happy");
  EXPECT_EQ(page["meta"]["limit"], 50);
  EXPECT_FALSE(page["meta"].contains("cursor"));
  EXPECT_FALSE(kit_.GetJson("/api/public/v3/scores")["data"][0].contains("subject"));
}

TEST_F(ScoresTest, TheThirdGenerationRefusesWhatItDoesNotKnow) {
  for (const char* query :
       {"poem=1", "userId=ann", "fields=poem", "limit=0", "cursor=x", "value=1", "valueMin=1",
        "observationId=x", "traceId=a&sessionId=b", "dataType=POEM", "value=x&dataType=NUMERIC"}) {
    EXPECT_EQ(kit_.Get("/api/public/v3/scores?" + std::string(query)).status, 400) << query;
  }
  EXPECT_THAT(Ids("v3/scores?dataType=BOOLEAN&value=true"), ElementsAre("b"));
  EXPECT_THAT(Ids("v3/scores?dataType=NUMERIC&valueMin=3&valueMax=5"), ElementsAre("a"));
  EXPECT_THAT(Ids("v3/scores?name=csat,%20mood"), ElementsAre("a", "c"));
  EXPECT_THAT(Ids("v3/scores?dataType=numeric&value=9,4"), ElementsAre("a"));
  EXPECT_THAT(Ids("v3/scores?dataType=CATEGORICAL&value=none,happy"), ElementsAre("c"));
}

TEST_F(ScoresTest, TextsAreMeasuredInCharacters) {
  std::string text;
  for (int i = 0; i < 500; ++i) text += "ü";
  Json score = {{"name", "note"}, {"value", text}, {"dataType", "TEXT"}, {"traceId", trace_}};
  Write(score);
  score["value"] = text + "ü";

  EXPECT_EQ(kit_.Send("POST", "/api/public/scores", score).status, 400);
}

TEST_F(ScoresTest, ItsCursorReadsOnWhereThePageEnded) {
  std::vector<std::string> seen;
  std::string cursor;
  do {
    const Json page = kit_.GetJson("/api/public/v3/scores?limit=1" + cursor);
    for (const Json& score : page["data"]) seen.push_back(score["id"]);
    cursor = page["meta"].contains("cursor") ? "&cursor=" + page["meta"]["cursor"].get<std::string>() : "";
    // Newer ones do not come in between.
    Write(
        {{"id", "new-" + std::to_string(seen.size())}, {"name", "late"}, {"value", 1}, {"traceId", trace_}});
  } while (!cursor.empty() && seen.size() < 10);

  std::sort(seen.begin(), seen.end());
  EXPECT_THAT(seen, ElementsAre("a", "b", "c"));
}

TEST_F(ScoresTest, AreShownWithTheirTraceUntilTheyAreDeleted) {
  const auto shown = [this] { return kit_.GetJson("/api/public/traces/" + trace_)["scores"].size(); };
  EXPECT_EQ(shown(), 2u);
  EXPECT_EQ(kit_.GetJson("/api/public/traces")["data"][0]["scores"].size(), 2u);

  const HttpResponse deleted = kit_.Send("DELETE", "/api/public/scores/a");

  EXPECT_EQ(deleted.status, 202);
  EXPECT_THAT(deleted.body, HasSubstr("message"));
  EXPECT_EQ(shown(), 1u);
}

TEST_F(ScoresTest, AListShowsThemWithEachOfItsTracesHoweverManyThereAre) {
  const std::string other = TraceId::FromBytes(TraceIdOf(2))->Hex();
  ASSERT_EQ(
      kit_.Post("/api/public/otel", MakeRequest({{.trace_id = TraceIdOf(2), .span_id = SpanIdOf(2)}}, "app"))
          .status,
      200);
  Write({{"id", "of-other"}, {"name", "csat"}, {"value", 1}, {"traceId", other}});
  const auto shown = [&](const std::string& trace) {
    const Json page = kit_.GetJson("/api/public/traces");
    for (const Json& row : page["data"]) {
      if (row["id"] == trace) return row["scores"];
    }
    return Json();
  };
  EXPECT_EQ(shown(trace_).size(), 2u);
  EXPECT_EQ(shown(other), Json::array({"of-other"}));

  Json many = Json::array();
  for (std::size_t i = 0; i < kMaxScoresPerTrace; ++i)
    many.push_back({{"id", "m" + std::to_string(i)}, {"name", "n"}, {"value", 1}, {"traceId", trace_}});
  kit_.SendJson("POST", "/api/public/scores", many, 202);

  EXPECT_EQ(shown(trace_).size(), kMaxScoresPerTrace);
  EXPECT_EQ(shown(other), Json::array({"of-other"}));
}

TEST_F(ScoresTest, AreMeasured) {
  Json query = {{"view", "scores-numeric"}, {"dimensions", Json::array({{{"field", "name"}}})}};
  query["metrics"] = Json::array({{{"measure", "value"}, {"aggregation", "avg"}}});
  query["fromTimestamp"] = "2000-01-01T00:00:00Z";
  query["toTimestamp"] = "2200-01-01T00:00:00Z";
  const auto ask = [&] {
    return kit_.GetJson("/api/public/v2/metrics?query=" + PercentEncode(query.dump()))["data"].dump();
  };
  EXPECT_EQ(ask(), R"([{"name":"csat","avg_value":4}])");
  query["view"] = "scores-categorical";
  query["metrics"][0] = {{"measure", "count"}, {"aggregation", "count"}};
  query["dimensions"][0]["field"] = "stringValue";
  EXPECT_EQ(ask(), R"([{"stringValue":"happy","count_count":1}])");
}

}  // namespace
}  // namespace repartee::server::testing
