// The list of spans: any program's, filtered, page after page.
#include "repartee/server/ui/ui_kit_for_test.h"

namespace repartee::server::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::uint64_t kMs = 1'000'000;

class SpanListTest : public ::testing::Test {
 protected:
  // A trace with a call over HTTP, a query and a failed tool, a second apart, of 2 s, 300 ms and 40 ms.
  void SetUp() override {
    const std::uint64_t start = TestSpan().start_ns;
    TestSpan http{.trace_id = TraceIdOf(1), .span_id = SpanIdOf(1), .name = "POST /slots", .start_ns = start};
    http.end_ns = start + 2'000 * kMs;
    http.texts = {{"http.request.method", "POST"}, {"langfuse.session.id", "s1"}};
    http.integers = {{"http.response.status_code", 503}};
    TestSpan query{.trace_id = TraceIdOf(1), .span_id = SpanIdOf(2), .parent_id = SpanIdOf(1)};
    query.name = "SELECT slots";
    query.start_ns = start + 1'000 * kMs;
    query.end_ns = query.start_ns + 300 * kMs;
    query.texts = {{"db.system", "postgresql"}};
    TestSpan tool{.trace_id = TraceIdOf(2), .span_id = SpanIdOf(3), .name = "find_slots"};
    tool.start_ns = start + 2'000 * kMs;
    tool.end_ns = tool.start_ns + 40 * kMs;
    tool.texts = {{"langfuse.observation.type", "tool"}, {"tool.arguments", R"({"day":"Monday"})"}};
    tool.failed = true;
    ui_.Send({http, query, tool}, "app");
  }
  std::vector<std::string> Names(const std::string& query) {
    std::vector<std::string> names;
    const Json list = ui_.GetJson("/api/ui/spans?" + query);
    for (const Json& row : list["rows"]) names.push_back(row["span"]["name"]);
    return names;
  }

  UiKit ui_;
};

TEST_F(SpanListTest, ListsSpansOfAllTracesNewestFirstWithWhatSaysMostOfEach) {
  const Json list = ui_.GetJson("/api/ui/spans");

  ASSERT_EQ(list["rows"].size(), 3u);
  EXPECT_EQ(list["total"], 3);
  EXPECT_EQ(list["rows"][0]["summary"], R"({"day":"Monday"})");
  EXPECT_EQ(list["rows"][1]["summary"], "postgresql");
  EXPECT_EQ(list["rows"][2]["summary"], "POST · 503");
  EXPECT_EQ(list["rows"][2]["trace"], TraceId::FromBytes(TraceIdOf(1))->Hex());
}

TEST_F(SpanListTest, FiltersByRowAndByAttribute) {
  EXPECT_THAT(Names("duration_from=100&duration_to=1000"), ElementsAre("SELECT slots"));
  EXPECT_THAT(Names("level=ERROR"), ElementsAre("find_slots"));
  EXPECT_THAT(Names("type=TOOL"), ElementsAre("find_slots"));
  EXPECT_THAT(Names("stage=tool"), ElementsAre("find_slots"));
  EXPECT_THAT(Names("q=SLOTS&duration_from=100"), ElementsAre("SELECT slots", "POST /slots"));
  EXPECT_THAT(Names("session=s1"), ElementsAre("SELECT slots", "POST /slots"));
  EXPECT_THAT(Names("attribute=http.response.status_code%3D503"), ElementsAre("POST /slots"));
  EXPECT_THAT(Names("attribute=db.system!%3Dpostgresql"), ElementsAre("find_slots", "POST /slots"));
  EXPECT_THAT(Names("attribute=db.system%3Dpostgresql&level=ERROR"), ElementsAre());
}

TEST_F(SpanListTest, PagesNeitherRepeatNorLoseASpan) {
  std::vector<std::string> seen;
  std::string cursor;
  for (int page = 0; page < 5; ++page) {
    const Json list = ui_.GetJson("/api/ui/spans?limit=1" + cursor);
    seen.push_back(list["rows"].at(0)["span"]["name"]);
    if (list["next_cursor"].is_null()) break;
    cursor = "&cursor=" + list["next_cursor"].get<std::string>();
  }

  EXPECT_THAT(seen, ElementsAre("find_slots", "SELECT slots", "POST /slots"));
}

TEST_F(SpanListTest, PointsTellWhenAndHowLong) {
  const Json points = ui_.GetJson("/api/ui/span-points?duration_from=100")["points"];

  ASSERT_EQ(points.size(), 2u);
  EXPECT_EQ(points[0]["duration"], 300);
  EXPECT_EQ(points[1]["error"], false);
}

TEST_F(SpanListTest, BadParametersAreNamed) {
  for (const std::string query :
       {"limit=0", "cursor=1.2.3", "cursor=x", "type=great", "level=loud", "attribute=none", "attribute=%3Dx",
        "attribute=!%3Dx", "duration_from=soon"}) {
    const HttpResponse response = ui_.Get("/api/ui/spans?" + query);
    EXPECT_EQ(response.status, 400) << query;
    EXPECT_THAT(response.body, HasSubstr("parameter " + query.substr(0, query.find('=')))) << query;
  }
}

}  // namespace
}  // namespace repartee::server::testing
