// What a reader sees of a real ClickHouse server while a node is at work.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "repartee/server/store/clickhouse/calls_for_test.h"
#include "repartee/server/store/clickhouse/reader.h"
#include "repartee/server/store/clickhouse/schema.h"
#include "repartee/server/store/clickhouse/server_for_test.h"
#include "repartee/server/store/clickhouse/trace_update.h"

namespace repartee::server::clickhouse {
namespace {

using testing::kNoon;
using testing::kSecond;
using ::testing::SizeIs;
using testing::SpanIdOf;
using testing::TempFolder;
using testing::TraceIdOf;

constexpr auto kTakenAt = static_cast<std::int64_t>(kNoon + 60 * kSecond);

class ClickHouseReaderTest : public ClickHouseServerTest {
 protected:
  void SetUp() override {
    ClickHouseServerTest::SetUp();
    if (IsSkipped()) return;
    client_ = std::make_unique<Client>(NewAddress());
    const Result<Migration> done = Migrate(*client_, {});
    ASSERT_TRUE(done.ok()) << done.status();
    Result<std::unique_ptr<ScoreFile>> scores = ScoreFile::Open(folder_.path(), false);
    ASSERT_TRUE(scores.ok()) << scores.status();
    reader_ = std::make_unique<Reader>(NewAddress(), *std::move(scores));
  }

  // As far as a node has come when its block is taken and nothing made of it yet.
  void StoreSpans(std::uint64_t call, std::int64_t taken_ns = kTakenAt) {
    ShipRows rows = RowsOf(Calls::Of(call), taken_ns);
    Status status = client_->Insert("span", kSpanColumns, std::move(rows.span_rows), "");
    if (status.ok()) status = client_->Insert("trace_day", kDayColumns, std::move(rows.day_rows), "");
    ASSERT_TRUE(status.ok()) << status;
  }

  TempFolder folder_;
  std::unique_ptr<Client> client_;
  std::unique_ptr<Reader> reader_;
};

TEST_F(ClickHouseReaderTest, SpansAreWholeBeforeTheRowOfTheirTraceIsMade) {
  StoreSpans(1);

  const Result<SpanPage> page = reader_->ListSpans({.project = Calls::kProject});
  const Result<std::optional<FoundSpan>> found =
      reader_->FindSpan(Calls::kProject, *SpanIdFromBytes(SpanIdOf(12)));

  ASSERT_TRUE(page.ok()) << page.status();
  ASSERT_THAT(page->rows, SizeIs(3));
  ASSERT_TRUE(found.ok()) << found.status();
  ASSERT_TRUE(found->has_value());
  std::vector<FoundSpan> rows = page->rows;
  rows.push_back(**found);
  for (const FoundSpan& row : rows) {
    EXPECT_EQ(row.trace.id.Bytes(), TraceIdOf(1));
    const Result<SpanBody> body = reader_->Body(row.trace.place, row.span);
    ASSERT_TRUE(body.ok()) << body.status();
    EXPECT_FALSE(body->span.empty());
  }
}

TEST_F(ClickHouseReaderTest, WhatComesLateOfADeletedTraceIsNowhere) {
  const TraceId id = *TraceId::FromBytes(TraceIdOf(1));
  const VirtualClock now{Nanos(kTakenAt + 1'000)};
  RisingTime time(now);
  StoreSpans(1);
  ASSERT_TRUE(EndTraces(*client_, Calls::kProject, {id}, time).ok());

  StoreSpans(1, kTakenAt + 500);  // taken before the deletion, sent by another node after it

  ASSERT_TRUE(UpdateTraces(*client_, {{Calls::kProject, id.Bytes()}}, time).ok());
  EXPECT_FALSE(reader_->FindTrace(Calls::kProject, id)->has_value());
  EXPECT_THAT(reader_->ListSpans({.project = Calls::kProject})->rows, SizeIs(0));
  EXPECT_FALSE(reader_->FindSpan(Calls::kProject, *SpanIdFromBytes(SpanIdOf(12)))->has_value());
}

}  // namespace
}  // namespace repartee::server::clickhouse
