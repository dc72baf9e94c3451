// What a store promises, whoever implements it: identity of spans, aggregates that
// follow, order of lists, and that an answer means "on disk".
#include <gmock/gmock.h>
#include <sys/resource.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include "repartee/server/ingest/batch_builder.h"
#include "repartee/server/testing/every_store.h"

namespace repartee::server::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

INSTANTIATE_TEST_SUITE_P(Stores, EveryStore, ::testing::ValuesIn(StoreKinds()), NameOfKind);

TEST_P(EveryStore, KeepsATraceWhoseRootComesLast) {
  const std::vector<TestSpan> call = Call(1);
  ASSERT_TRUE(Append({call[0]}).ok());
  EXPECT_FALSE(List()[0].complete);
  ASSERT_TRUE(Append({call[1], call[2]}).ok());

  const std::vector<TraceRow> rows = List();

  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].name, "conversation");
  EXPECT_EQ(rows[0].session_id, "call-1");
  EXPECT_TRUE(rows[0].complete);
  EXPECT_EQ(rows[0].spans, 3);
  EXPECT_EQ(rows[0].start_ns, static_cast<std::int64_t>(kNoon));
  EXPECT_EQ(rows[0].end_ns, static_cast<std::int64_t>(kNoon + 5 * kSecond));
  EXPECT_EQ(rows[0].preview_input, "What is the capital of France, please?");
  EXPECT_EQ(rows[0].ub_latency_p50_us, 1'500'000);
  EXPECT_EQ(rows[0].stt_ttfb_p50_us, 250'000);
}

TEST_P(EveryStore, ATurnHasItsLatenciesThoughItsChildrenCameFirst) {
  const std::vector<TestSpan> call = Call(1);
  ASSERT_TRUE(Append({call[0]}).ok());
  ASSERT_TRUE(Append({call[1]}).ok());
  ASSERT_TRUE(Append({call[2]}).ok());

  const std::vector<TurnRow> turns = Turns(List()[0]);

  ASSERT_EQ(turns.size(), 1u);
  EXPECT_EQ(turns[0].number, 1);
  EXPECT_EQ(turns[0].ub_latency_us, 1'500'000);
  EXPECT_EQ(turns[0].stt_ttfb_us, 250'000);
}

TEST_P(EveryStore, ATurnIsInterruptedByWhoOpensTheNextAndNotByTheHangUp) {
  std::vector<TestSpan> call = Call(1);
  TestSpan second = call[1];
  second.span_id = SpanIdOf(19);
  second.start_ns = call[1].end_ns;
  second.end_ns = second.start_ns + kSecond / 2;
  second.integers = {{"turn.number", 2}};
  const auto interrupted = [this] {
    std::vector<bool> all;
    for (const TurnRow& turn : Turns(List()[0])) all.push_back(turn.interrupted);
    return all;
  };

  ASSERT_TRUE(Append({call[0], call[1]}).ok());
  EXPECT_THAT(interrupted(), ElementsAre(true));  // the conversation goes on
  ASSERT_TRUE(Append({second, call[2]}).ok());

  EXPECT_THAT(interrupted(), ElementsAre(true, false));
  EXPECT_EQ(List()[0].interrupted_turns, 1);
}

TEST_P(EveryStore, TheSameSpanAgainCountsOnce) {
  ASSERT_TRUE(Append(Call(1)).ok());
  Open();
  ASSERT_TRUE(Append(Call(1)).ok());

  ASSERT_EQ(List().size(), 1u);
  EXPECT_EQ(List()[0].spans, 3);
  EXPECT_EQ(List()[0].turns, 1);
  EXPECT_EQ(Spans(List()[0]).size(), 3u);
  EXPECT_EQ(Turns(List()[0]).size(), 1u);
}

TEST_F(StoreTest, CostsOfATraceStopAtTheLargestNumber) {
  std::vector<TestSpan> call = Call(1);
  for (TestSpan& span : call) {
    span.texts = {{"langfuse.observation.type", "generation"},
                  {"langfuse.observation.cost_details", R"({"total":5000000})"}};
  }

  ASSERT_TRUE(Append(call).ok());

  EXPECT_EQ(List()[0].cost, INT64_MAX);
}

TEST_F(StoreTest, TheSameSpanAgainChangesNothing) {
  ASSERT_TRUE(Append(Call(1)).ok());

  const Result<AppendOutcome> again = Append(Call(1));

  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->unchanged, 3u);
  EXPECT_EQ(List()[0].spans, 3);
}

TEST_F(StoreTest, TheSameSpanIsRecognisedAfterARestart) {
  ASSERT_TRUE(Append(Call(1)).ok());
  Open();

  const Result<AppendOutcome> again = Append(Call(1));

  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->unchanged, 3u);
  EXPECT_EQ(List().size(), 1u);
}

TEST_P(EveryStore, ASpanWithALaterEndReplacesTheStoredOne) {
  std::vector<TestSpan> call = Call(1);
  ASSERT_TRUE(Append(call).ok());
  call[1].end_ns += kSecond;
  call[1].numbers = {{"turn.user_bot_latency_seconds", 0.5}};

  const Result<AppendOutcome> outcome = Append({call[1]});

  ASSERT_TRUE(outcome.ok());
  EXPECT_EQ(outcome->replaced, backend_ ? 0u : 1u);  // others find out behind the answer
  const TraceRow row = List()[0];
  EXPECT_EQ(row.spans, 3);
  EXPECT_EQ(row.turns, 1);
  EXPECT_EQ(row.ub_latency_max_us, 500'000);
  EXPECT_EQ(Turns(row)[0].ub_latency_us, 500'000);
}

TEST_P(EveryStore, ASpanWithAnEarlierEndIsOutdated) {
  std::vector<TestSpan> call = Call(1);
  ASSERT_TRUE(Append(call).ok());
  call[1].end_ns -= kSecond;

  const Result<AppendOutcome> outcome = Append({call[1]});

  ASSERT_TRUE(outcome.ok());
  EXPECT_EQ(outcome->outdated, backend_ ? 0u : 1u);
  EXPECT_EQ(List()[0].end_ns, static_cast<std::int64_t>(kNoon + 5 * kSecond));
}

TEST_P(EveryStore, AProvisionalSpanShowsTheTraceAndCountsForNothing) {
  TestSpan open_root = Call(1)[2];
  open_root.end_ns = open_root.start_ns;
  open_root.marks = {{"repartee.provisional", true}};
  ASSERT_TRUE(Append({open_root}).ok());
  const TraceRow live = List()[0];
  EXPECT_EQ(live.name, "conversation");
  EXPECT_EQ(live.spans, 0);
  EXPECT_FALSE(live.complete);
  EXPECT_EQ(Spans(live).size(), 1u);

  ASSERT_TRUE(Append(Call(1)).ok());
  ASSERT_TRUE(Append({open_root}).ok());

  const TraceRow ended = List()[0];
  EXPECT_EQ(ended.spans, 3);
  EXPECT_TRUE(ended.complete);
  for (const SpanRow& span : Spans(ended)) EXPECT_EQ(span.facts.flags & kFlagProvisional, 0u);
}

TEST_P(EveryStore, GivesBodiesBackByteForByte) {
  std::vector<TestSpan> call = Call(1);
  const std::string long_text = "a message that is long enough to be kept once for the whole trace";
  call[0].texts.emplace_back("input", R"([{"role":"user","content":")" + long_text +
                                          R"("},{"role":"user","content":")" + long_text + R"("}])");
  call[1].texts.emplace_back("input", R"([{"role":"user","content":")" + long_text + R"(\"quoted\""}])");
  call[2].texts.emplace_back("output", long_text);
  ASSERT_TRUE(Append({call[0]}).ok());
  ASSERT_TRUE(Append({call[1], call[2]}).ok());
  Result<BuiltBatch> sent = BuildBatch(kProject, MakeRequest(call), {});
  ASSERT_TRUE(sent.ok());

  const TraceRow row = List()[0];
  for (const SpanRow& span : Spans(row)) {
    Result<SpanBody> body =
        Read([place = row.place, span](StoreReader& reader) { return reader.Body(place, span); });
    ASSERT_TRUE(body.ok()) << body.status();
    const auto original =
        std::find_if(sent->batch.spans.begin(), sent->batch.spans.end(),
                     [&span](const SpanRecord& record) { return record.span_id == span.id; });
    EXPECT_EQ(body->span, original->raw);
    EXPECT_EQ(body->scope, original->scope);
    EXPECT_EQ(body->resource, original->resource);
  }
}

TEST_P(EveryStore, ListsNewestFirstOverSeveralDays) {
  for (std::uint64_t i = 0; i < 6; ++i) ASSERT_TRUE(Append(Call(i + 1, kNoon - i * 40'000 * kSecond)).ok());

  TraceQuery second_page;
  second_page.offset = 2;
  second_page.limit = 3;
  std::vector<std::string> sessions;
  for (const TraceRow& row : List(second_page)) sessions.push_back(*row.session_id);

  EXPECT_THAT(sessions, ElementsAre("call-3", "call-4", "call-5"));
  EXPECT_EQ(total_, 6u);
}

TEST_P(EveryStore, FiltersByTimeSessionTagsAndOrders) {
  for (std::uint64_t i = 1; i <= 4; ++i) {
    std::vector<TestSpan> call = Call(i, kNoon + i * kSecond);
    call[2].texts.emplace_back("langfuse.trace.tags", i % 2 == 0 ? "even,voice" : "voice");
    ASSERT_TRUE(Append(call).ok());
  }
  const auto count = [this](auto member, auto value) {
    TraceQuery query;
    query.*member = value;
    return List(query).size();
  };
  const auto third = static_cast<std::int64_t>(kNoon + 3 * kSecond);
  const auto texts = [](std::vector<std::string> list) { return list; };

  EXPECT_EQ(count(&TraceQuery::from_ns, third), 2u);
  EXPECT_EQ(count(&TraceQuery::to_ns, third), 2u);
  EXPECT_EQ(count(&TraceQuery::session_id, "call-2"), 1u);
  EXPECT_EQ(count(&TraceQuery::tags, texts({"even", "voice"})), 2u);
  EXPECT_EQ(count(&TraceQuery::tags, texts({"eve"})), 0u);
  EXPECT_EQ(count(&TraceQuery::environments, texts({"default", "other"})), 4u);
  TraceQuery by_session;
  by_session.order = TraceOrder::kSessionId;
  by_session.ascending = true;
  EXPECT_EQ(List(by_session).front().session_id, "call-1");
}

TEST_P(EveryStore, ProjectsDoNotSeeEachOther) {
  ASSERT_TRUE(Append(Call(1)).ok());

  const Result<std::optional<TraceRow>> other =
      Read([](StoreReader& reader) { return reader.FindTrace(8, *TraceId::FromBytes(TraceIdOf(1))); });

  ASSERT_TRUE(other.ok());
  EXPECT_FALSE(other->has_value());
}

TEST_P(EveryStore, FindsASpanByItsIdAlone) {
  for (std::uint64_t i = 1; i <= 3; ++i) ASSERT_TRUE(Append(Call(i, kNoon - i * 80'000 * kSecond)).ok());

  const Result<std::optional<FoundSpan>> found =
      Read([](StoreReader& reader) { return reader.FindSpan(kProject, 23); });

  ASSERT_TRUE(found.ok()) << found.status();
  ASSERT_TRUE(found->has_value());
  EXPECT_EQ((*found)->span.name, "stt");
  EXPECT_EQ((*found)->trace.session_id, "call-2");
}

TEST_P(EveryStore, ListsSpansOfAllTracesNewestFirst) {
  for (std::uint64_t i = 1; i <= 3; ++i) ASSERT_TRUE(Append(Call(i, kNoon - i * 40'000 * kSecond)).ok());
  SpanQuery query;
  query.project = kProject;
  query.name = "turn";
  query.limit = 2;

  const Result<SpanPage> page = Read([query](StoreReader& reader) { return reader.ListSpans(query); });

  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_EQ(page->total, 3u);
  ASSERT_EQ(page->rows.size(), 2u);
  EXPECT_EQ(page->rows[0].trace.session_id, "call-1");
  EXPECT_EQ(page->rows[1].trace.session_id, "call-2");
}

TEST_F(StoreTest, AListIsReadableWhileNewDaysBegin) {
  std::atomic<bool> over{false};
  std::vector<std::string> refusals;
  std::thread reading([&] {
    while (!over) {
      TraceQuery query;
      query.project = kProject;
      Result<TracePage> page = Read([query](StoreReader& reader) { return reader.ListTraces(query); });
      if (!page.ok()) refusals.push_back(page.status().ToString());
    }
  });
  for (unsigned day = 0; day < 30; ++day) {
    EXPECT_TRUE(Append(Call(1 + day, kNoon - day * static_cast<std::uint64_t>(kDay))).ok());
  }
  over = true;
  reading.join();

  EXPECT_THAT(refusals, ::testing::IsEmpty());
  EXPECT_EQ(List().size(), 30u);
}

TEST_P(EveryStore, ATraceThatCrossesMidnightStaysOne) {
  const std::uint64_t midnight = kNoon + static_cast<std::uint64_t>(kDay) / 2;
  std::vector<TestSpan> call = Call(1, midnight - 2 * kSecond);
  ASSERT_TRUE(Append({call[0]}).ok());
  Open();
  ASSERT_TRUE(Append({call[1], call[2]}).ok());

  EXPECT_EQ(List().size(), 1u);
  EXPECT_EQ(List()[0].spans, 3);
}

TEST_F(StoreTest, ASenselessStartDoesNotMakeAFileOfItsOwn) {
  for (const std::uint64_t start : {kSecond, kNoon * 3}) ASSERT_TRUE(Append(Call(start, start)).ok());

  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
    if (entry.path().filename().string().starts_with("day-") && entry.path().extension() == ".db") ++files;
  }
  EXPECT_EQ(files, 1u);
  EXPECT_EQ(List().size(), 2u);
}

TEST_F(StoreTest, EvictedTracesComeBackWithAllTheyKnew) {
  live_trace_bytes_ = 1;
  Open();
  for (std::uint64_t i = 1; i <= 20; ++i) ASSERT_TRUE(Append({Call(i)[0]}).ok());
  for (std::uint64_t i = 1; i <= 20; ++i) ASSERT_TRUE(Append(Call(i)).ok());

  for (const TraceRow& row : List()) {
    EXPECT_EQ(row.spans, 3);
    EXPECT_EQ(row.stt_ttfb_p50_us, 250'000);
    EXPECT_EQ(Turns(row)[0].stt_ttfb_us, 250'000);
  }
}

TEST_F(StoreTest, WhatSpeaksForATraceCountsByItsStartAlsoAfterARestart) {
  const auto root = [](std::uint64_t number, std::uint64_t start_ns) {
    TestSpan span{.trace_id = TraceIdOf(1), .span_id = SpanIdOf(number), .name = std::to_string(number)};
    span.start_ns = start_ns;
    span.end_ns = start_ns + 1;
    span.texts = {{"langfuse.environment", "of-" + std::to_string(number)}};
    return span;
  };
  ASSERT_TRUE(Append({root(1, kNoon)}).ok());
  Open();
  ASSERT_TRUE(Append({root(2, kNoon + kSecond)}).ok());
  EXPECT_EQ(List()[0].environment, "of-1");
  EXPECT_EQ(List()[0].name, "2");
  Open();

  ASSERT_TRUE(Append({root(3, kNoon - kSecond)}).ok());

  EXPECT_EQ(List()[0].environment, "of-3");
  EXPECT_EQ(List()[0].name, "2");
}

TEST_F(StoreTest, TracesThatEndedLeaveTheMemoryToOpenOnes) {
  live_trace_bytes_ = 200'000;
  Open();
  for (std::uint64_t i = 1; i <= 20; ++i) ASSERT_TRUE(Append({Call(i)[0]}).ok());
  for (std::uint64_t i = 21; i <= 400; ++i) {
    ASSERT_TRUE(Append(Call(i)).ok());
    // None can leave before index.db knows it, and a fast disk commits faster than it follows.
    while (store_->stats().index_backlog > 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  for (std::uint64_t i = 1; i <= 20; ++i) ASSERT_TRUE(Append({Call(i)[1]}).ok());

  EXPECT_GT(store_->stats().cache_evictions, 0u);
  EXPECT_EQ(store_->stats().cache_reloads, 0u);
}

TEST_F(StoreTest, AListKnowsWhenADayThatWasOverGoesOn) {
  ASSERT_TRUE(Append(Call(1)).ok());
  Open();
  ASSERT_EQ(List().size(), 1u);
  const auto an_hour_ago = std::filesystem::file_time_type::clock::now() - std::chrono::hours(1);
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
    if (entry.path().filename().string().starts_with("day-"))
      std::filesystem::last_write_time(entry.path(), an_hour_ago);
  }
  for (int i = 0; i < 4; ++i) ASSERT_EQ(List().size(), 1u);

  ASSERT_TRUE(Append(Call(2, kNoon + kSecond)).ok());

  for (int i = 0; i < 4; ++i) EXPECT_EQ(List().size(), 2u);
  EXPECT_EQ(total_, 2u);
}

TEST_F(StoreTest, ASecondOwnerOfTheFolderIsTurnedAway) {
  const Result<std::unique_ptr<Store>> second = OpenSqliteStore(OptionsFor(folder_.path()));

  EXPECT_EQ(second.status().code(), StatusCode::kAlreadyExists);
  EXPECT_THAT(second.status().message(), HasSubstr("in use by process"));
}

TEST_F(StoreTest, ACleanStopLeavesNoLogs) {
  ASSERT_TRUE(Append(Call(1)).ok());
  ASSERT_EQ(List().size(), 1u);
  store_.reset();

  for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
    EXPECT_FALSE(entry.path().string().ends_with("-wal")) << entry.path();
  }
}

TEST_F(StoreTest, TheIndexIsMadeAgainWhenItIsGone) {
  ASSERT_TRUE(Append(Call(1)).ok());
  store_.reset();
  for (const char* name : {"/index.db", "/index.db-wal", "/index.db-shm"})
    std::filesystem::remove(folder_.path() + name);
  Open();

  EXPECT_EQ(Append(Call(1))->unchanged, 3u);
}

// Files that cannot grow are what a full disk looks like to SQLite.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes) {
    std::signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FullDisk() { setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_{};
};

TEST_F(StoreTest, AFullDiskRefusesAndWhatWasAcknowledgedStays) {
  ASSERT_TRUE(Append(Call(1)).ok());
  std::vector<TestSpan> large = Call(2);
  std::uint64_t state = 1;
  std::string noise;
  for (int i = 0; i < 400'000; ++i)
    noise += static_cast<char>('!' + (state = state * 6364136223846793005ULL + 1) % 90);
  large[0].texts.emplace_back("output", noise);
  {
    const FullDisk full(256 << 10);
    const Result<AppendOutcome> refused = Append(large);
    EXPECT_FALSE(refused.ok());
    EXPECT_FALSE(store_->Health().ok());
    EXPECT_EQ(List().size(), 1u);
  }

  const Result<AppendOutcome> later = Append(large);

  ASSERT_TRUE(later.ok()) << later.status();
  EXPECT_EQ(later->added, 3u);
  EXPECT_TRUE(store_->Health().ok());
  EXPECT_EQ(Append(Call(1))->unchanged, 3u);
  EXPECT_EQ(List().size(), 2u);
}

TEST_F(StoreTest, RowsKeptInMemoryAreMadeAgainAfterACrash) {
  const std::vector<TestSpan> call = Call(1);
  ASSERT_TRUE(Append({call[2]}).ok());
  ASSERT_TRUE(Append({call[0]}).ok());
  ASSERT_TRUE(Append({call[1]}).ok());
  // The files as they are now: a crash leaves them so.
  TempFolder crashed;
  std::filesystem::copy(folder_.path(), crashed.path(), std::filesystem::copy_options::recursive);
  std::filesystem::remove(crashed.path() + "/lock");

  Result<std::unique_ptr<Store>> store = OpenSqliteStore(OptionsFor(crashed.path()));
  ASSERT_TRUE(store.ok()) << store.status();
  store_ = *std::move(store);
  const Result<AppendOutcome> again = Append(call);
  ASSERT_TRUE(again.ok()) << again.status();
  ASSERT_EQ(again->unchanged, 3u) << again->added << " added";
  store_.reset();
  store = OpenSqliteStore(OptionsFor(crashed.path()));
  ASSERT_TRUE(store.ok()) << store.status();
  store_ = *std::move(store);

  const TraceRow row = List()[0];
  EXPECT_EQ(row.spans, 3);
  EXPECT_EQ(row.turns, 1);
  EXPECT_EQ(row.preview_input, "What is the capital of France, please?");
  EXPECT_EQ(Turns(row)[0].stt_ttfb_us, 250'000);
}

}  // namespace
}  // namespace repartee::server::testing
