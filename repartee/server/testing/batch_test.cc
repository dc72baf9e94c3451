// Batch ingestion and scores: events one by one, in the order of their times, and
// what of a request is refused.
#include <gmock/gmock.h>

#include <future>

#include "repartee/base/encoding.h"
#include "repartee/server/limits.h"
#include "repartee/server/store/sqlite/day_file.h"
#include "repartee/server/store/sqlite/index_file.h"
#include "repartee/server/testing/server_kit.h"

namespace repartee::server::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class BatchTest : public ::testing::Test {
 protected:
  static Json Event(const std::string& id, const std::string& type, const std::string& time, Json body) {
    return {{"id", id}, {"type", type}, {"timestamp", "2026-01-01T12:00:" + time + "Z"}, {"body", body}};
  }
  Json Send(const std::vector<Json>& events, int status = 207) {
    const HttpResponse response =
        kit_.Post("/api/public/ingestion", BatchOf(events), {{"Content-Type", "application/json"}});
    EXPECT_EQ(response.status, status) << response.body;
    return *ParseJson(response.body);
  }
  static std::string BatchOf(const std::vector<Json>& events) {
    Json body;
    body["batch"] = events;
    return body.dump();
  }
  // Two spans, one of which began before the time that was said for their trace.
  static void SendALateTrace(ServerKit& kit) {
    const auto span = [](const std::string& id, const std::string& second) {
      const Json body = {{"id", id}, {"traceId", "t"}, {"startTime", "2026-01-01T12:00:" + second + "Z"}};
      return Event("of " + id, "span-create", second, body);
    };
    kit.Post("/api/public/ingestion",
             BatchOf({Event("e", "trace-create", "10", {{"id", "t"}, {"timestamp", "2026-01-01T12:00:10Z"}}),
                      span("early", "05"), span("late", "12")}));
  }
  // The ids of the observations that began before that time, latest first.
  static std::vector<std::string> ListedUpTo(ServerKit& kit, const std::string& time) {
    std::vector<std::string> ids;
    const Json page = kit.GetJson("/api/public/observations?toStartTime=" + time);
    for (const Json& observation : page["data"]) ids.push_back(observation["id"]);
    return ids;
  }
  HttpResponse PostScores(const Json& body, HttpHeaders headers = {}) {
    headers.Set("Content-Type", "application/json");
    return kit_.Post("/api/public/scores", body.dump(), headers);
  }

  TempFolder folder_;
  ServerKit kit_{folder_.path(), {}};
};

TEST_F(BatchTest, ALateEventWithAnEarlierTimeChangesNothingThatWasSaidLater) {
  Send({Event("e2", "span-update", "02",
              {{"id", "s"}, {"traceId", "t"}, {"name", "late"}, {"output", "two"}})});
  Send({Event("e1", "span-create", "01",
              {{"id", "s"}, {"traceId", "t"}, {"name", "early"}, {"input", "one"}})});

  const Json span = kit_.GetJson("/api/public/observations/s");

  EXPECT_EQ(span["name"], "late");
  EXPECT_EQ(span["input"], "one");
  EXPECT_EQ(span["output"], "two");
  EXPECT_EQ(span["traceId"], "t");
}

TEST_F(BatchTest, ABadEventIsNamedAndTheOthersAreTaken) {
  const Json answer = Send({Event("good", "trace-create", "01", {{"id", "t"}, {"name", "call"}}),
                            Event("bad", "span-create", "01", {{"traceId", "t"}}),
                            Event("odd", "chain-update", "01", {{"id", "c"}}),
                            {{"id", "old"}, {"type", "trace-create"}, {"timestamp", "2026-01-01 12:00:00"}},
                            7});

  ASSERT_EQ(answer["successes"].size(), 1u);
  EXPECT_EQ(answer["successes"][0]["id"], "good");
  ASSERT_EQ(answer["errors"].size(), 4u);
  EXPECT_THAT(answer["errors"].dump(), HasSubstr("body.id: missing"));
  EXPECT_EQ(answer["errors"][0]["id"], "bad");
  EXPECT_EQ(answer["errors"][0]["status"], 400);
  EXPECT_EQ(answer["errors"][3]["id"], "unknown");
  EXPECT_EQ(kit_.GetJson("/api/public/traces/t")["name"], "call");
}

TEST_F(BatchTest, ASdkLogStandsInNeitherList) {
  const Json answer = Send({Event("log", "sdk-log", "01", {{"log", "x"}})});

  EXPECT_TRUE(answer["successes"].empty());
  EXPECT_TRUE(answer["errors"].empty());
}

TEST_F(BatchTest, AnUpdateWithoutItsTraceFindsIt) {
  Send({Event("e1", "span-create", "01", {{"id", "s"}, {"traceId", "t"}, {"name", "work"}})});
  Send({Event("e2", "span-update", "02", {{"id", "s"}, {"output", "done"}})});

  const Json trace = kit_.GetJson("/api/public/traces/t");

  ASSERT_EQ(trace["observations"].size(), 1u);
  EXPECT_EQ(trace["observations"][0]["output"], "done");
}

TEST_F(BatchTest, IdsThatAreNoNumbersAreShownAsTheyCame) {
  Send({Event("e1", "span-create", "01", {{"id", "parent id"}, {"traceId", "my/trace"}}),
        Event("e2", "event-create", "02",
              {{"id", "child"}, {"traceId", "my/trace"}, {"parentObservationId", "parent id"}})});

  const Json listed = kit_.GetJson("/api/public/traces")["data"][0];
  const Json child = kit_.GetJson("/api/public/observations/child");

  EXPECT_EQ(listed["id"], "my/trace");
  EXPECT_EQ(listed["observations"].size(), 2u);
  EXPECT_EQ(child["parentObservationId"], "parent id");
  EXPECT_EQ(child["traceId"], "my/trace");
  EXPECT_TRUE(child["endTime"].is_null());
}

TEST_F(BatchTest, OfEventsOfOneMillisecondUpdatesComeLastAndCreationsTheOtherWayRound) {
  const auto named = [](const char* name) { return Json{{"id", "s"}, {"traceId", "t"}, {"name", name}}; };
  // Digits below a millisecond do not count.
  Send({Event("c", "span-update", "01.0001", named("updated first")),
        Event("b", "span-update", "01.0000", named("updated last")),
        Event("a", "span-create", "01.0009", named("created"))});
  EXPECT_EQ(kit_.GetJson("/api/public/observations/s")["name"], "updated last");

  const auto made = [](const char* name) { return Json{{"id", "u"}, {"traceId", "t"}, {"name", name}}; };
  Send({Event("d", "span-create", "02", made("first"))});
  Send({Event("e", "span-create", "02", made("second")), Event("f", "span-create", "02", made("third"))});
  EXPECT_EQ(kit_.GetJson("/api/public/observations/u")["name"], "first");
  Send({Event("g", "span-update", "02", {{"id", "u"}, {"name", "fourth"}})});
  Send({Event("h", "span-update", "02", {{"id", "u"}, {"name", "fifth"}})});
  EXPECT_EQ(kit_.GetJson("/api/public/observations/u")["name"], "fifth");
}

TEST_F(BatchTest, MetadataThatSaysNothingIsNoneAndWhatIsNoObjectIsAText) {
  const auto with = [](const char* id, const Json& metadata) {
    return Event(std::string("e") + id, "span-create", "01",
                 {{"id", id}, {"traceId", "t"}, {"parentObservationId", ""}, {"metadata", metadata}});
  };
  Send({with("none", 0), with("list", {1, "two"}), with("text", "word"),
        with("object", {{"k", Json::array({1})}})});

  const auto metadata = [this](const std::string& id) {
    return kit_.GetJson("/api/public/observations/" + id)["metadata"];
  };
  EXPECT_FALSE(metadata("none").contains("metadata"));
  EXPECT_EQ(metadata("list")["metadata"].dump(), R"([1,"two"])");
  EXPECT_EQ(metadata("text")["metadata"], "word");
  EXPECT_EQ(metadata("object")["k"], Json::array({1}));
  EXPECT_TRUE(kit_.GetJson("/api/public/observations/text")["parentObservationId"].is_null());
}

TEST_F(BatchTest, WhatAnEventMaySayIsChecked) {
  std::string smiles;
  for (int i = 0; i < 501; ++i) smiles += "\xF0\x9F\x99\x82";  // two characters each to JavaScript
  const auto span = [](const char* key, const Json& value) {
    Json body = {{"id", "s"}, {"traceId", "t"}};
    body[key] = value;
    return body;
  };
  const std::pair<Json, const char*> kRefused[] = {
      {Event("1", "trace-create", "01", {{"id", ""}}), "body.id"},
      {Event("2", "trace-create", "01", {{"id", "a\rb"}}), "body.id"},
      {Event("3", "trace-create", "01", {{"id", "t"}, {"name", smiles}}), "body.name"},
      {Event("4", "span-create", "01", span("traceId", std::string(801, 'x'))), "body.traceId"},
      {Event("5", "generation-create", "01", span("usage", {{"input", 1.5}})), "body.usage.input"},
      {Event("6", "generation-create", "01", span("usage", {{"inputCost", "1"}})), "body.usage.inputCost"},
      {Event("7", "generation-create", "01", span("usage", 7)), "body.usage"},
      {Event("8", "span-create", "01", span("promptName", "p")), "give both or neither"}};
  for (const auto& [event, reason] : kRefused) {
    const Json answer = Send({event});
    EXPECT_EQ(answer["errors"].size(), 1u) << event;
    EXPECT_THAT(answer["errors"].dump(), HasSubstr(reason)) << event;
  }
  const Json taken =
      Send({Event("9", "span-create", "01", span("usage", {{"input", 1.5}})),
            Event("10", "generation-create", "01", {{"id", "g"}, {"traceId", "t"}, {"promptName", ""}}),
            Event("11", "trace-create", "01", {{"id", "t"}, {"name", smiles.substr(4)}})});
  EXPECT_EQ(taken["successes"].size(), 3u) << taken;
}

TEST_F(BatchTest, ASpanThatBeganBeforeItsTraceIsListed) {
  SendALateTrace(kit_);

  EXPECT_THAT(ListedUpTo(kit_, "2026-01-01T12:00:08Z"), ElementsAre("early"));
  EXPECT_THAT(ListedUpTo(kit_, "2026-01-01T12:00:13Z"), ElementsAre("late", "early"));
  const Json first = kit_.GetJson("/api/public/v2/observations?limit=1");
  const std::string cursor = first["meta"]["cursor"];
  const Json second = kit_.GetJson("/api/public/v2/observations?limit=1&cursor=" + PercentEncode(cursor));
  EXPECT_EQ(first["data"][0]["id"], "late");
  ASSERT_EQ(second["data"].size(), 1u);
  EXPECT_EQ(second["data"][0]["id"], "early");
}

TEST_F(BatchTest, ASpanOfTheDayBeforeItsTraceIsListed) {
  Send({{{"id", "e1"},
         {"type", "trace-create"},
         {"timestamp", "2026-01-02T00:00:10Z"},
         {"body", {{"id", "t"}, {"timestamp", "2026-01-02T00:00:10Z"}}}},
        Event("e2", "span-create", "05",
              {{"id", "s"}, {"traceId", "t"}, {"startTime", "2026-01-01T23:59:59Z"}})});

  EXPECT_THAT(ListedUpTo(kit_, "2026-01-02T00:00:00Z"), ElementsAre("s"));
}

TEST_F(BatchTest, ASpanThatBeganBeforeItsTraceIsListedFromAFileOfTheVersionBefore) {
  const std::string folder = folder_.path() + "/again";
  {
    ServerKit kit(folder, {});
    SendALateTrace(kit);
  }
  {
    Result<std::unique_ptr<Database>> day = Database::Open(DayPath(folder, ListDays(folder).front()), {});
    ASSERT_TRUE(day.ok()) << day.status();
    const Status status = (*day)->Execute("ALTER TABLE trace_count DROP COLUMN lead;PRAGMA user_version=7");
    ASSERT_TRUE(status.ok()) << status;
  }
  ServerKit kit(folder, {});
  kit.Post("/api/public/ingestion",
           BatchOf({Event("e4", "span-create", "14", {{"id", "x"}, {"traceId", "y"}})}));

  EXPECT_THAT(ListedUpTo(kit, "2026-01-01T12:00:08Z"), ElementsAre("early"));
}

TEST_F(BatchTest, AnEventThatFindsNoPlaceBehindTheStoredOnesIsRefusedAndTheyStay) {
  std::vector<Json> events;
  for (std::size_t i = 0; i < kMaxEventsPerEntity; ++i)
    events.push_back(Event("e" + std::to_string(i), "trace-create", "01", {{"id", "t"}}));
  events.back() = Event("newest", "trace-create", "02", {{"id", "t"}, {"name", "kept"}});
  EXPECT_EQ(Send(events)["successes"].size(), kMaxEventsPerEntity);

  const Json answer = Send({Event("new", "trace-create", "01", {{"id", "t"}, {"name", "new"}}),
                            Event("newest", "trace-create", "02", {{"id", "t"}, {"name", "kept"}}),
                            Event("other", "trace-create", "01", {{"id", "u"}})});

  EXPECT_EQ(answer["successes"], *ParseJson(R"([{"id":"other","status":201},{"id":"newest","status":201}])"));
  ASSERT_EQ(answer["errors"].size(), 1u);
  EXPECT_EQ(answer["errors"][0]["id"], "new");
  EXPECT_EQ(answer["errors"][0]["status"], 400);
  EXPECT_THAT(answer["errors"][0]["error"].get<std::string>(), HasSubstr("more than 1000 events"));
  EXPECT_EQ(kit_.GetJson("/api/public/traces/t")["name"], "kept");
}

TEST_F(BatchTest, FiltersFindIdsAsTheyCame) {
  Send({Event("e1", "span-create", "01", {{"id", "parent id"}, {"traceId", "t"}}),
        Event("e2", "span-create", "02",
              {{"id", "child id"}, {"traceId", "t"}, {"parentObservationId", "parent id"}}),
        Event("e3", "span-create", "03", {{"id", "0123456789abcdef"}, {"traceId", "t"}})});
  const auto ids = [this](const std::string& column, const std::string& op, const std::string& value) {
    const Json filter = Json::array({{{"type", op.ends_with("null") ? "null" : "string"},
                                      {"column", column},
                                      {"operator", op},
                                      {"value", value}}});
    std::vector<std::string> found;
    const Json page = kit_.GetJson("/api/public/observations?filter=" + PercentEncode(filter.dump()));
    for (const Json& observation : page["data"]) found.push_back(observation["id"]);
    return found;
  };

  EXPECT_THAT(ids("id", "=", "child id"), ElementsAre("child id"));
  EXPECT_THAT(ids("id", "=", "0123456789abcdef"), ElementsAre("0123456789abcdef"));
  EXPECT_THAT(ids("parentObservationId", "=", "parent id"), ElementsAre("child id"));
  EXPECT_THAT(ids("parentObservationId", "is null", ""), ElementsAre("0123456789abcdef", "parent id"));
}

TEST_F(BatchTest, SurvivesARestart) {
  const std::string folder = folder_.path() + "/again";
  {
    ServerKit kit(folder, {});
    kit.Post("/api/public/ingestion",
             BatchOf({Event("e1", "trace-create", "01", {{"id", "t"}, {"name", "call"}, {"tags", {"a"}}})}));
  }
  ServerKit kit(folder, {});
  kit.Post("/api/public/ingestion",
           BatchOf({Event("e2", "trace-create", "02", {{"id", "t"}, {"tags", {"b"}}})}));

  const Json trace = kit.GetJson("/api/public/traces/t");

  EXPECT_EQ(trace["name"], "call");
  EXPECT_EQ(trace["tags"], Json({"a", "b"}));
  EXPECT_EQ(trace["timestamp"], "2026-01-01T12:00:01.000Z");
}

TEST_F(BatchTest, WhatIsNoBatchIs400) {
  EXPECT_EQ(kit_.Post("/api/public/ingestion", "{").status, 400);
  EXPECT_EQ(kit_.Post("/api/public/ingestion", R"({"batch":1})").status, 400);
  EXPECT_EQ(kit_.Get("/api/public/ingestion").status, 405);
  EXPECT_TRUE(Send({})["successes"].empty());
}

TEST_F(BatchTest, APublicKeyAloneMayWriteScoresAndNothingElse) {
  const HttpHeaders bearer{{"Authorization", std::string("Bearer ") + kPublicKey}};
  const std::string batch =
      BatchOf({Event("s", "score-create", "01", {{"id", "x"}, {"traceId", "t"}, {"name", "n"}, {"value", 1}}),
               Event("t", "trace-create", "01", {{"id", "t"}})});

  const Json answer = *ParseJson(kit_.Post("/api/public/ingestion", batch, bearer).body);

  EXPECT_EQ(answer["successes"][0]["id"], "s");
  EXPECT_EQ(answer["errors"][0]["status"], 401);
  EXPECT_EQ(PostScores({{"traceId", "t"}, {"name", "n"}, {"value", 1}}, bearer).status, 200);
}

TEST_F(BatchTest, AScoreIsChangedByItsId) {
  Send({Event("e", "trace-create", "01", {{"id", "t"}})});
  PostScores({{"id", "s"}, {"traceId", "t"}, {"name", "ok"}, {"value", 1}, {"comment", "c"}});
  PostScores({{"id", "s"}, {"traceId", "t"}, {"name", "ok"}, {"value", 0.5}});

  const Json scores = kit_.GetJson("/api/public/traces/t")["scores"];

  ASSERT_EQ(scores.size(), 1u);
  EXPECT_EQ(scores[0]["value"], 0.5);
  EXPECT_EQ(scores[0]["comment"], "c");
}

TEST_F(BatchTest, EachScoreOfAListIsCheckedAlone) {
  const Json good = {{"traceId", "t"}, {"name", "ok"}, {"value", 1}};
  const HttpResponse all = PostScores(Json::array({good, good}));
  const HttpResponse some = PostScores(Json::array({good, {{"name", "ok"}, {"value", 1}}}));

  EXPECT_EQ(all.status, 202);
  EXPECT_EQ(*ParseJson(all.body), Json({{"message", "Accepted"}}));
  EXPECT_EQ(some.status, 207);
  EXPECT_EQ((*ParseJson(some.body))["accepted"], 1);
  EXPECT_THAT((*ParseJson(some.body))["errors"][0]["message"].get<std::string>(),
              HasSubstr("[1] give exactly one of traceId"));
}

TEST_F(BatchTest, ScoresThatCannotBeAreRefusedWithTheReason) {
  const std::pair<Json, const char*> kCases[] = {
      {{{"traceId", "t"}, {"value", 1}}, "name"},
      {{{"traceId", "t"}, {"name", "n"}}, "value: missing"},
      {{{"traceId", "t"}, {"sessionId", "s"}, {"name", "n"}, {"value", 1}}, "exactly one"},
      {{{"sessionId", "s"}, {"observationId", "o"}, {"name", "n"}, {"value", 1}}, "needs traceId"},
      {{{"traceId", "t"}, {"name", "n"}, {"value", 2}, {"dataType", "BOOLEAN"}}, "0 or 1"},
      {{{"traceId", "t"}, {"name", "n"}, {"value", 2}, {"dataType", "CATEGORICAL"}}, "expected a string"},
      {{{"traceId", "t"}, {"name", "n"}, {"value", ""}, {"dataType", "TEXT"}}, "1 to 500"},
      {{{"traceId", "t"}, {"name", "n"}, {"value", 1}, {"source", "ANNOTATION"}}, "configId"},
      {{{"traceId", "t"}, {"name", "n"}, {"value", 1}, {"dataType", "FLOAT"}}, "no such value"},
      {7, "a score is a JSON object"},
  };
  for (const auto& [body, reason] : kCases) {
    const HttpResponse response = PostScores(body);
    EXPECT_EQ(response.status, 400) << body.dump();
    EXPECT_THAT(response.body, HasSubstr(reason));
  }
}

TEST_F(BatchTest, ScoresAreListedByWhatIsAsked) {
  for (int i = 0; i < 5; ++i) {
    PostScores({{"id", "s" + std::to_string(i)},
                {"traceId", i < 3 ? "a" : "b"},
                {"name", i % 2 == 0 ? "even" : "odd"},
                {"value", i}});
  }
  const auto list = [this](ScoreQuery query) {
    query.project = kit_.project();
    std::promise<ScorePage> page;
    EXPECT_TRUE(
        kit_.store().Read([&](StoreReader& reader) { page.set_value(*reader.ListScores(query)); }).ok());
    return page.get_future().get();
  };

  EXPECT_EQ(list({}).total, 5u);
  EXPECT_EQ(list({}).rows[0].id, "s4");
  EXPECT_EQ(list({.trace_ids = {"a"}}).rows.size(), 3u);
  EXPECT_EQ(list({.names = {"odd"}}).rows.size(), 2u);
  EXPECT_EQ(list({.values = {{ScoreComparison::kGreaterOrEqual, 3}}}).rows.size(), 2u);
  const ScorePage first = list({.limit = 2});
  const ScorePage second = list({.after = std::pair(first.rows[1].time_ns, first.rows[1].id), .limit = 2});
  EXPECT_EQ(second.rows[0].id, "s2");
  EXPECT_EQ(second.total, 5u);
}

}  // namespace
}  // namespace repartee::server::testing
