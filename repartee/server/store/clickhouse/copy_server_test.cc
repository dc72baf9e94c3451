// An embedded store's folder copied into a real ClickHouse server: what is read there is what was read here.
#include "repartee/server/store/clickhouse/copy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "repartee/server/store/clickhouse/reader.h"
#include "repartee/server/store/clickhouse/schema.h"
#include "repartee/server/store/clickhouse/server_for_test.h"
#include "repartee/server/store/sqlite/day_file.h"
#include "repartee/server/testing/store_kit.h"

namespace repartee::server::clickhouse {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::kNoon;
using testing::kSecond;
using testing::TempFolder;
using testing::TestSpan;
using testing::TraceIdOf;

// An embedded store with calls in it.
class Embedded final : public testing::StoreTest {
 public:
  using StoreTest::Append;
  using StoreTest::Call;
  using StoreTest::kProject;
  using StoreTest::List;
  using StoreTest::Open;
  using StoreTest::Read;
  using StoreTest::Spans;
  using StoreTest::Turns;

  const std::string& folder() const { return folder_.path(); }
  void GoOn() { clock_.AdvanceTo(clock_.MonotonicNow() + std::chrono::seconds(1)); }
  void Delete(std::uint64_t call) {
    std::promise<Status> answer;
    ASSERT_TRUE(store_
                    ->DeleteTraces(kProject, {TraceId::FromBytes(TraceIdOf(call))->Hex()},
                                   [&answer](Status status) { answer.set_value(std::move(status)); })
                    .ok());
    ASSERT_TRUE(answer.get_future().get().ok());
  }

 private:
  void TestBody() override {}
};

// Everything of a row but where it lies.
std::string Shown(const TraceRow& t) {
  return fmt::format(
      "{} {} {}..{} {} {} {} {} {} {} [{}] {} {} {}/{}/{} {} {}/{}/{} {}/{} {}/{}/{} {}/{}/{} {} {} {} {}",
      t.ShownId(), t.project, t.start_ns, t.end_ns, t.name.value_or("-"), t.user_id.value_or("-"),
      t.session_id.value_or("-"), t.release.value_or("-"), t.version.value_or("-"), t.environment,
      fmt::join(t.tags, ","), t.is_public, static_cast<int>(t.level), t.spans, t.errors, t.warnings, t.cost,
      t.input_tokens, t.output_tokens, t.total_tokens, t.turns, t.interrupted_turns, t.ub_latency_p50_us,
      t.ub_latency_p95_us, t.ub_latency_max_us, t.stt_ttfb_p50_us, t.llm_ttfb_p50_us, t.tts_ttfb_p50_us,
      t.preview_input, t.preview_output, t.last_update_ns, t.complete);
}

std::string Shown(const SpanRow& s) {
  const SpanFacts& f = s.facts;
  return fmt::format("{} {} {} {} {} {} {}..{} {} {} {} {} {} {} {} {} {} {} {}", s.id, s.parent, s.name,
                     s.model, s.provider, s.environment.value_or("-"), f.start_ns, f.end_ns,
                     static_cast<int>(f.type), static_cast<int>(f.level), static_cast<int>(f.stage), f.flags,
                     f.turn_number, f.ttfb_us, f.ub_latency_us, f.cost, f.input_tokens, f.output_tokens,
                     f.total_tokens);
}

std::string Shown(const SpanBody& body) { return body.span + body.resource + body.scope; }

// A trace with all that hangs on it, as a reader sees it.
std::vector<std::string> Shown(StoreReader& reader, const TraceRow& trace) {
  std::vector<std::string> shown = {Shown(trace)};
  const Result<std::vector<SpanRow>> spans = reader.Spans(trace.place);
  EXPECT_TRUE(spans.ok()) << spans.status();
  for (const SpanRow& span : *spans) {
    shown.push_back(Shown(span));
    const Result<SpanBody> body = reader.Body(trace.place, span);
    EXPECT_TRUE(body.ok()) << body.status();
    if (body.ok()) shown.push_back(Shown(*body));
  }
  const Result<std::vector<TurnRow>> turns = reader.Turns(trace.place);
  EXPECT_TRUE(turns.ok()) << turns.status();
  for (const TurnRow& turn : *turns)
    shown.push_back(fmt::format("{} {} {} {}", turn.span, turn.number, turn.interrupted, turn.ub_latency_us));
  return shown;
}

class CopyTest : public ClickHouseServerTest {
 protected:
  void SetUp() override {
    ClickHouseServerTest::SetUp();
    if (IsSkipped()) return;
    Client client(NewAddress());
    ASSERT_TRUE(Migrate(client, {}).ok());
    Result<std::unique_ptr<ScoreFile>> scores = ScoreFile::Open(scores_.path(), false);
    ASSERT_TRUE(scores.ok()) << scores.status();
    reader_ = std::make_unique<Reader>(NewAddress(), *std::move(scores));
  }

  // Calls of two days, a span that came twice, one that has not ended, and a trace that is deleted.
  void Fill() {
    for (std::uint64_t i = 1; i <= 4; ++i)
      ASSERT_TRUE(embedded_.Append(Embedded::Call(i, kNoon - i * 20'000 * kSecond)).ok());
    TestSpan longer = Embedded::Call(1, kNoon - 20'000 * kSecond)[1];
    longer.end_ns += kSecond;
    ASSERT_TRUE(embedded_.Append({longer}).ok());
    TestSpan open = Embedded::Call(9)[2];
    open.end_ns = open.start_ns;
    open.marks = {{"repartee.provisional", true}};
    ASSERT_TRUE(embedded_.Append({open}).ok());
    embedded_.Delete(3);
    embedded_.Open();  // all rows are written
  }
  CopyProgress Copy() {
    Result<CopyProgress> done = CopyStore(Options());
    EXPECT_TRUE(done.ok()) << done.status();
    return done.ok() ? *std::move(done) : CopyProgress{};
  }
  CopyOptions Options() const {
    return {.folder = embedded_.folder(), .address = NewAddress(), .mapping = {}};
  }

  Embedded embedded_;
  TempFolder scores_;
  std::unique_ptr<Reader> reader_;
};

TEST_F(CopyTest, WhatIsReadThereIsWhatWasReadHere) {
  Fill();

  const CopyProgress done = Copy();

  EXPECT_EQ(done.traces, 4);
  EXPECT_EQ(done.copied, 4);
  EXPECT_EQ(done.spans, 10);
  EXPECT_EQ(done.faults, 0);
  const std::vector<TraceRow> traces = embedded_.List();
  ASSERT_EQ(traces.size(), 4u);
  for (const TraceRow& trace : traces) {
    const Result<std::optional<TraceRow>> copy = reader_->FindTrace(Embedded::kProject, trace.id);
    ASSERT_TRUE(copy.ok()) << copy.status();
    ASSERT_TRUE(copy->has_value()) << trace.ShownId();
    EXPECT_EQ(Shown(*reader_, **copy),
              embedded_.Read([trace](StoreReader& reader) { return Shown(reader, trace); }));
  }
}

TEST_F(CopyTest, ASecondCopyBringsOnlyWhatCameSince) {
  Fill();
  EXPECT_EQ(Copy().copied, 4);

  const CopyProgress again = Copy();
  embedded_.GoOn();
  ASSERT_TRUE(embedded_.Append(Embedded::Call(5)).ok());
  ASSERT_TRUE(embedded_.Append(Embedded::Call(9)).ok());  // it has ended now
  embedded_.Open();
  const CopyProgress since = Copy();

  EXPECT_EQ(again.seen, 4);
  EXPECT_EQ(again.copied, 0);
  EXPECT_EQ(since.seen, 5);
  EXPECT_EQ(since.copied, 2);
  EXPECT_EQ(reader_->FindTrace(Embedded::kProject, *TraceId::FromBytes(TraceIdOf(9)))->value().spans, 3);
}

TEST_F(CopyTest, WhatIsDamagedIsNamedAndTheRestIsCopied) {
  Fill();
  {
    Result<std::unique_ptr<Database>> day =
        Database::Open(DayPath(embedded_.folder(), 20261121), {.create = false});
    ASSERT_TRUE(day.ok()) << day.status();
    ASSERT_TRUE((*day)->Execute("UPDATE batch SET block=x'00'").ok());
  }

  const CopyProgress done = Copy();

  EXPECT_EQ(done.copied, 3);
  EXPECT_EQ(done.faults, 1);
  EXPECT_THAT(done.faults_told, ElementsAre(HasSubstr(TraceId::FromBytes(TraceIdOf(4))->Hex())));
}

TEST_F(CopyTest, AFolderWithoutTracesAndADatabaseWithoutTablesAreRefused) {
  EXPECT_EQ(CopyStore(Options()).status().code(), StatusCode::kNotFound);
  Fill();
  CopyOptions elsewhere = Options();
  elsewhere.address = server_->AddressOf("no_tables_there");

  const Status status = CopyStore(elsewhere).status();

  EXPECT_EQ(status.code(), StatusCode::kFailedPrecondition);
  EXPECT_THAT(status.message(), HasSubstr("repartee store migrate"));
}

}  // namespace
}  // namespace repartee::server::clickhouse
