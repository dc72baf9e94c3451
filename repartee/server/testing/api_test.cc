// The public API's own rules: paging, filters, errors, CORS.
#include <gmock/gmock.h>

#include <filesystem>

#include "repartee/base/encoding.h"
#include "repartee/server/limits.h"
#include "repartee/server/model/time.h"
#include "repartee/server/store/sqlite/day_file.h"
#include "repartee/server/testing/server_kit.h"

namespace repartee::server::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class ApiTest : public ::testing::Test {
 protected:
  // Five traces of one generation each, a second apart.
  void Fill() {
    std::vector<TestSpan> spans;
    for (std::uint64_t i = 1; i <= 5; ++i) {
      TestSpan span{.trace_id = TraceIdOf(i), .span_id = SpanIdOf(i), .name = "chat"};
      span.start_ns += i * 1'000'000'000;
      span.end_ns = span.start_ns + 1'500'000'000;
      span.texts = {{"gen_ai.operation.name", "chat"},
                    {"gen_ai.request.model", "gpt-4.1"},
                    {"langfuse.user.id", i == 3 ? "ann" : "bob"},
                    {"output", R"({"b":1,"a":[1.50]})"}};
      span.integers = {{"gen_ai.usage.input_tokens", 42}, {"gen_ai.usage.output_tokens", 9}};
      span.failed = i == 2;
      spans.push_back(span);
    }
    ASSERT_EQ(kit_.Post("/api/public/otel", MakeRequest(spans, "app")).status, 200);
  }
  static std::string TraceHex(std::uint64_t i) { return TraceId::FromBytes(TraceIdOf(i))->Hex(); }

  TempFolder folder_;
  ServerKit kit_{folder_.path(), {}};
};

TEST_F(ApiTest, PagesTracesNewestFirst) {
  Fill();

  const Json page = kit_.GetJson("/api/public/traces?page=2&limit=2");

  EXPECT_EQ(page["meta"], *ParseJson(R"({"page":2,"limit":2,"totalItems":5,"totalPages":3})"));
  ASSERT_EQ(page["data"].size(), 2u);
  EXPECT_EQ(page["data"][0]["id"], TraceHex(3));
  EXPECT_EQ(page["data"][0]["latency"], 1.5);
  EXPECT_EQ(page["data"][0]["observations"][0], SpanIdHex(3));
}

TEST_F(ApiTest, FieldGroupsThatAreNotAskedForAreLeftOut) {
  Fill();

  const Json trace = kit_.GetJson("/api/public/traces?limit=1&fields=core")["data"][0];

  EXPECT_FALSE(trace.contains("input"));
  EXPECT_EQ(trace["observations"], Json::array());
  EXPECT_EQ(trace["latency"], -1);
  EXPECT_EQ(trace["totalCost"], -1);
}

TEST_F(ApiTest, FiltersAndOrdersTraces) {
  Fill();
  const auto count = [this](const std::string& query) {
    return kit_.GetJson("/api/public/traces?fields=core&" + query)["meta"]["totalItems"].get<int>();
  };

  EXPECT_EQ(count("userId=ann"), 1);
  EXPECT_EQ(count("name=chat"), 5);
  EXPECT_EQ(count("name=other"), 0);
  EXPECT_EQ(count("environment=default&environment=production"), 5);
  const Json first = kit_.GetJson("/api/public/traces?fields=core&orderBy=timestamp.asc")["data"][0];
  EXPECT_EQ(first["id"], TraceHex(1));
  const std::string from = first["timestamp"];
  EXPECT_EQ(count("fromTimestamp=" + from), 5);
  EXPECT_EQ(count("toTimestamp=" + from), 0);
}

TEST_F(ApiTest, DeletedTracesAreGoneWhenItAnswers) {
  Fill();
  ASSERT_EQ(
      kit_.Send("POST", "/api/public/scores", {{"name", "s"}, {"value", 1}, {"traceId", TraceHex(2)}}).status,
      200);

  const HttpResponse one = kit_.Send("DELETE", "/api/public/traces/" + TraceHex(2));
  const HttpResponse unknown = kit_.Send("DELETE", "/api/public/traces/unknown");
  const Json ids{{"traceIds", {TraceHex(3), TraceHex(4), "unknown"}}};
  const HttpResponse many = kit_.Send("DELETE", "/api/public/traces", ids);

  EXPECT_EQ(one.status, 200);
  EXPECT_EQ(one.body, R"({"message":"Trace deleted successfully"})");
  EXPECT_EQ(unknown.status, 200);
  EXPECT_EQ(many.status, 200);
  EXPECT_EQ(kit_.GetJson("/api/public/traces")["meta"]["totalItems"], 2);
  EXPECT_EQ(kit_.Get("/api/public/traces/" + TraceHex(2)).status, 404);
  EXPECT_EQ(kit_.Get("/api/public/observations/" + SpanIdHex(3)).status, 404);
}

TEST_F(ApiTest, ADeletionNamesWhatIsWrongWithItsIds) {
  EXPECT_EQ(kit_.Send("DELETE", "/api/public/traces", Json::object()).status, 400);
  EXPECT_EQ(kit_.Send("DELETE", "/api/public/traces", {{"traceIds", Json::array()}}).status, 400);
  EXPECT_EQ(kit_.Send("DELETE", "/api/public/traces", {{"traceIds", 5}}).status, 400);
  EXPECT_EQ(
      kit_.Send("DELETE", "/api/public/traces", {{"traceIds", std::vector<std::string>(1'001, "x")}}).status,
      400);
}

TEST_F(ApiTest, ObservationsCarryUsageCostAndTextsAsSent) {
  Fill();

  const Json observation = kit_.GetJson("/api/public/observations?limit=1")["data"][0];

  EXPECT_EQ(observation["type"], "GENERATION");
  EXPECT_EQ(observation["usage"]["total"], 51);
  EXPECT_EQ(observation["usageDetails"]["output"], 9);
  EXPECT_DOUBLE_EQ(observation["costDetails"]["total"].get<double>(), 42 * 2e-6 + 9 * 8e-6);
  EXPECT_EQ(observation["modelId"], "cm7nusn643377tvmzh27m33kl");
  EXPECT_EQ(observation["output"].dump(), R"({"b":1,"a":[1.5]})");
  EXPECT_THAT(kit_.Get("/api/public/observations?limit=1").body, HasSubstr(R"({"b":1,"a":[1.50]})"));
  EXPECT_EQ(kit_.GetJson("/api/public/observations/" + SpanIdHex(5)), observation);
}

TEST_F(ApiTest, FiltersObservations) {
  Fill();
  const auto count = [this](const std::string& query) {
    return kit_.GetJson("/api/public/observations?" + query)["meta"]["totalItems"].get<int>();
  };

  EXPECT_EQ(count("type=GENERATION"), 5);
  EXPECT_EQ(count("type=SPAN"), 0);
  EXPECT_EQ(count("level=ERROR"), 1);
  EXPECT_EQ(count("traceId=" + TraceHex(4)), 1);
  EXPECT_EQ(count("traceId=none"), 0);
  EXPECT_EQ(count("parentObservationId=" + SpanIdHex(1)), 0);
  EXPECT_EQ(count("userId=ann"), 1);
}

TEST_F(ApiTest, AnObservationsEnvironmentIsItsOwn) {
  TestSpan root{.span_id = SpanIdOf(1)};
  root.texts = {{"langfuse.environment", "production"}};
  TestSpan step{.span_id = SpanIdOf(2), .parent_id = SpanIdOf(1)};
  step.texts = {{"langfuse.environment", "staging"}};
  ASSERT_EQ(kit_.Post("/api/public/otel", MakeRequest({root, step}, "app")).status, 200);
  const auto ids = [this](const std::string& target) {
    std::vector<std::string> found;
    const Json page = kit_.GetJson("/api/public/" + target);
    for (const Json& row : page["data"]) found.push_back(row["id"]);
    return found;
  };
  const std::string filter = PercentEncode(
      R"([{"type":"stringOptions","column":"environment","operator":"any of","value":["staging"]}])");

  for (const std::string list : {"observations", "v2/observations"}) {
    EXPECT_THAT(ids(list + "?environment=staging"), ElementsAre(SpanIdHex(2)));
    EXPECT_THAT(ids(list + "?environment=production"), ElementsAre(SpanIdHex(1)));
    EXPECT_THAT(ids(list + "?environment=production&environment=staging"), SizeIs(2));
    EXPECT_THAT(ids(list + "?environment=default"), IsEmpty());
    EXPECT_THAT(ids(list + "?filter=" + filter), ElementsAre(SpanIdHex(2)));
  }
  EXPECT_EQ(kit_.GetJson("/api/public/observations?environment=staging")["meta"]["totalItems"], 1);
  EXPECT_THAT(ids("traces?environment=production"), SizeIs(1));
  EXPECT_THAT(ids("traces?environment=staging"), IsEmpty());
}

TEST_F(ApiTest, AnObservationsVersionIsItsOwn) {
  TestSpan root{.span_id = SpanIdOf(1)};
  root.texts = {{"langfuse.version", "one"}};
  TestSpan step{.span_id = SpanIdOf(2), .parent_id = SpanIdOf(1)};
  step.texts = {{"langfuse.version", "two"}};
  ASSERT_EQ(kit_.Post("/api/public/otel", MakeRequest({root, step}, "app")).status, 200);
  const std::string other =
      PercentEncode(R"([{"type":"string","column":"version","operator":"=","value":"one"}])");

  for (const std::string list : {"observations", "v2/observations"}) {
    const auto only = [&](const std::string& query) {
      const Json rows = kit_.GetJson("/api/public/" + list + query)["data"];
      return rows.size() == 1 ? rows[0]["id"].get<std::string>() : std::to_string(rows.size());
    };
    EXPECT_EQ(only("?version=one"), SpanIdHex(1));
    EXPECT_EQ(only("?version=two"), SpanIdHex(2));
    EXPECT_EQ(only("?version=two&filter=" + other), SpanIdHex(1));
    EXPECT_EQ(only("?version=none"), "0");
  }
}

// What is counted with others in one series has its environment in its bytes alone.
TEST_F(ApiTest, SpansBeyondTheLimitOfSeriesHaveAnEnvironmentToo) {
  std::vector<TestSpan> spans;
  for (std::uint64_t i = 1; i <= kMaxSeries + 2; ++i) {
    spans.push_back({.span_id = SpanIdOf(i), .name = "step" + std::to_string(i)});
    if (i > kMaxSeries) spans.back().texts = {{"langfuse.environment", "staging"}};
  }
  ASSERT_EQ(kit_.Post("/api/public/otel", MakeRequest(spans, "app")).status, 200);
  const std::string query = PercentEncode(
      R"({"view":"observations","dimensions":[{"field":"environment"}],
          "metrics":[{"measure":"count","aggregation":"count"}],
          "fromTimestamp":"2026-01-01T00:00:00Z","toTimestamp":"2027-01-01T00:00:00Z"})");

  const Json counts = kit_.GetJson("/api/public/v2/metrics?query=" + query)["data"];

  EXPECT_EQ(kit_.GetJson("/api/public/observations?environment=staging")["meta"]["totalItems"], 2);
  ASSERT_EQ(counts.size(), 2u);
  EXPECT_EQ(counts[0]["count_count"], kMaxSeries);
  EXPECT_EQ(counts[1]["environment"], "staging");
}

TEST_F(ApiTest, AFilterSaysMoreThanTheSimpleParametersAndReplacesThem) {
  Fill();
  const auto count = [this](const std::string& path, const std::string& filter) {
    return kit_.GetJson(path + PercentEncode(filter))["meta"]["totalItems"].get<int>();
  };
  const std::string traces = "/api/public/traces?fields=core&userId=ann&filter=";
  const std::string observations = "/api/public/observations?filter=";

  EXPECT_EQ(count(traces, R"([{"type":"string","column":"userId","operator":"=","value":"bob"}])"), 4);
  EXPECT_EQ(count(traces, R"([{"type":"number","column":"latency","operator":">","value":1}])"), 1);
  EXPECT_EQ(
      count(observations, R"([{"type":"string","column":"output","operator":"contains","value":"1.50"}])"),
      5);
  EXPECT_EQ(
      count(observations, R"([{"type":"stringOptions","column":"level","operator":"any of","value":["ERROR"]},
                                    {"type":"number","column":"inputTokens","operator":"=","value":42}])"),
      1);
  EXPECT_EQ(
      kit_.Get("/api/public/observations?filter=" + PercentEncode(R"([{"type":"string","column":"poem"}])"))
          .status,
      400);
}

TEST_F(ApiTest, TheCursorNeitherRepeatsNorLosesARowWhileRowsArrive) {
  Fill();
  std::vector<std::string> seen;
  std::string cursor;
  for (std::uint64_t extra = 10;; ++extra) {
    const Json page = kit_.GetJson("/api/public/v2/observations?limit=2" + cursor);
    for (const Json& row : page["data"]) seen.push_back(row["id"]);
    if (!page["meta"].contains("cursor")) break;
    cursor = "&cursor=" + PercentEncode(page["meta"]["cursor"].get<std::string>());
    TestSpan newer{.trace_id = TraceIdOf(extra), .span_id = SpanIdOf(extra)};
    newer.start_ns += 60'000'000'000;
    newer.end_ns = newer.start_ns;
    ASSERT_EQ(kit_.Post("/api/public/otel", MakeRequest({newer})).status, 200);
  }

  EXPECT_THAT(seen,
              ::testing::ElementsAre(SpanIdHex(5), SpanIdHex(4), SpanIdHex(3), SpanIdHex(2), SpanIdHex(1)));
  EXPECT_THAT(kit_.Get("/api/public/v2/observations?cursor=x").body, HasSubstr("Invalid cursor format"));
}

TEST_F(ApiTest, WideRowsHoldTheGroupsThatAreAskedFor) {
  Fill();
  const auto row = [this](const std::string& fields) {
    return kit_.GetJson("/api/public/v2/observations?limit=1&fields=" + fields)["data"][0];
  };

  const Json core = row("core");
  EXPECT_FALSE(core.contains("name"));
  EXPECT_TRUE(core["modelId"].is_null());
  EXPECT_TRUE(core["inputPrice"].is_null());
  const Json full = row("basic,time,io,metadata,model,usage,prompt,metrics,trace_context,other");
  EXPECT_EQ(full["output"], R"({"b":1,"a":[1.50]})");
  EXPECT_EQ(full["inputPrice"], "0.000002");
  EXPECT_EQ(full["usageDetails"]["total"], 51);
  EXPECT_EQ(full["latency"], 1.5);
  EXPECT_EQ(full["userId"], "bob");
  EXPECT_EQ(full["isRootObservation"], true);
  EXPECT_EQ(full["metadata"]["scope.name"], "app");
  EXPECT_EQ(full["traceName"], "chat");
  EXPECT_EQ(kit_.GetJson("/api/public/v2/observations?limit=0")["data"], Json::array());
  EXPECT_EQ(kit_.Get("/api/public/v2/observations?limit=1001").status, 400);
  EXPECT_EQ(kit_.Get("/api/public/v2/observations?parseIoAsJson=true").status, 400);
}

TEST_F(ApiTest, LongMetadataIsCutUnlessItIsAskedFor) {
  TestSpan span;
  span.texts = {{"note", std::string(300, 'x')}};
  ASSERT_EQ(kit_.Post("/api/public/otel", MakeRequest({span}, "app")).status, 200);
  const auto note = [this](const std::string& more) {
    const Json row = kit_.GetJson("/api/public/v2/observations?fields=metadata" + more)["data"][0];
    return row["metadata"]["attributes.note"].get<std::string>().size();
  };

  EXPECT_EQ(note(""), 200u);
  EXPECT_EQ(note("&expandMetadata=other,attributes.note"), 300u);
  EXPECT_EQ(note("&expandMetadata=attributes"), 300u);
}

TEST_F(ApiTest, ObservationsWithoutAParentAreAskedForByAnEmptyText) {
  TestSpan root{.span_id = SpanIdOf(1)};
  TestSpan child{.span_id = SpanIdOf(2), .parent_id = SpanIdOf(1)};
  ASSERT_EQ(kit_.Post("/api/public/otel", MakeRequest({root, child})).status, 200);
  const auto first = [this](const std::string& query) {
    const Json rows = kit_.GetJson("/api/public/v2/observations?" + query)["data"];
    return rows.size() == 1 ? rows[0]["id"].get<std::string>() : std::to_string(rows.size());
  };

  EXPECT_EQ(first("parentObservationId="), SpanIdHex(1));
  EXPECT_EQ(first("parentObservationId=" + SpanIdHex(1)), SpanIdHex(2));
  EXPECT_EQ(first("isRootObservation=true"), SpanIdHex(1));
  EXPECT_EQ(first("isRootObservation=false"), SpanIdHex(2));
  EXPECT_EQ(kit_.Get("/api/public/v2/observations?isRootObservation=perhaps").status, 400);
}

TEST_F(ApiTest, SessionsHoldTheirTracesWhereverTheyLie) {
  std::vector<TestSpan> spans;
  for (std::uint64_t i = 1; i <= 3; ++i) {
    TestSpan span{.trace_id = TraceIdOf(i), .span_id = SpanIdOf(i)};
    // The third a day later, so in another file.
    span.start_ns += i == 3 ? 86'400'000'000'000 : i * 1'000'000'000;
    span.end_ns = span.start_ns;
    span.texts = {{"langfuse.session.id", i == 2 ? "other/one" : "call"}};
    spans.push_back(span);
  }
  ASSERT_EQ(kit_.Post("/api/public/otel", MakeRequest(spans, "app")).status, 200);

  const Json sessions = kit_.GetJson("/api/public/sessions?limit=1");
  EXPECT_EQ(sessions["meta"]["totalItems"], 2);
  EXPECT_EQ(sessions["data"][0]["id"], "other/one");
  EXPECT_EQ(sessions["data"][0]["environment"], "default");
  const Json call = kit_.GetJson("/api/public/sessions/call");
  ASSERT_EQ(call["traces"].size(), 2u);
  EXPECT_EQ(call["createdAt"], call["traces"][1]["timestamp"]);
  EXPECT_EQ(kit_.GetJson("/api/public/sessions/other%2Fone")["traces"].size(), 1u);
  EXPECT_EQ(kit_.Get("/api/public/sessions/none").status, 404);
}

TEST_F(ApiTest, AKeySeesItsOwnProject) {
  const Json projects = kit_.GetJson("/api/public/projects");

  ASSERT_EQ(projects["data"].size(), 1u);
  EXPECT_EQ(projects["data"][0]["id"], "project");
  EXPECT_EQ(projects["data"][0]["organization"]["id"], "org");
  EXPECT_EQ(projects["data"][0]["metadata"], Json::object());
  EXPECT_FALSE(projects["data"][0].contains("retentionDays"));
}

TEST_F(ApiTest, HealthTellsWhetherAnythingCame) {
  EXPECT_EQ(kit_.Get("/api/public/health?failIfNoRecentEvents=true").status, 503);
  Fill();
  EXPECT_EQ(kit_.Get("/api/public/health?failIfNoRecentEvents=true").status, 200);
}

TEST_F(ApiTest, HealthTellsNobodyWhereTheStoreLies) {
  // No day's file can be made where a folder of its name is.
  std::filesystem::create_directories(
      DayPath(folder_.path(), UtcDay(static_cast<std::int64_t>(TestSpan().start_ns))));
  ASSERT_EQ(kit_.Post("/api/public/otel", MakeRequest({TestSpan{}})).status, 503);
  ASSERT_THAT(kit_.store().Health().message(), HasSubstr(folder_.path()));

  const HttpResponse health = kit_.Get("/api/public/health");

  EXPECT_EQ(health.status, 503);
  EXPECT_THAT(health.body, ::testing::AllOf(HasSubstr("log"), ::testing::Not(HasSubstr(folder_.path()))));
}

TEST_F(ApiTest, NamesEveryFaultOfAQuery) {
  const HttpResponse response =
      kit_.Get("/api/public/traces?page=0&limit=101&fromTimestamp=soon&orderBy=size.up");

  EXPECT_EQ(response.status, 400);
  const Json body = *ParseJson(response.body);
  EXPECT_EQ(body["message"], "Invalid request data");
  ASSERT_EQ(body["error"].size(), 4u);
  EXPECT_EQ(body["error"][1]["path"][0], "limit");
  EXPECT_EQ(kit_.Get("/api/public/observations?type=POEM").status, 400);
}

TEST_F(ApiTest, WhatIsNotThereIs404WithItsName) {
  for (const char* path : {"/api/public/traces/abc", "/api/public/traces/00000000000000000000000000000001",
                           "/api/public/observations/x%2Fy", "/api/public/nothing", "/elsewhere"}) {
    EXPECT_EQ(kit_.Get(path).status, 404) << path;
  }
  EXPECT_THAT(kit_.Get("/api/public/traces/abc").body, HasSubstr("abc"));
}

TEST_F(ApiTest, ReadingNeedsAKeyAndTheRightMethod) {
  HttpHeaders wrong;
  wrong.Add("Authorization", "Basic eDp5");
  EXPECT_EQ(kit_.Post("/api/public/traces", "", wrong).status, 405);
  EXPECT_EQ(kit_.GetJson("/api/public/health")["status"], "OK");
  EXPECT_EQ(kit_.GetJson("/api/public/health")["version"], "4.16.0");
}

}  // namespace
}  // namespace repartee::server::testing
