// Tables, blocks and rows before a real ClickHouse server.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "repartee/server/ingest/batch_builder.h"
#include "repartee/server/store/clickhouse/calls_for_test.h"
#include "repartee/server/store/clickhouse/schema.h"
#include "repartee/server/store/clickhouse/server_for_test.h"
#include "repartee/server/store/clickhouse/shipper.h"
#include "repartee/server/store/clickhouse/sql.h"
#include "repartee/server/store/clickhouse/trace_rows.h"

namespace repartee::server::clickhouse {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::kNoon;
using testing::kSecond;
using testing::MakeRequest;
using ::testing::SizeIs;
using testing::TempFolder;
using testing::TestSpan;
using testing::TraceIdOf;
using namespace std::chrono_literals;

constexpr ProjectKey kProject = Calls::kProject;
constexpr auto kTakenAt = static_cast<std::int64_t>(kNoon + 60 * kSecond);

std::vector<TestSpan> Call(std::uint64_t number) { return Calls::Of(number); }

// A server that ships to the database of its test.
class Node {
 public:
  explicit Node(const Address& address, std::chrono::milliseconds settle_after = 0ms) {
    Result<std::unique_ptr<ShipLog>> log = ShipLog::Open({.folder = folder_.path()});
    EXPECT_TRUE(log.ok()) << log.status();
    log_ = *std::move(log);
    Start(address, settle_after);
  }
  void Start(const Address& address, std::chrono::milliseconds settle_after = 0ms) {
    // Blocks go when a test asks for it.
    shipper_ = std::make_unique<Shipper>(
        *log_, time_, ShipperOptions{.address = address, .settle_after = settle_after, .block_age = 1h});
  }
  void Take(const std::vector<TestSpan>& spans, std::int64_t taken_ns = kTakenAt) {
    ASSERT_TRUE(log_->Append({RowsOf(spans, taken_ns)}).ok());
  }
  Status Ship() { return shipper_->Drain(20s); }
  void Stop() { shipper_->Stop(); }
  ShipLog& log() { return *log_; }
  Shipper& shipper() { return *shipper_; }
  const std::string& folder() const { return folder_.path(); }

 private:
  TempFolder folder_;
  RisingTime time_{Clock::System()};
  std::unique_ptr<ShipLog> log_;
  std::unique_ptr<Shipper> shipper_;
};

class ClickHouseStoreTest : public ClickHouseServerTest {
 protected:
  void SetUp() override {
    ClickHouseServerTest::SetUp();
    if (IsSkipped()) return;
    client_ = std::make_unique<Client>(NewAddress());
    const Result<Migration> done = Migrate(*client_, {});
    ASSERT_TRUE(done.ok()) << done.status();
  }

  std::uint64_t Count(const std::string& sql) {
    const Result<std::string> answer = client_->Select(sql);
    EXPECT_TRUE(answer.ok()) << answer.status();
    return answer.ok() ? RowReader(*answer).TakeUInt64() : 0;
  }
  // As a list reads them: of each trace the row that counts.
  std::vector<TraceRow> Traces() {
    std::vector<TraceRow> traces;
    const Result<std::string> answer = client_->Select(
        fmt::format("SELECT {} FROM trace ORDER BY start DESC, trace_id, version DESC LIMIT 1 BY trace_id",
                    kTraceRowColumns));
    EXPECT_TRUE(answer.ok()) << answer.status();
    if (!answer.ok()) return traces;
    RowReader rows(*answer);
    while (!rows.AtEnd()) traces.push_back(ReadTraceRow(rows));
    EXPECT_TRUE(rows.status().ok()) << rows.status();
    return traces;
  }
  std::vector<TurnRow> Turns() {
    const Result<std::string> answer =
        client_->Select(fmt::format("SELECT {} FROM trace ORDER BY version DESC LIMIT 1", kTurnColumns));
    EXPECT_TRUE(answer.ok()) << answer.status();
    RowReader rows(*answer);
    return ReadTurns(rows);
  }
  std::vector<StoredSpan> Spans(std::uint64_t number) {
    const std::vector<TraceId> ids = {*TraceId::FromBytes(TraceIdOf(number))};
    const Result<std::vector<std::uint16_t>> days = DaysOf(*client_, kProject, ids);
    EXPECT_TRUE(days.ok()) << days.status();
    if (!days.ok() || days->empty()) return {};
    Result<std::vector<StoredSpan>> spans = ReadSpans(*client_, SpansWhere(kProject, ids, *days));
    EXPECT_TRUE(spans.ok()) << spans.status();
    return *std::move(spans);
  }

  std::unique_ptr<Client> client_;
};

TEST_F(ClickHouseStoreTest, TablesAreMadeOnce) {
  const Result<Migration> again = Migrate(*client_, {});

  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->from, kSchemaVersion);
  EXPECT_EQ(again->to, kSchemaVersion);
  EXPECT_EQ(StoredSchemaVersion(*client_).value_or(-1), kSchemaVersion);
  for (const char* table : {"span", "trace", "trace_day"})
    EXPECT_EQ(Count(fmt::format("SELECT toUInt64(count()) FROM {}", table)), 0u);
}

TEST_F(ClickHouseStoreTest, ADatabaseThatIsNotThereHasNoTables) {
  Client client(server_->AddressOf("nothing_there"));

  EXPECT_EQ(StoredSchemaVersion(client).value_or(-1), 0);
}

TEST_F(ClickHouseStoreTest, TablesOfALaterProgramAreLeftAlone) {
  ASSERT_TRUE(
      client_->Execute(fmt::format("INSERT INTO repartee_schema (version) VALUES ({})", kSchemaVersion + 1))
          .ok());

  const Status status = Migrate(*client_, {}).status();

  EXPECT_EQ(status.code(), StatusCode::kFailedPrecondition);
  EXPECT_THAT(status.message(), HasSubstr("or a newer one"));
}

TEST_F(ClickHouseStoreTest, ReplicasWithoutMacrosAreRefused) {
  const Status status = Migrate(*client_, {.replicated = true}).status();

  EXPECT_EQ(status.code(), StatusCode::kInvalidArgument);
  EXPECT_THAT(status.message(), HasSubstr("<macros>"));
}

TEST_F(ClickHouseStoreTest, ATableThatIsNotThereIsNoTraceThatIsNotThere) {
  const Status status = client_->Select("SELECT x FROM no_such_table").status();

  EXPECT_EQ(status.code(), StatusCode::kInternal) << status;
  EXPECT_THAT(status.message(), HasSubstr("(code 60)"));
  EXPECT_EQ(client_->Execute("NONSENSE").code(), StatusCode::kInternal);
}

TEST_F(ClickHouseStoreTest, TextsComeBackAsTheyWere) {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);

  const Result<std::string> answer = client_->Select("SELECT " + SqlText(all));

  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(RowReader(*answer).TakeString(), all);
}

TEST_F(ClickHouseStoreTest, ACallIsThereWithItsTurnsWhenItsBlockIsTaken) {
  Node node(NewAddress());
  node.Take(Call(1));

  ASSERT_TRUE(node.Ship().ok()) << node.shipper().health();

  const std::vector<TraceRow> traces = Traces();
  ASSERT_THAT(traces, SizeIs(1));
  EXPECT_EQ(traces[0].name, "conversation");
  EXPECT_EQ(traces[0].session_id, "call-1");
  EXPECT_EQ(traces[0].spans, 3);
  EXPECT_EQ(traces[0].start_ns, static_cast<std::int64_t>(kNoon));
  EXPECT_EQ(traces[0].end_ns, static_cast<std::int64_t>(kNoon + 5 * kSecond));
  EXPECT_EQ(traces[0].preview_input, "What is the capital of France, please?");
  EXPECT_TRUE(traces[0].complete);
  const std::vector<TurnRow> turns = Turns();
  ASSERT_THAT(turns, SizeIs(1));
  EXPECT_EQ(turns[0].ub_latency_us, 1'500'000);
  EXPECT_EQ(turns[0].stt_ttfb_us, 250'000);
  EXPECT_EQ(node.log().bytes(), 0u);
}

TEST_F(ClickHouseStoreTest, SpansOfATraceMayComeThroughTwoNodesInAnyOrder) {
  Node one(NewAddress(), 1h);
  Node other(NewAddress(), 1h);
  const std::vector<TestSpan> call = Call(1);
  one.Take({call[2]});
  ASSERT_TRUE(one.Ship().ok()) << one.shipper().health();
  other.Take({call[0]});
  ASSERT_TRUE(other.Ship().ok()) << other.shipper().health();
  one.Take({call[1]});
  ASSERT_TRUE(one.Ship().ok()) << one.shipper().health();

  const std::vector<TraceRow> traces = Traces();

  ASSERT_THAT(traces, SizeIs(1));
  EXPECT_EQ(traces[0].spans, 3);
  EXPECT_EQ(traces[0].turns, 1);
  EXPECT_EQ(traces[0].stt_ttfb_p50_us, 250'000);
  ASSERT_THAT(Turns(), SizeIs(1));
}

TEST_F(ClickHouseStoreTest, ABlockThatIsSentTwiceCountsOnce) {
  Node first(NewAddress());
  first.Take(Call(1));
  first.log().CloseSegment();
  Node second(NewAddress());
  second.Take(Call(1));

  ASSERT_TRUE(first.Ship().ok()) << first.shipper().health();
  ASSERT_TRUE(second.Ship().ok()) << second.shipper().health();

  EXPECT_THAT(Spans(1), SizeIs(3));
  ASSERT_THAT(Traces(), SizeIs(1));
  EXPECT_EQ(Traces()[0].spans, 3);
}

TEST_F(ClickHouseStoreTest, OfASpanThatComesAgainTheLaterEndCounts) {
  Node node(NewAddress());
  std::vector<TestSpan> call = Call(1);
  TestSpan open_root = call[2];
  open_root.end_ns = open_root.start_ns;
  open_root.marks = {{"repartee.provisional", true}};
  TestSpan longer = call[1];
  longer.end_ns += kSecond;
  longer.numbers = {{"turn.user_bot_latency_seconds", 0.5}};
  node.Take(call);
  node.Take({longer}, kTakenAt + 1'000);
  node.Take({call[1], open_root}, kTakenAt + 2'000);

  ASSERT_TRUE(node.Ship().ok()) << node.shipper().health();

  ASSERT_THAT(Traces(), SizeIs(1));
  EXPECT_EQ(Traces()[0].spans, 3);
  EXPECT_EQ(Traces()[0].ub_latency_max_us, 500'000);
  EXPECT_TRUE(Traces()[0].complete);
  EXPECT_EQ(Turns()[0].end_ns, static_cast<std::int64_t>(longer.end_ns));
}

TEST_F(ClickHouseStoreTest, MergesOfTheServersChangeNothing) {
  Node node(NewAddress());
  node.Take(Call(1));
  ASSERT_TRUE(node.Ship().ok());
  node.Take(Call(1), kTakenAt + 1'000);
  ASSERT_TRUE(node.Ship().ok());
  const std::vector<TraceRow> before = Traces();

  for (const char* table : {"span", "trace", "trace_day"})
    ASSERT_TRUE(client_->Execute(fmt::format("OPTIMIZE TABLE {} FINAL", table)).ok());

  EXPECT_EQ(Count("SELECT toUInt64(count()) FROM span"), 3u);
  EXPECT_EQ(Count("SELECT toUInt64(count()) FROM trace"), 1u);
  EXPECT_EQ(Count("SELECT toUInt64(count()) FROM trace_day"), 1u);
  ASSERT_THAT(Traces(), SizeIs(1));
  EXPECT_EQ(Traces()[0].last_update_ns, before[0].last_update_ns);
  EXPECT_THAT(Spans(1), SizeIs(3));
}

TEST_F(ClickHouseStoreTest, WhatComesWhileTheServerIsAwayIsThereAfterwards) {
  Node node(NewAddress());
  node.Take(Call(1));
  ASSERT_TRUE(node.Ship().ok());
  server_->Kill();
  node.Take(Call(2));
  const Status away = node.shipper().Drain(2s);
  EXPECT_EQ(away.code(), StatusCode::kUnavailable) << away;
  EXPECT_FALSE(node.shipper().health().ok());
  EXPECT_GT(node.log().bytes(), 0u);

  server_->Start();

  ASSERT_TRUE(node.Ship().ok()) << node.shipper().health();
  EXPECT_TRUE(node.shipper().health().ok());
  EXPECT_EQ(node.log().bytes(), 0u);
  ASSERT_THAT(Traces(), SizeIs(2));
  EXPECT_THAT(Spans(2), SizeIs(3));
}

TEST_F(ClickHouseStoreTest, ANodeThatWasKilledShipsWhatItHadAcknowledged) {
  TempFolder crashed;
  {
    const std::unique_ptr<ShipLog> log = *ShipLog::Open({.folder = crashed.path() + "/log"});
    ASSERT_TRUE(log->Append({RowsOf(Call(1), kTakenAt)}).ok());
    log->CloseSegment();
    ASSERT_TRUE(log->Append({RowsOf(Call(2), kTakenAt)}).ok());
  }

  const std::unique_ptr<ShipLog> log = *ShipLog::Open({.folder = crashed.path() + "/log"});
  RisingTime time(Clock::System());
  Shipper shipper(*log, time, {.address = NewAddress(), .settle_after = 0ms, .block_age = 1h});

  ASSERT_TRUE(shipper.Drain(20s).ok()) << shipper.health();
  EXPECT_THAT(Traces(), SizeIs(2));
}

TEST_F(ClickHouseStoreTest, BodiesComeBackByteForByte) {
  Node node(NewAddress());
  std::vector<TestSpan> call = Call(1);
  call[0].texts.emplace_back("output", std::string("quoted \"text\"\n\0 and more", 24));
  node.Take(call);
  ASSERT_TRUE(node.Ship().ok());
  Result<BuiltBatch> sent = BuildBatch(kProject, MakeRequest(call), {});
  ASSERT_TRUE(sent.ok());

  for (const SpanRecord& record : sent->batch.spans) {
    const Result<std::string> answer = client_->Select(
        fmt::format("SELECT raw, resource, scope FROM span WHERE span_id = {}", record.span_id));
    ASSERT_TRUE(answer.ok()) << answer.status();
    RowReader row(*answer);
    EXPECT_EQ(row.TakeString(), record.raw);
    EXPECT_EQ(row.TakeString(), record.resource);
    EXPECT_EQ(row.TakeString(), record.scope);
    EXPECT_TRUE(row.AtEnd());
  }
}

}  // namespace
}  // namespace repartee::server::clickhouse
