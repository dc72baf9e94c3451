// What stands in docs/limits.md and can be crossed without a socket: queues that are full,
// and answers that would be too long.
#include <gmock/gmock.h>

#include <atomic>
#include <future>
#include <utility>

#include "repartee/base/clock.h"
#include "repartee/server/limits.h"
#include "repartee/server/testing/server_kit.h"

namespace repartee::server::testing {
namespace {

using ::testing::HasSubstr;

// Holds whoever waits on it until the test lets go.
class Gate {
 public:
  ~Gate() { Open(); }
  void Open() {
    if (!std::exchange(open_, true)) promise_.set_value();
  }
  std::shared_future<void> passed() const { return future_; }

 private:
  std::promise<void> promise_;
  std::shared_future<void> future_ = promise_.get_future().share();
  bool open_ = false;
};

class LimitsTest : public ::testing::Test {
 protected:
  // The gate opens before the store stops, whose threads wait for it.
  ~LimitsTest() override { gate_.Open(); }

  // From now on the writer's thread waits.
  void HoldWriter() {
    auto held = std::make_shared<std::promise<void>>();
    std::future<void> is_held = held->get_future();
    ASSERT_TRUE(kit_.store()
                    .Append(NoSpans(),
                            [held, gate = gate_.passed()](const Result<AppendOutcome>&) {
                              held->set_value();
                              gate.wait();
                            })
                    .ok());
    is_held.wait();
  }

  void HoldReaders() {
    for (int i = 0; i < kReaderThreads; ++i) {
      auto held = std::make_shared<std::promise<void>>();
      std::future<void> is_held = held->get_future();
      ASSERT_TRUE(kit_.store()
                      .Read([held, gate = gate_.passed()](StoreReader&) {
                        held->set_value();
                        gate.wait();
                      })
                      .ok());
      is_held.wait();
    }
  }

  static ScoreRow Score(std::size_t number) {
    ScoreRow score;
    score.project = 1;
    score.id = "score-" + std::to_string(number);
    score.trace_id = TraceId::FromBytes(TraceIdOf(1))->Hex();
    score.name = "s";
    score.environment = "default";
    score.time_ns = score.event_ns = static_cast<std::int64_t>(number) + 1;
    return score;
  }

  void ExpectFull(const Status& status) {
    EXPECT_EQ(status.code(), StatusCode::kResourceExhausted) << status;
    EXPECT_FALSE(status.message().empty());
  }

  SpanBatch NoSpans() const {
    SpanBatch batch;
    batch.project = kit_.project();
    return batch;
  }

  static void Ignore(const Status&) {}

  Gate gate_;
  TempFolder folder_;
  ServerKit kit_{folder_.path(), {}};
};

TEST_F(LimitsTest, BatchesThatWaitForACommitAreBounded) {
  HoldWriter();
  for (std::size_t i = 0; i < kMaxQueuedBatches; ++i) {
    ASSERT_TRUE(kit_.store().Append(NoSpans(), [](const Result<AppendOutcome>&) {}).ok()) << i;
  }

  ExpectFull(kit_.store().Append(NoSpans(), [](const Result<AppendOutcome>&) {}));

  // A client hears it at once, and when to come again.
  const HttpResponse response = kit_.Post("/api/public/otel", MakeRequest({TestSpan{}}));
  EXPECT_TRUE(response.status == 503 || response.status == 429) << response.status;
  EXPECT_FALSE(response.headers.Get("retry-after").empty());
  // Nothing is made of it before that: not even whether it is a request.
  EXPECT_EQ(kit_.Post("/api/public/otel", "no request").status, 503);
}

TEST_F(LimitsTest, BytesThatWaitForACommitAreBounded) {
  HoldWriter();
  const auto append = [this] {
    SpanBatch batch = NoSpans();
    batch.body.assign(kMaxInflatedBytes, 'x');
    return kit_.store().Append(std::move(batch), [](const Result<AppendOutcome>&) {});
  };
  std::size_t taken = 0;
  Status status;
  while (status.ok() && taken < 10) {
    status = append();
    if (status.ok()) ++taken;
  }

  ExpectFull(status);
  EXPECT_GE((taken + 1) * kMaxInflatedBytes, kMaxQueuedBytes);
}

TEST_F(LimitsTest, DeletionsThatWaitAreBounded) {
  HoldWriter();
  for (std::size_t i = 0; i < kMaxQueuedJobs; ++i)
    ASSERT_TRUE(kit_.store().DeleteTraces(kit_.project(), {"none"}, Ignore).ok()) << i;

  ExpectFull(kit_.store().DeleteTraces(kit_.project(), {"none"}, Ignore));

  const HttpResponse response = kit_.Send("DELETE", "/api/public/traces/none");
  EXPECT_EQ(response.status, 503);
  EXPECT_FALSE(response.headers.Get("retry-after").empty());
}

TEST_F(LimitsTest, ScoresThatWaitAreBounded) {
  auto held = std::make_shared<std::promise<void>>();
  ASSERT_TRUE(kit_.store()
                  .WriteScores({Score(0)},
                               [held, gate = gate_.passed()](const Status&) {
                                 held->set_value();
                                 gate.wait();
                               })
                  .ok());
  held->get_future().wait();
  for (std::size_t i = 0; i < kMaxQueuedScores; ++i)
    ASSERT_TRUE(kit_.store().WriteScores({Score(1)}, Ignore).ok()) << i;

  ExpectFull(kit_.store().WriteScores({Score(1)}, Ignore));
}

TEST_F(LimitsTest, QueriesThatWaitAreBounded) {
  HoldReaders();
  for (std::size_t i = 0; i < kMaxQueuedReads; ++i)
    ASSERT_TRUE(kit_.store().Read([](StoreReader&) {}).ok()) << i;

  const HttpResponse response = kit_.Get("/api/public/traces");

  EXPECT_EQ(response.status, 503);
  EXPECT_THAT(response.body, HasSubstr("ServiceUnavailableError"));
  EXPECT_FALSE(response.headers.Get("retry-after").empty());
}

TEST_F(LimitsTest, ATraceOfTooManySpansIsReadByPages) {
  std::vector<TestSpan> spans;
  for (std::uint64_t i = 0; i <= kMaxSpansPerTraceRead; ++i)
    spans.push_back({.trace_id = TraceIdOf(1), .span_id = SpanIdOf(i + 1)});
  ASSERT_EQ(kit_.Post("/api/public/otel", MakeRequest(spans, "app")).status, 200);
  const std::string id = TraceId::FromBytes(TraceIdOf(1))->Hex();

  const HttpResponse whole = kit_.Get("/api/public/traces/" + id);
  const Json page = kit_.GetJson("/api/public/observations?limit=1&traceId=" + id);
  const Json all = kit_.GetJson("/api/public/observations?limit=1");
  const Json list = kit_.GetJson("/api/public/traces");

  EXPECT_EQ(whole.status, 422);
  EXPECT_THAT(whole.body, HasSubstr("50000"));
  EXPECT_EQ(page["meta"]["totalItems"], kMaxSpansPerTraceRead + 1);
  EXPECT_EQ(all["meta"]["totalItems"], kMaxSpansPerTraceRead + 1);
  ASSERT_EQ(list["data"].size(), 1u);
  EXPECT_EQ(list["data"][0]["observations"].size(), kMaxSpansPerTraceRead);
}

TEST_F(LimitsTest, ATraceShowsItsLatestScores) {
  ASSERT_EQ(kit_.Post("/api/public/otel", MakeRequest({TestSpan{.trace_id = TraceIdOf(1)}})).status, 200);
  std::vector<ScoreRow> scores;
  for (std::size_t i = 0; i <= kMaxScoresPerTrace; ++i) {
    scores.push_back(Score(i));
    scores.back().project = kit_.project();
  }
  std::promise<Status> written;
  ASSERT_TRUE(
      kit_.store().WriteScores(std::move(scores), [&](Status s) { written.set_value(std::move(s)); }).ok());
  ASSERT_TRUE(written.get_future().get().ok());

  const Json trace = kit_.GetJson("/api/public/traces/" + TraceId::FromBytes(TraceIdOf(1))->Hex());

  ASSERT_EQ(trace["scores"].size(), kMaxScoresPerTrace);
  for (const Json& score : trace["scores"]) EXPECT_NE(score["id"], "score-0");
}

// The system's, and as far ahead as it is told.
class LeapingClock final : public Clock {
 public:
  Nanos MonotonicNow() const override { return System().MonotonicNow() + Nanos(ahead_.load()); }
  Nanos WallNow() const override { return System().WallNow(); }
  void Leap(Nanos by) { ahead_ += by.count(); }

 private:
  std::atomic<std::int64_t> ahead_ = 0;
};

TEST(ScanTime, OfAQueryThatLooksAtRowsOneByOneIsBounded) {
  TempFolder folder;
  LeapingClock clock;
  SqliteStoreOptions store;
  store.clock = &clock;
  ServerKit kit(folder.path(), {}, store);
  const std::vector<TestSpan> spans = {{.trace_id = TraceIdOf(1), .span_id = SpanIdOf(1)},
                                       {.trace_id = TraceIdOf(2), .span_id = SpanIdOf(2)}};
  ASSERT_EQ(kit.Post("/api/public/otel", MakeRequest(spans, "app")).status, 200);
  TraceQuery traces;
  traces.project = kit.project();
  SpanQuery found;
  found.project = kit.project();
  // The first row takes all the time that there is.
  traces.accept = [&clock](const TraceRow&) -> Result<bool> {
    clock.Leap(2 * kMaxScanTime);
    return true;
  };
  found.accept = [&clock](const TraceRow&, const SpanRow&) -> Result<bool> {
    clock.Leap(2 * kMaxScanTime);
    return true;
  };

  std::promise<std::pair<Status, Status>> answer;
  ASSERT_TRUE(kit.store()
                  .Read([&](StoreReader& reader) {
                    Status of_traces = reader.ListTraces(traces).status();
                    answer.set_value({std::move(of_traces), reader.ListSpans(found).status()});
                  })
                  .ok());

  const auto [of_traces, of_spans] = answer.get_future().get();
  for (const Status* status : {&of_traces, &of_spans}) {
    EXPECT_EQ(status->code(), StatusCode::kResourceExhausted) << *status;
    EXPECT_THAT(status->message(), HasSubstr("time range"));
  }
}

}  // namespace
}  // namespace repartee::server::testing
