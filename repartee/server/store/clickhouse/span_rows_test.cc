#include "repartee/server/store/clickhouse/span_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "repartee/server/ingest/batch_builder.h"
#include "repartee/server/store/clickhouse/calls_for_test.h"
#include "repartee/server/store/clickhouse/trace_rows.h"

namespace repartee::server::clickhouse {
namespace {

using testing::kNoon;
using testing::kSecond;
using testing::MakeRequest;
using ::testing::SizeIs;
using testing::TestSpan;
using testing::TraceIdOf;

constexpr ProjectKey kProject = 7;
constexpr auto kTaken = static_cast<std::int64_t>(kNoon + 60 * kSecond);

// Its root has tags.
std::vector<TestSpan> OneCall() {
  std::vector<TestSpan> call = Calls::Of(1);
  call[2].texts.emplace_back("langfuse.trace.tags", "a,b");
  return call;
}

// As a server gives them back; `bodies` gets each span's message.
std::vector<StoredSpan> Stored(const std::vector<TestSpan>& spans, std::int64_t taken_ns = kTaken,
                               std::vector<std::string>* bodies = nullptr) {
  Result<BuiltBatch> built = BuildBatch(kProject, MakeRequest(spans), {});
  EXPECT_TRUE(built.ok()) << built.status();
  const ShipRows rows = MakeShipRows(built->batch, taken_ns);
  EXPECT_EQ(rows.spans, spans.size());
  std::vector<StoredSpan> stored;
  RowReader reader(rows.span_rows);
  while (!reader.AtEnd()) {
    stored.push_back(ReadStoredSpan(reader));
    const std::string raw(reader.TakeString());
    if (bodies != nullptr) bodies->push_back(raw);
    reader.TakeString();
    reader.TakeString();
  }
  EXPECT_TRUE(reader.status().ok()) << reader.status();
  return stored;
}

TEST(SpanRows, HaveTheBodiesBehindWhatListsRead) {
  EXPECT_EQ(std::string(kStoredColumns) + ",raw,resource,scope", kSpanColumns);
}

TEST(SpanRows, GiveBackWhatASpanSays) {
  std::vector<std::string> bodies;
  const std::vector<StoredSpan> spans = Stored(OneCall(), kTaken, &bodies);

  ASSERT_THAT(spans, SizeIs(3));
  const StoredSpan& root = spans[0];  // it began first
  EXPECT_EQ(root.project, kProject);
  EXPECT_EQ(root.taken_ns, kTaken);
  EXPECT_EQ(root.name, "conversation");
  EXPECT_EQ(root.record.trace_id, *TraceId::FromBytes(TraceIdOf(1)));
  EXPECT_EQ(root.record.span_id, 11u);
  ASSERT_NE(root.record.fields, nullptr);
  EXPECT_EQ(root.record.fields->session_id, "call-1");
  EXPECT_THAT(root.record.fields->tags, ::testing::ElementsAre("a", "b"));
  const StoredSpan& stt =
      *std::find_if(spans.begin(), spans.end(), [](const StoredSpan& s) { return s.name == "stt"; });
  EXPECT_EQ(stt.record.fields, nullptr);
  EXPECT_EQ(stt.record.parent_id, 12u);
  EXPECT_EQ(stt.record.facts.stage, Stage::kStt);
  EXPECT_EQ(stt.record.facts.ttfb_us, 250'000);
  EXPECT_EQ(stt.record.preview_input, "What is the capital of France, please?");
  EXPECT_NE(bodies[0].find("conversation"), std::string::npos);
}

TEST(SpanRows, NameEachDayOfATraceOnce) {
  std::vector<TestSpan> call = OneCall();
  call[0].start_ns -= 86'400 * kSecond;
  Result<BuiltBatch> built = BuildBatch(kProject, MakeRequest(call), {});
  ASSERT_TRUE(built.ok());

  const ShipRows rows = MakeShipRows(built->batch, kTaken);

  RowReader reader(rows.day_rows);
  std::vector<int> days;
  while (!reader.AtEnd()) {
    EXPECT_EQ(reader.TakeInt64(), kProject);
    EXPECT_EQ(reader.TakeUInt64(), TraceKey(*TraceId::FromBytes(TraceIdOf(1))));
    EXPECT_EQ(reader.TakeFixedString(16), TraceIdOf(1));
    days.push_back(reader.TakeUInt16());
  }
  std::sort(days.begin(), days.end());
  EXPECT_THAT(days, ::testing::ElementsAre(20'778, 20'779));  // 2026-11-21 and 22
}

TEST(SpanRows, ASenselessTimeFallsOnTheFirstOrTheLastDay) {
  EXPECT_EQ(DayNumber(INT64_MIN), 0);
  EXPECT_EQ(DayNumber(-1), 0);
  EXPECT_EQ(DayNumber(INT64_MAX), 0xffff);
}

TEST(SpanRows, TheLaterEndCountsAndAProvisionalSpanLosesToAny) {
  const auto rank = [](std::int64_t end_ns, std::uint32_t flags) {
    SpanFacts facts;
    facts.end_ns = end_ns;
    facts.flags = flags;
    return RankOf(facts, kTaken);
  };
  const auto noon = static_cast<std::int64_t>(kNoon);

  EXPECT_LT(rank(noon, 0), rank(noon + 1, 0));
  EXPECT_LT(rank(noon + 1, kFlagProvisional), rank(noon, 0));
  EXPECT_LT(rank(noon, kFlagProvisional), rank(noon + 1, kFlagProvisional));
  EXPECT_LT(rank(noon, 0), rank(0, kFlagMerged));  // made of events: when it came counts
  EXPECT_LT(rank(-5, kFlagProvisional), rank(-5, 0));
}

TEST(TraceRows, AreTheSameInWhateverOrderSpansAreRead) {
  std::vector<StoredSpan> forwards = Stored(OneCall());
  std::vector<StoredSpan> backwards = Stored(OneCall());
  std::reverse(backwards.begin(), backwards.end());
  RowWriter one;
  RowWriter other;

  AddTraceRow(one, BuildTrace(std::move(forwards)), 1);
  AddTraceRow(other, BuildTrace(std::move(backwards)), 1);

  EXPECT_EQ(one.bytes(), other.bytes());
}

TEST(TraceRows, GiveBackTheTraceAndItsTurns) {
  RowWriter rows;
  AddTraceRow(rows, BuildTrace(Stored(OneCall())), 99);

  RowReader reader(rows.bytes());
  const TraceRow row = ReadTraceRow(reader);
  const std::vector<TurnRow> turns = ReadTurns(reader);

  ASSERT_TRUE(reader.status().ok()) << reader.status();
  EXPECT_TRUE(reader.AtEnd());
  EXPECT_EQ(row.id, *TraceId::FromBytes(TraceIdOf(1)));
  EXPECT_EQ(row.name, "conversation");
  EXPECT_EQ(row.session_id, "call-1");
  EXPECT_EQ(row.start_ns, static_cast<std::int64_t>(kNoon));
  EXPECT_EQ(row.end_ns, static_cast<std::int64_t>(kNoon + 5 * kSecond));
  EXPECT_THAT(row.tags, ::testing::ElementsAre("a", "b"));
  EXPECT_EQ(row.spans, 3);
  EXPECT_EQ(row.turns, 1);
  EXPECT_EQ(row.cost, -1);
  EXPECT_EQ(row.ub_latency_p50_us, 1'500'000);
  EXPECT_EQ(row.stt_ttfb_p50_us, 250'000);
  EXPECT_EQ(row.llm_ttfb_p50_us, -1);
  EXPECT_EQ(row.preview_input, "What is the capital of France, please?");
  EXPECT_TRUE(row.complete);
  ASSERT_THAT(turns, SizeIs(1));
  EXPECT_EQ(turns[0].span, 12u);
  EXPECT_EQ(turns[0].number, 1);
  EXPECT_EQ(turns[0].end_ns, static_cast<std::int64_t>(kNoon + 4 * kSecond));
  EXPECT_EQ(turns[0].ub_latency_us, 1'500'000);
  EXPECT_EQ(turns[0].stt_ttfb_us, 250'000);
}

TEST(TraceRows, BrokenBytesAreNoTrace) {
  RowWriter rows;
  AddTraceRow(rows, BuildTrace(Stored(OneCall())), 99);
  for (std::size_t size = 0; size < rows.bytes().size(); ++size) {
    RowReader reader(std::string_view(rows.bytes()).substr(0, size));
    ReadTraceRow(reader);
    ReadTurns(reader);
    EXPECT_FALSE(reader.status().ok()) << size;
  }
}

}  // namespace
}  // namespace repartee::server::clickhouse
