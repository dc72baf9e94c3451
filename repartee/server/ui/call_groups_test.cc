// Sessions and callers: what the calls of each sum to.
#include "repartee/server/ui/ui_kit_for_test.h"

namespace repartee::server::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::uint64_t kSecond = 1'000'000'000;

class CallGroupsTest : public ::testing::Test {
 protected:
  // A call of one turn that took so long to answer, `day` days after the first.
  void Call(std::uint64_t number, std::uint64_t day, const std::string& caller, const std::string& session,
            double reply) {
    TestSpan turn{.trace_id = TraceIdOf(number), .span_id = SpanIdOf(number), .name = "turn-1"};
    turn.start_ns += day * 86'400 * kSecond + number * kSecond;
    turn.end_ns = turn.start_ns + 10 * kSecond;
    turn.integers = {{"turn.number", 1}};
    turn.numbers = {{"turn.user_bot_latency_seconds", reply}};
    turn.marks = {{"turn.was_interrupted", reply > 1}};
    turn.texts = {{"langfuse.user.id", caller},
                  {"langfuse.session.id", session},
                  {"langfuse.environment", "day" + std::to_string(day)}};
    // Who barges in opens the next turn.
    TestSpan next{.trace_id = TraceIdOf(number), .span_id = SpanIdOf(100 + number), .name = "turn-2"};
    next.start_ns = turn.end_ns - kSecond;
    next.end_ns = turn.end_ns;
    next.integers = {{"turn.number", 2}};
    ui_.Send(reply > 1 ? std::vector{turn, next} : std::vector{turn});
  }
  std::vector<std::string> Ids(const std::string& target) {
    std::vector<std::string> ids;
    const Json list = ui_.GetJson(target);
    for (const Json& row : list["rows"]) ids.push_back(row["id"]);
    return ids;
  }

  UiKit ui_;
};

TEST_F(CallGroupsTest, SumsTheCallsOfACallerOverDays) {
  Call(1, 0, "ann", "s1", 0.5);
  Call(2, 2, "ann", "s2", 1.5);
  Call(3, 1, "bob", "s3", 0.7);

  const Json list = ui_.GetJson("/api/ui/callers");

  ASSERT_EQ(list["rows"].size(), 2u);
  EXPECT_EQ(list["total"], 2);
  const Json ann = list["rows"][0];
  EXPECT_EQ(ann["id"], "ann");
  EXPECT_EQ(ann["calls"], 2);
  EXPECT_EQ(ann["turns"], 3);
  EXPECT_EQ(ann["barge_ins"], 1);
  EXPECT_EQ(ann["length"], 20'000);
  EXPECT_EQ(ann["reply_max"], 1500);
  EXPECT_EQ(ann["environment"], "day2");
  EXPECT_GT(ann["last"].get<double>(), ann["first"].get<double>());
  EXPECT_TRUE(ann["cost"].is_null());
}

TEST_F(CallGroupsTest, ListsSessionsLatestFirstPageAfterPage) {
  Call(1, 0, "ann", "s1", 0.5);
  Call(2, 0, "ann", "s2", 0.5);
  Call(3, 1, "bob", "s1", 0.5);
  Call(4, 0, "", "", 0.5);

  const Json first = ui_.GetJson("/api/ui/sessions?limit=1");

  EXPECT_EQ(first["rows"][0]["id"], "s1");
  EXPECT_EQ(first["rows"][0]["calls"], 2);
  EXPECT_EQ(first["total"], 2);
  EXPECT_THAT(Ids("/api/ui/sessions?limit=1&cursor=" + first["next_cursor"].get<std::string>()),
              ElementsAre("s2"));
}

TEST_F(CallGroupsTest, CostsAndLengthsBeyondAllMeasureStopAtTheLargestNumber) {
  std::vector<TestSpan> spans;
  for (std::uint64_t i = 1; i <= 4; ++i) {
    TestSpan span{.trace_id = TraceIdOf(i / 2), .span_id = SpanIdOf(i), .name = "work"};
    span.start_ns = 1;
    span.end_ns = UINT64_MAX;
    span.texts = {{"langfuse.observation.type", "generation"},
                  {"langfuse.session.id", "s"},
                  {"langfuse.observation.cost_details", R"({"total":5000000})"},
                  {"langfuse.observation.usage_details", R"({"input":9000000000000000})"}};
    spans.push_back(span);
  }
  ui_.Send(spans);

  const Json row = ui_.GetJson("/api/ui/sessions")["rows"][0];

  EXPECT_EQ(row["id"], "s");
  EXPECT_EQ(row["calls"], 3);
  EXPECT_DOUBLE_EQ(row["cost"].get<double>(), 9223372.036854776);
  EXPECT_GT(row["length"].get<double>(), 0);
}

TEST_F(CallGroupsTest, FiltersByTextAndEnvironment) {
  Call(1, 0, "ann", "s1", 0.5);
  Call(2, 1, "bob", "s2", 0.5);

  EXPECT_THAT(Ids("/api/ui/callers?q=AN"), ElementsAre("ann"));
  EXPECT_THAT(Ids("/api/ui/callers?environment=day1"), ElementsAre("bob"));
  EXPECT_THAT(Ids("/api/ui/callers?to=1"), ElementsAre());
}

TEST_F(CallGroupsTest, BadParametersAreNamed) {
  for (const std::string query : {"cursor=x", "cursor=12", "limit=0", "from=soon"}) {
    const HttpResponse response = ui_.Get("/api/ui/sessions?" + query);
    EXPECT_EQ(response.status, 400) << query;
    EXPECT_THAT(response.body, HasSubstr("parameter " + query.substr(0, query.find('=')))) << query;
  }
}

}  // namespace
}  // namespace repartee::server::testing
