// What each day had, as older integrations ask for it.
#include <gmock/gmock.h>

#include "repartee/server/testing/server_kit.h"

namespace repartee::server::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::uint64_t kMinute = 60'000'000'000;
constexpr std::uint64_t kDay = 24 * 60 * kMinute;
constexpr std::uint64_t kMidnight = 1'795'305'600'000'000'000;  // 2026-11-22T00:00:00Z

class MetricsDailyTest : public ::testing::Test {
 protected:
  // A call of ann's on the 20th; one of bob's that begins ten minutes before the 22nd, with a reply on
  // either day.
  void SetUp() override {
    const TestSpan early = Root(1, kMidnight - 2 * kDay + kMinute, "ann", "early");
    const TestSpan late = Root(2, kMidnight - 10 * kMinute, "bob", "late");
    const std::vector<TestSpan> spans = {early,
                                         Reply(11, early, kMinute, "gpt-4.1"),
                                         late,
                                         Reply(12, late, kMinute, "gpt-4.1"),
                                         Reply(13, late, 15 * kMinute, "gpt-4o"),
                                         Reply(14, late, 16 * kMinute, "gpt-4o")};
    ASSERT_EQ(kit_.Post("/api/public/otel", MakeRequest(spans, "app")).status, 200);
  }

  static TestSpan Root(std::uint64_t number, std::uint64_t start_ns, const char* user, const char* name) {
    TestSpan root{.trace_id = TraceIdOf(number), .span_id = SpanIdOf(number), .name = name};
    root.start_ns = start_ns;
    root.end_ns = start_ns + 20 * kMinute;
    root.texts = {{"langfuse.user.id", user}, {"langfuse.trace.tags", name}, {"langfuse.environment", name}};
    return root;
  }

  // So much later than the call.
  static TestSpan Reply(std::uint64_t number, const TestSpan& root, std::uint64_t later, const char* model) {
    TestSpan reply{.trace_id = root.trace_id, .span_id = SpanIdOf(number), .parent_id = root.span_id};
    reply.start_ns = root.start_ns + later;
    reply.end_ns = reply.start_ns + 1;
    reply.texts = {{"langfuse.observation.type", "generation"},
                   {"gen_ai.request.model", model},
                   {"langfuse.observation.usage_details", R"({"input":10,"output":4,"total":14})"},
                   {"langfuse.observation.cost_details", R"({"total":0.5})"}};
    return reply;
  }

  Json Ask(const std::string& query = "") { return kit_.GetJson("/api/public/metrics/daily" + query); }

  std::vector<std::string> Dates(const std::string& query) {
    std::vector<std::string> dates;
    const Json page = Ask(query);
    for (const Json& day : page["data"]) dates.push_back(day["date"]);
    return dates;
  }

  TempFolder folder_;
  ServerKit kit_{folder_.path(), {}};
};

TEST_F(MetricsDailyTest, AreSummedUpByModel) {
  const Json data = Ask()["data"];

  ASSERT_EQ(data.size(), 3u);
  EXPECT_EQ(data[0], *ParseJson(R"({"date":"2026-11-22","countTraces":0,"countObservations":2,"totalCost":1,
      "usage":[{"model":"gpt-4o","inputUsage":20,"outputUsage":8,"totalUsage":28,"totalCost":1,
                "countObservations":2,"countTraces":1}]})"));
  EXPECT_EQ(data[1]["date"], "2026-11-21");
  EXPECT_EQ(data[1]["countTraces"], 1);
  EXPECT_EQ(data[1]["countObservations"], 2);
  ASSERT_EQ(data[1]["usage"].size(), 2u);
  EXPECT_TRUE(data[1]["usage"][0]["model"].is_null());  // the call itself
  EXPECT_EQ(data[1]["usage"][0]["countObservations"], 1);
  EXPECT_EQ(data[1]["usage"][1]["model"], "gpt-4.1");
  EXPECT_EQ(data[2]["date"], "2026-11-20");
  EXPECT_EQ(data[2]["totalCost"], 0.5);
}

TEST_F(MetricsDailyTest, ArePaged) {
  const Json page = Ask("?limit=2&page=2");

  EXPECT_EQ(page["meta"], *ParseJson(R"({"page":2,"limit":2,"totalItems":3,"totalPages":2})"));
  ASSERT_EQ(page["data"].size(), 1u);
  EXPECT_EQ(page["data"][0]["date"], "2026-11-20");
  EXPECT_EQ(page["data"][0]["countObservations"], 2);
}

TEST_F(MetricsDailyTest, AreFilteredByTheTraces) {
  EXPECT_THAT(Dates("?userId=ann"), ElementsAre("2026-11-20"));
  EXPECT_THAT(Dates("?traceName=late"), ElementsAre("2026-11-22", "2026-11-21"));
  EXPECT_THAT(Dates("?tags=early"), ElementsAre("2026-11-20"));
  EXPECT_THAT(Dates("?tags=early&tags=late"), IsEmpty());
  EXPECT_THAT(Dates("?environment=late&environment=none"), ElementsAre("2026-11-22", "2026-11-21"));
  EXPECT_THAT(Dates("?fromTimestamp=2026-11-21T00:00:00Z"), ElementsAre("2026-11-22", "2026-11-21"));
  EXPECT_THAT(Dates("?toTimestamp=2026-11-21T00:00:00Z"), ElementsAre("2026-11-20"));
  EXPECT_EQ(kit_.Get("/api/public/metrics/daily?limit=101").status, 400);
  EXPECT_EQ(kit_.Get("/api/public/metrics/daily?fromTimestamp=soon").status, 400);
}

}  // namespace
}  // namespace repartee::server::testing
