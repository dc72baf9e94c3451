// Roll-ups against a recount from the spans: after replacements, restarts, crashes
// and across midnight they must be equal, bucket by bucket of every sketch.
#include <gmock/gmock.h>

#include <filesystem>
#include <map>
#include <tuple>

#include "repartee/server/testing/store_kit.h"

namespace repartee::server::testing {
namespace {

constexpr std::int64_t kHourNs = 3'600LL * 1'000'000'000;

// Of a row: resolution, start, stage, name, provider, model.
using RowKey = std::tuple<Resolution, std::int64_t, Stage, std::string, std::string, std::string>;
using Rows = std::map<RowKey, Rollup>;

class RollupTest : public StoreTest {
 protected:
  Rows Written(Resolution resolution) {
    Rows rows;
    RollupQuery query;
    query.project = kProject;
    query.ranges = {{resolution, static_cast<std::int64_t>(kNoon) - 10 * kDay,
                     static_cast<std::int64_t>(kNoon) + 10 * kDay}};
    const Status status = Read([&rows, query, resolution](StoreReader& reader) {
      return reader.ReadRollups(query, [&](const Series& series, std::int64_t start, const Rollup& rollup) {
        Rollup& sum = rows[{resolution, start, series.stage, series.name, series.provider, series.model}];
        sum.Merge(rollup);
      });
    });
    EXPECT_TRUE(status.ok()) << status;
    std::erase_if(rows, [](const auto& row) { return row.second == Rollup(); });
    return rows;
  }

  Rows Recounted(Resolution resolution) {
    Rows rows;
    TraceQuery all;
    all.limit = 1'000;
    for (const TraceRow& trace : List(all)) {
      for (const SpanRow& span : Spans(trace)) {
        if ((span.facts.flags & kFlagProvisional) != 0) continue;
        const std::string name = SeriesName(span.facts.stage, span.name);
        rows[{resolution, BucketOf(resolution, span.facts.start_ns), span.facts.stage, name, span.provider,
              span.model}]
            .Add(span.facts);
      }
    }
    return rows;
  }

  void ExpectRecount() {
    for (const Resolution resolution : {Resolution::kMinute, Resolution::kHour, Resolution::kDay}) {
      const Rows recounted = Recounted(resolution);
      EXPECT_FALSE(recounted.empty());
      EXPECT_TRUE(Written(resolution) == recounted) << static_cast<int>(resolution);
    }
  }

  // Calls around midnight, some spans of which come again with another end.
  void Fill() {
    const std::uint64_t midnight = kNoon + static_cast<std::uint64_t>(kDay) / 2;
    for (std::uint64_t i = 1; i <= 12; ++i) {
      std::vector<TestSpan> call = Call(i, midnight - (8 - i) * 600 * kSecond);
      call[0].numbers = {{"metrics.ttfb", 0.01 * static_cast<double>(i)}};
      call[0].failed = i % 5 == 0;
      ASSERT_TRUE(Append({call[0], call[1]}).ok());
      if (i % 3 == 0) {
        call[1].end_ns += kSecond;
        call[1].numbers = {{"turn.user_bot_latency_seconds", 0.3}};
        ASSERT_EQ(Append({call[1]})->replaced, 1u);
      }
      ASSERT_TRUE(Append({call[2]}).ok());
    }
  }
};

TEST_F(RollupTest, EqualARecountAcrossMidnightAndWithReplacedSpans) {
  Fill();
  ExpectRecount();

  Open();

  ExpectRecount();
}

TEST_F(RollupTest, CountASpanHoweverLongBeforeItsTraceBegan) {
  std::vector<TestSpan> call = Call(1, kNoon - 60 * 3'600 * kSecond);
  call[0].start_ns = kNoon;
  call[0].end_ns = kNoon + kSecond;
  ASSERT_TRUE(Append(call).ok());
  RollupQuery query;
  query.project = kProject;
  query.ranges = CoverRange(static_cast<std::int64_t>(kNoon), static_cast<std::int64_t>(kNoon + kSecond),
                            static_cast<std::int64_t>(kNoon));

  std::int64_t counted = 0;
  const Status status = Read([&counted, query](StoreReader& reader) {
    return reader.ReadRollups(
        query, [&](const Series&, std::int64_t, const Rollup& rollup) { counted += rollup.count; });
  });

  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(counted, 1);
}

TEST(Rollup, SumsStopAtTheLargestNumber) {
  const SpanFacts large{.end_ns = INT64_MAX,
                        .cost = INT64_MAX,
                        .input_tokens = INT64_MAX,
                        .output_tokens = INT64_MAX,
                        .total_tokens = INT64_MAX};
  Rollup sum;
  for (int i = 0; i < 2'000; ++i) sum.Add(large);
  Rollup twice = sum;

  twice.Merge(sum);

  EXPECT_EQ(twice.count, 4'000);
  EXPECT_EQ(twice.duration.sum(), INT64_MAX);
  for (const std::int64_t value : {twice.cost, twice.input_tokens, twice.output_tokens, twice.total_tokens})
    EXPECT_EQ(value, INT64_MAX);
}

TEST_F(RollupTest, EqualARecountAfterACrash) {
  Fill();
  TempFolder crashed;
  std::filesystem::copy(folder_.path(), crashed.path(), std::filesystem::copy_options::recursive);
  std::filesystem::remove(crashed.path() + "/lock");
  Result<std::unique_ptr<Store>> store = OpenSqliteStore(OptionsFor(crashed.path()));
  ASSERT_TRUE(store.ok()) << store.status();
  store_ = *std::move(store);

  ExpectRecount();
  ASSERT_TRUE(Append(Call(50)).ok());
  ASSERT_TRUE(Append(Call(50)).ok());
  ExpectRecount();

  store_.reset();
  store = OpenSqliteStore(OptionsFor(crashed.path()));
  ASSERT_TRUE(store.ok()) << store.status();
  store_ = *std::move(store);
  ExpectRecount();
}

// Of a request over two days the earlier file has its part, and the other one not.
TEST_F(RollupTest, EqualARecountAfterAKillBetweenTheTwoFilesOfARequest) {
  const std::uint64_t midnight = kNoon + static_cast<std::uint64_t>(kDay) / 2;
  std::vector<TestSpan> both = Call(1, midnight - 600 * kSecond);
  ASSERT_TRUE(Append({both[0], both[1]}).ok());
  TempFolder killed;
  std::filesystem::copy(folder_.path(), killed.path(), std::filesystem::copy_options::recursive);
  std::filesystem::remove(killed.path() + "/lock");
  const std::vector<TestSpan> later = Call(2, midnight + 600 * kSecond);
  both.pop_back();
  both.insert(both.end(), later.begin(), later.end());
  const auto open = [this, &killed] {
    store_.reset();
    Result<std::unique_ptr<Store>> store = OpenSqliteStore(OptionsFor(killed.path()));
    ASSERT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
  };
  open();

  const Result<AppendOutcome> again = Append(both);

  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->unchanged, 2u);
  EXPECT_EQ(again->added, 3u);
  ExpectRecount();
  open();
  ExpectRecount();
  EXPECT_EQ(List().size(), 2u);
  store_.reset();  // before its folder goes
}

TEST_F(RollupTest, CountWhatCameThisMomentInManySmallRequests) {
  for (std::uint64_t i = 1; i <= 100; ++i) ASSERT_TRUE(Append(Call(i, kNoon + i * kSecond)).ok());

  ExpectRecount();
}

TEST_F(RollupTest, SayThatTheyAreBehindWhereMoreCameThanAReaderCounts) {
  std::vector<TestSpan> spans;
  for (std::uint64_t i = 0; i <= kMaxSpansNotCounted; ++i)
    spans.push_back({.trace_id = TraceIdOf(i / 1'000 + 1), .span_id = SpanIdOf(i + 1), .start_ns = kNoon});
  ASSERT_TRUE(Append(spans).ok());
  RollupQuery query;
  query.project = kProject;
  query.ranges = {{Resolution::kHour, static_cast<std::int64_t>(kNoon),
                   static_cast<std::int64_t>(kNoon) + LengthOf(Resolution::kHour)}};
  const auto read = [this, &query] {
    return Read([query](StoreReader& reader) {
      return reader.ReadRollups(query, [](const Series&, std::int64_t, const Rollup&) {});
    });
  };

  EXPECT_TRUE(read().ok());
  query.exact = true;
  EXPECT_EQ(read().code(), StatusCode::kFailedPrecondition);

  Open();

  EXPECT_TRUE(read().ok());
}

TEST_F(RollupTest, ProvisionalSpansCountForNothing) {
  TestSpan open = Call(1)[1];
  open.end_ns = open.start_ns;
  open.marks = {{"repartee.provisional", true}};
  ASSERT_TRUE(Append({open}).ok());
  EXPECT_TRUE(Written(Resolution::kHour).empty());

  ASSERT_TRUE(Append(Call(1)).ok());

  ExpectRecount();
}

TEST_F(RollupTest, MoreSeriesThanTheLimitAreCountedTogether) {
  std::vector<TestSpan> spans;
  for (std::uint64_t i = 0; i < kMaxSeries + 50; ++i)
    spans.push_back({.trace_id = TraceIdOf(1),
                     .span_id = SpanIdOf(i + 1),
                     .name = "name " + std::to_string(i),
                     .start_ns = kNoon,
                     .end_ns = kNoon + kSecond});
  ASSERT_TRUE(Append(spans).ok());
  Open();

  const Rows rows = Written(Resolution::kDay);

  ASSERT_EQ(rows.size(), kMaxSeries + 1);
  std::int64_t others = 0;
  for (const auto& [key, row] : rows) {
    if (std::get<3>(key) == "other") others = row.count;
  }
  EXPECT_EQ(others, 50);
}

TEST_F(RollupTest, TheSlowestTurnsComeFirst) {
  for (std::uint64_t i = 1; i <= 5; ++i) {
    std::vector<TestSpan> call = Call(i, kNoon - i * 20'000 * kSecond);
    call[1].numbers = {{"turn.user_bot_latency_seconds", static_cast<double>(i)}};
    ASSERT_TRUE(Append(call).ok());
  }
  ReplyQuery query;
  query.range.project = kProject;
  query.range.to_ns = static_cast<std::int64_t>(kNoon);
  query.limit = 2;

  const Result<std::vector<SlowTurn>> turns =
      Read([query](StoreReader& reader) { return reader.SlowestTurns(query); });

  ASSERT_TRUE(turns.ok()) << turns.status();
  ASSERT_EQ(turns->size(), 2u);
  EXPECT_EQ((*turns)[0].reply_us, 5'000'000);
  EXPECT_EQ((*turns)[1].reply_us, 4'000'000);
  EXPECT_EQ((*turns)[0].number, 1);
}

TEST_F(RollupTest, TurnsWithRepliesOfSomeLengthThatBeganInSomeTimeAreFound) {
  for (std::uint64_t i = 1; i <= 5; ++i) {
    std::vector<TestSpan> call = Call(i, kNoon + i * 60 * kSecond);
    call[1].numbers = {{"turn.user_bot_latency_seconds", static_cast<double>(i)}};
    ASSERT_TRUE(Append(call).ok());
  }
  ReplyQuery query{.from_us = 2'000'000, .to_us = 5'000'000};
  query.range.project = kProject;
  query.range.from_ns = static_cast<std::int64_t>(kNoon);
  query.range.to_ns = static_cast<std::int64_t>(kNoon + 4 * 60 * kSecond);

  const Result<std::vector<SlowTurn>> turns =
      Read([query](StoreReader& reader) { return reader.SlowestTurns(query); });

  ASSERT_TRUE(turns.ok()) << turns.status();
  std::vector<std::int64_t> replies;
  for (const SlowTurn& turn : *turns) replies.push_back(turn.reply_us);
  EXPECT_THAT(replies, ::testing::ElementsAre(3'000'000, 2'000'000));
}

TEST(CoverWithin, LeavesTheEndsThatNoRowFits) {
  const std::int64_t now = 20'000 * kDay;
  const std::int64_t minute = kHourNs / 60;
  const auto ends = [](const std::vector<RollupRange>& ranges) {
    return ranges.empty() ? std::pair<std::int64_t, std::int64_t>()
                          : std::pair(ranges.front().from_ns, ranges.back().to_ns);
  };

  // By the minute where minutes are kept, else by the hour.
  EXPECT_EQ(ends(CoverWithin(now - 3 * kHourNs - 1, now + 1, now, Resolution::kDay)),
            std::pair(now - 3 * kHourNs, now));
  EXPECT_EQ(ends(CoverWithin(now - 30 * kDay - minute, now - minute, now, Resolution::kDay)),
            std::pair(now - 30 * kDay, now - minute));
  EXPECT_EQ(ends(CoverWithin(now - 30 * kDay - minute, now - 20 * kDay - minute, now, Resolution::kDay)),
            std::pair(now - 30 * kDay, now - 20 * kDay - kHourNs));
  for (const RollupRange& range : CoverWithin(now - 30 * kDay, now, now, Resolution::kHour))
    EXPECT_LE(range.resolution, Resolution::kHour);
  EXPECT_TRUE(CoverWithin(now - 30 * kDay, now, now, Resolution::kMinute).empty());
  EXPECT_TRUE(CoverWithin(now + 1, now + 2, now, Resolution::kDay).empty());
}

TEST(SeriesName, TurnsShareOneWithoutTheirNumbers) {
  EXPECT_EQ(SeriesName(Stage::kTurn, "turn-12"), "turn-#");
  EXPECT_EQ(SeriesName(Stage::kTurn, "turn"), "turn");
  EXPECT_EQ(SeriesName(Stage::kTurn, "turn2"), "turn2");
  EXPECT_EQ(SeriesName(Stage::kTurn, "12"), "12");
  EXPECT_EQ(SeriesName(Stage::kLlm, "step-12"), "step-12");
}

TEST(CoverRange, TakesTheLargestRowsThatFit) {
  const std::int64_t day = 20'000 * kDay;
  const auto shape = [](const std::vector<RollupRange>& ranges) {
    std::vector<std::pair<Resolution, std::int64_t>> out;
    for (const RollupRange& range : ranges)
      out.emplace_back(range.resolution, (range.to_ns - range.from_ns) / LengthOf(range.resolution));
    return out;
  };
  using ::testing::ElementsAre;
  using ::testing::Pair;
  const std::int64_t minute = kHourNs / 60;

  EXPECT_THAT(shape(CoverRange(day - minute, day + kDay + kHourNs + 1, day + kDay + kHourNs)),
              ElementsAre(Pair(Resolution::kMinute, 1), Pair(Resolution::kDay, 1), Pair(Resolution::kHour, 1),
                          Pair(Resolution::kMinute, 1)));
  EXPECT_THAT(shape(CoverRange(day + minute, day + 2 * kHourNs, day + 10 * kDay)),
              ElementsAre(Pair(Resolution::kHour, 2)));
  EXPECT_THAT(shape(CoverRange(day, day, day)), ElementsAre());
}

}  // namespace
}  // namespace repartee::server::testing
