#include "repartee/server/testing/store_kit.h"

#include "repartee/server/ingest/batch_builder.h"

namespace repartee::server::testing {

void StoreTest::Open() {
  store_.reset();
  // Time goes on while a node is down: rows are told apart by it.
  if (backend_) clock_.AdvanceTo(clock_.MonotonicNow() + std::chrono::seconds(1));
  Result<std::unique_ptr<Store>> store =
      backend_ ? backend_->Open(folder_.path(), clock_) : OpenSqliteStore(OptionsFor(folder_.path()));
  ASSERT_TRUE(store.ok()) << store.status();
  store_ = *std::move(store);
}

SqliteStoreOptions StoreTest::OptionsFor(const std::string& folder) const {
  SqliteStoreOptions options;
  options.folder = folder;
  options.clock = &clock_;
  options.live_trace_bytes = live_trace_bytes_;
  return options;
}

Result<AppendOutcome> StoreTest::Append(const std::vector<TestSpan>& spans, ProjectKey project) {
  Result<BuiltBatch> built = BuildBatch(project, MakeRequest(spans), {});
  if (!built.ok()) return std::move(built).status();
  auto answer = std::make_shared<std::promise<Result<AppendOutcome>>>();
  std::future<Result<AppendOutcome>> future = answer->get_future();
  const Status taken = store_->Append(std::move(built->batch), [answer](Result<AppendOutcome> outcome) {
    answer->set_value(std::move(outcome));
  });
  if (!taken.ok()) return taken;
  Result<AppendOutcome> outcome = future.get();
  if (!outcome.ok() || !backend_) return outcome;
  if (Status settled = backend_->Settle(*store_); !settled.ok()) return settled;
  return outcome;
}

std::vector<TraceRow> StoreTest::List(TraceQuery query) {
  query.project = kProject;
  Result<TracePage> page = Read([query](StoreReader& reader) { return reader.ListTraces(query); });
  EXPECT_TRUE(page.ok()) << page.status();
  total_ = page->total;
  return std::move(page->rows);
}

std::vector<SpanRow> StoreTest::Spans(const TraceRow& row) {
  Result<std::vector<SpanRow>> spans =
      Read([place = row.place](StoreReader& reader) { return reader.Spans(place); });
  EXPECT_TRUE(spans.ok()) << spans.status();
  return *std::move(spans);
}

std::vector<TurnRow> StoreTest::Turns(const TraceRow& row) {
  Result<std::vector<TurnRow>> turns =
      Read([place = row.place](StoreReader& reader) { return reader.Turns(place); });
  EXPECT_TRUE(turns.ok()) << turns.status();
  return *std::move(turns);
}

std::vector<TestSpan> StoreTest::Call(std::uint64_t number, std::uint64_t start) {
  TestSpan stt{.trace_id = TraceIdOf(number),
               .span_id = SpanIdOf(number * 10 + 3),
               .parent_id = SpanIdOf(number * 10 + 2),
               .name = "stt",
               .start_ns = start + kSecond,
               .end_ns = start + 2 * kSecond};
  stt.texts = {{"gen_ai.operation.name", "stt"}, {"transcript", "What is the capital of France, please?"}};
  stt.numbers = {{"metrics.ttfb", 0.25}};
  TestSpan turn{.trace_id = TraceIdOf(number),
                .span_id = SpanIdOf(number * 10 + 2),
                .parent_id = SpanIdOf(number * 10 + 1),
                .name = "turn",
                .start_ns = start + kSecond,
                .end_ns = start + 4 * kSecond};
  turn.integers = {{"turn.number", 1}};
  turn.numbers = {{"turn.user_bot_latency_seconds", 1.5}};
  turn.marks = {{"turn.was_interrupted", true}};
  TestSpan root{.trace_id = TraceIdOf(number),
                .span_id = SpanIdOf(number * 10 + 1),
                .name = "conversation",
                .start_ns = start,
                .end_ns = start + 5 * kSecond};
  root.texts = {{"conversation.id", "call-" + std::to_string(number)}, {"conversation.type", "voice"}};
  return {stt, turn, root};
}

}  // namespace repartee::server::testing
