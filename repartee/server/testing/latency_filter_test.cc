// Lists by how long a trace took: the store judges it within an index.
#include <gmock/gmock.h>

#include "repartee/base/encoding.h"
#include "repartee/server/store/sqlite/database.h"
#include "repartee/server/store/sqlite/day_file.h"
#include "repartee/server/testing/store_kit.h"

namespace repartee::server::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr int kNoonDay = 20261122;

class LatencyFilterTest : public StoreTest {
 protected:
  // Traces of 1 to 5 seconds, the longest newest.
  void Fill() {
    for (std::uint64_t i = 1; i <= 5; ++i)
      ASSERT_TRUE(Append({{.trace_id = TraceIdOf(i),
                           .span_id = SpanIdOf(i),
                           .name = "work",
                           .start_ns = kNoon + i * kSecond,
                           .end_ns = kNoon + 2 * i * kSecond}})
                      .ok());
  }

  std::vector<std::int64_t> Seconds(std::vector<LatencyTest> tests, std::size_t limit = 50) {
    TraceQuery query;
    query.latencies = std::move(tests);
    query.limit = limit;
    std::vector<std::int64_t> seconds;
    for (const TraceRow& row : List(query))
      seconds.push_back((row.end_ns - row.start_ns) / static_cast<std::int64_t>(kSecond));
    return seconds;
  }
};

TEST_F(LatencyFilterTest, EachComparisonTakesWhatItSays) {
  Fill();

  EXPECT_THAT(Seconds({{Comparison::kGreater, 3}}), ElementsAre(5, 4));
  EXPECT_THAT(Seconds({{Comparison::kGreaterOrEqual, 3}}), ElementsAre(5, 4, 3));
  EXPECT_THAT(Seconds({{Comparison::kEqual, 3}}), ElementsAre(3));
  EXPECT_THAT(Seconds({{Comparison::kLess, 3}}), ElementsAre(2, 1));
  EXPECT_THAT(Seconds({{Comparison::kLessOrEqual, 3}}), ElementsAre(3, 2, 1));
  EXPECT_THAT(Seconds({{Comparison::kGreater, 1}, {Comparison::kLess, 4.5}}), ElementsAre(4, 3, 2));
  EXPECT_THAT(Seconds({{Comparison::kGreater, 5}}), IsEmpty());
}

TEST_F(LatencyFilterTest, ThePageIsCutAndTheTotalIsNot) {
  Fill();

  EXPECT_THAT(Seconds({{Comparison::kGreater, 1.5}}, 2), ElementsAre(5, 4));

  EXPECT_EQ(total_, 4u);
}

TEST_F(LatencyFilterTest, AFileOfTheVersionBeforeGetsTheIndex) {
  Fill();
  store_.reset();
  {
    Result<std::unique_ptr<Database>> day = Database::Open(DayPath(folder_.path(), kNoonDay), {});
    ASSERT_TRUE(day.ok()) << day.status();
    ASSERT_TRUE(
        (*day)
            ->Execute("DROP INDEX trace_by_start;CREATE INDEX trace_by_start ON trace(project, start);"
                      "DROP TRIGGER trace_added;DROP TRIGGER trace_removed;DROP TABLE trace_count;"
                      "PRAGMA user_version=5")
            .ok());
  }

  Open();

  ASSERT_TRUE(Append(Call(9)).ok());
  EXPECT_THAT(Seconds({{Comparison::kGreater, 3.5}, {Comparison::kLess, 4.5}}), ElementsAre(4));
  Result<std::unique_ptr<Database>> day = Database::Open(DayPath(folder_.path(), kNoonDay), {});
  ASSERT_TRUE(day.ok()) << day.status();
  const Result<std::int64_t> columns =
      (*day)->QueryInteger("SELECT count(*) FROM pragma_index_info('trace_by_start')", 0);
  EXPECT_EQ(*columns, 5);
  List();
  EXPECT_EQ(total_, 6u);
}

TEST_F(LatencyFilterTest, LengthsAreTheSecondsThatTheApiShows) {
  constexpr std::uint64_t kTenth = kSecond / 10;
  for (std::uint64_t i = 1; i <= 3; ++i)
    ASSERT_TRUE(Append({{.trace_id = TraceIdOf(i),
                         .span_id = SpanIdOf(i),
                         .name = "work",
                         .start_ns = kNoon + i * kSecond,
                         .end_ns = kNoon + i * kSecond + i * kTenth}})
                    .ok());

  // In binary 0.3 is a little less than it says, as 300 ms in seconds are.
  EXPECT_EQ(Seconds({{Comparison::kEqual, 0.3}}).size(), 1u);
  EXPECT_EQ(Seconds({{Comparison::kGreater, 0.3}}).size(), 0u);
  EXPECT_EQ(Seconds({{Comparison::kGreaterOrEqual, 0.2}, {Comparison::kLess, 0.3}}).size(), 1u);
  EXPECT_EQ(Seconds({{Comparison::kGreater, -1}}).size(), 3u);
  EXPECT_EQ(Seconds({{Comparison::kLess, 0}}).size(), 0u);
  EXPECT_EQ(Seconds({{Comparison::kLess, 1e300}}).size(), 3u);
}

TEST_F(LatencyFilterTest, TheTotalOfPartOfADayIsOfThatPart) {
  Fill();
  TraceQuery query;
  query.from_ns = static_cast<std::int64_t>(kNoon + 2 * kSecond);
  List(query);
  EXPECT_EQ(total_, 4u);
  query.to_ns = static_cast<std::int64_t>(kNoon + 5 * kSecond);
  List(query);
  EXPECT_EQ(total_, 3u);
  query.from_ns.reset();
  query.to_ns = static_cast<std::int64_t>(kNoon + 6 * kSecond);
  List(query);
  EXPECT_EQ(total_, 5u);
}

TEST(LatencyFilter, IsTakenFromTheApiBesideOtherConditions) {
  TempFolder folder;
  ServerKit kit(folder.path(), {});
  std::vector<TestSpan> spans;
  for (std::uint64_t i = 1; i <= 6; ++i) {
    TestSpan span{.trace_id = TraceIdOf(i), .span_id = SpanIdOf(i), .name = "chat"};
    span.end_ns = span.start_ns + i * kSecond;
    span.texts = {{"langfuse.user.id", i % 2 == 0 ? "ann" : "bob"}};
    spans.push_back(span);
  }
  ASSERT_EQ(kit.Post("/api/public/otel", MakeRequest(spans, "app")).status, 200);
  const auto total = [&kit](const std::string& filter) {
    return kit.GetJson("/api/public/traces?fields=core&filter=" + PercentEncode(filter))["meta"]["totalItems"]
        .get<int>();
  };
  const std::string slow = R"({"type":"number","column":"latency","operator":">","value":2.5})";
  const std::string ann = R"({"type":"string","column":"userId","operator":"=","value":"ann"})";

  EXPECT_EQ(total("[" + slow + "]"), 4);
  EXPECT_EQ(total("[" + slow + "," + ann + "]"), 2);
  EXPECT_EQ(total("[" + slow + R"(,{"type":"number","column":"latency","operator":"<=","value":5}])"), 3);
}

}  // namespace
}  // namespace repartee::server::testing
