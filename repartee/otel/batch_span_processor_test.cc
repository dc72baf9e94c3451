#include "repartee/otel/batch_span_processor.h"

#include <gmock/gmock.h>

#include <optional>
#include <thread>

#include "repartee/otel/export_thread.h"
#include "repartee/otel/in_memory_exporter.h"

namespace repartee::otel {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// What an exporter saw; it answers when the test says so, or at once.
struct ExporterLog {
  std::vector<std::size_t> batches;
  std::vector<std::string> names;
  std::vector<Nanos> times;
  std::optional<SpanExporter::Done> waiting;
  bool hold = false;
  bool alive = true;
};

class LoggingExporter final : public SpanExporter {
 public:
  explicit LoggingExporter(ExporterLog& log) : log_(log) {}
  ~LoggingExporter() override { log_.alive = false; }
  void Start(EventLoop& loop, Report) override { loop_ = &loop; }
  void Export(std::vector<SpanPtr> spans, Nanos, Done done) override {
    log_.batches.push_back(spans.size());
    log_.times.push_back(loop_->clock().MonotonicNow());
    for (const SpanPtr& span : spans) log_.names.push_back(span->name);
    if (log_.hold) {
      log_.waiting.emplace(std::move(done));
    } else {
      done({});
    }
  }

 private:
  ExporterLog& log_;
  EventLoop* loop_ = nullptr;
};

SpanPtr MakeSpan(int number) {
  auto span = std::make_shared<SpanData>();
  span->name = "s" + std::to_string(number);
  return span;
}

class BatchTest : public ::testing::Test {
 protected:
  void Make(BatchOptions options) {
    processor_ =
        std::make_unique<BatchSpanProcessor>(std::make_unique<LoggingExporter>(log_), options, loop_);
  }
  void EndSpans(int count) {
    for (int i = 0; i < count; ++i) processor_->OnEnd(MakeSpan(next_++));
  }
  void Answer(ExportResult result) {
    SpanExporter::Done done = std::move(*log_.waiting);
    log_.waiting.reset();
    done(std::move(result));
  }

  EventLoop loop_{EventLoop::Time::kVirtual};
  ExporterLog log_;
  std::unique_ptr<BatchSpanProcessor> processor_;
  int next_ = 0;
};

TEST_F(BatchTest, SendsAfterTheDelayOfTheFirstSpan) {
  Make({.schedule_delay = milliseconds(5000)});
  const Nanos start = loop_.clock().MonotonicNow();
  EndSpans(1);
  loop_.RunFor(seconds(3));
  EndSpans(2);
  loop_.RunFor(milliseconds(1999));
  EXPECT_THAT(log_.batches, IsEmpty());

  loop_.RunFor(milliseconds(2));

  EXPECT_THAT(log_.batches, ElementsAre(3));
  EXPECT_EQ(log_.times[0] - start, seconds(5));
}

TEST_F(BatchTest, SendsAFullBatchAtOnce) {
  Make({.max_queue_size = 100, .max_export_batch_size = 10});
  EndSpans(10);

  loop_.RunFor(Nanos(0));

  EXPECT_THAT(log_.batches, ElementsAre(10));
}

TEST_F(BatchTest, LeavesTheLoopIdleWhenThereIsNothingToSend) {
  Make({});
  EndSpans(1);

  EXPECT_TRUE(loop_.RunUntilIdle(seconds(6)));
  EXPECT_THAT(log_.batches, ElementsAre(1));
}

TEST_F(BatchTest, SplitsWhatIsMoreThanABatchAndKeepsTheOrder) {
  Make({.max_queue_size = 2048, .max_export_batch_size = 512});
  EndSpans(600);

  EXPECT_TRUE(processor_->ForceFlush(seconds(1)));

  EXPECT_THAT(log_.batches, ElementsAre(512, 88));
  EXPECT_EQ(log_.names.front(), "s0");
  EXPECT_EQ(log_.names.back(), "s599");
}

TEST_F(BatchTest, DropsTheNewestWhenTheQueueIsFullAndCountsIt) {
  Make({.max_queue_size = 16, .max_export_batch_size = 16});
  log_.hold = true;
  EndSpans(16);
  loop_.RunFor(Nanos(0));  // s0..s15 are on their way
  EndSpans(24);
  log_.hold = false;
  Answer({});

  EXPECT_TRUE(processor_->ForceFlush(seconds(1)));

  EXPECT_THAT(log_.batches, ElementsAre(16, 16));
  EXPECT_EQ(log_.names.back(), "s31");
  EXPECT_EQ(processor_->counters().sent, 32);
  EXPECT_EQ(processor_->counters().dropped, 8);
}

TEST_F(BatchTest, SendsOneBatchAtATime) {
  Make({.max_queue_size = 100, .max_export_batch_size = 10});
  log_.hold = true;
  EndSpans(40);
  loop_.RunFor(seconds(20));
  EXPECT_THAT(log_.batches, ElementsAre(10));

  Answer({});
  loop_.RunFor(Nanos(0));

  EXPECT_THAT(log_.batches, ElementsAre(10, 10));
}

TEST_F(BatchTest, CountsWhatFailedWasRejectedAndTriedAgain) {
  Make({.max_queue_size = 100, .max_export_batch_size = 10});
  log_.hold = true;
  EndSpans(20);
  loop_.RunFor(Nanos(0));
  Answer({.rejected = 3, .retries = 2});
  loop_.RunFor(Nanos(0));
  Answer({.status = Status::Unavailable("no server"), .retries = 5});

  const ExportCounters counters = processor_->counters();
  EXPECT_EQ(counters.sent, 7);
  EXPECT_EQ(counters.rejected, 3);
  EXPECT_EQ(counters.failed, 10);
  EXPECT_EQ(counters.retries, 7);
}

TEST_F(BatchTest, FlushGivesUpAtItsTimeLimit) {
  Make({});
  log_.hold = true;
  EndSpans(1);

  EXPECT_FALSE(processor_->ForceFlush(seconds(2)));
}

TEST_F(BatchTest, ShutdownSendsTheRestThenTakesNothingMore) {
  Make({});
  EndSpans(3);

  EXPECT_TRUE(processor_->Shutdown(seconds(1)));
  EndSpans(1);
  EXPECT_TRUE(processor_->Shutdown(seconds(1)));

  EXPECT_THAT(log_.batches, ElementsAre(3));
  EXPECT_FALSE(log_.alive);
  EXPECT_EQ(processor_->counters().dropped, 1);
}

TEST_F(BatchTest, ShutdownLeavesASilentExporterBehindAndCountsItsSpans) {
  Make({});
  log_.hold = true;
  EndSpans(3);

  EXPECT_FALSE(processor_->Shutdown(seconds(1)));

  EXPECT_FALSE(log_.alive);
  EXPECT_EQ(processor_->counters().dropped, 3);
  Answer({});  // too late, and harmless
  loop_.RunFor(seconds(1));
}

TEST(BatchOnAThread, TakesSpansFromManyThreadsAndLosesNone) {
  const auto store = std::make_shared<SpanStore>();
  ExportThread thread;
  BatchSpanProcessor processor(std::make_unique<InMemoryExporter>(store),
                               {.max_queue_size = 100'000, .max_export_batch_size = 64}, thread.loop());
  std::vector<std::thread> writers;
  for (int t = 0; t < 4; ++t) {
    writers.emplace_back([&processor] {
      for (int i = 0; i < 1000; ++i) processor.OnEnd(MakeSpan(i));
    });
  }
  for (std::thread& writer : writers) writer.join();

  EXPECT_TRUE(processor.ForceFlush(seconds(10)));
  EXPECT_EQ(store->spans().size(), 4000u);
  EXPECT_TRUE(processor.Shutdown(seconds(10)));
}

TEST(SpanStore, TurnsAwayWhatIsOverItsLimit) {
  SpanStore store(2);

  EXPECT_EQ(store.Add({MakeSpan(1), MakeSpan(2), MakeSpan(3)}), 1u);
  EXPECT_EQ(store.spans().size(), 2u);
  store.Clear();
  EXPECT_EQ(store.Add({MakeSpan(4)}), 0u);
}

BatchOptions Options(std::map<std::string, std::string> variables) {
  return BatchOptions::FromEnvironment(Environment::Of(std::move(variables)));
}

TEST(BatchOptions, ComeFromTheEnvironment) {
  const BatchOptions options = Options({{"OTEL_BSP_MAX_QUEUE_SIZE", "100"},
                                        {"OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "10"},
                                        {"OTEL_BSP_SCHEDULE_DELAY", "200"},
                                        {"OTEL_BSP_EXPORT_TIMEOUT", "1000"}});

  EXPECT_EQ(options.max_queue_size, 100u);
  EXPECT_EQ(options.max_export_batch_size, 10u);
  EXPECT_EQ(options.schedule_delay, milliseconds(200));
  EXPECT_EQ(options.export_timeout, milliseconds(1000));
}

TEST(BatchOptions, SurviveBadSettings) {
  EXPECT_EQ(Options({{"OTEL_BSP_SCHEDULE_DELAY", "soon"}}).schedule_delay, milliseconds(5000));
  EXPECT_EQ(Options({{"OTEL_BSP_SCHEDULE_DELAY", "0"}}).schedule_delay, milliseconds(0));
  EXPECT_EQ(Options({{"OTEL_BSP_MAX_QUEUE_SIZE", "8"}}).max_export_batch_size, 8u);
  EXPECT_EQ(Options({{"OTEL_BSP_MAX_QUEUE_SIZE", "0"}}).max_queue_size, 1u);
  EXPECT_EQ(Options({{"OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "9000"}}).max_export_batch_size, 2048u);
}

}  // namespace
}  // namespace repartee::otel
