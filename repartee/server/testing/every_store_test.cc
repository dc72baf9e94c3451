// What lists, figures and deletion promise, whoever keeps the traces.
#include "repartee/server/testing/every_store.h"

#include <gmock/gmock.h>

#include <chrono>
#include <map>
#include <thread>

namespace repartee::server::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr auto kNoonNs = static_cast<std::int64_t>(kNoon);
constexpr std::int64_t kSecondNs = 1'000'000'000;

class EveryStoresLists : public EveryStore {
 protected:
  // Calls 1 to `count`, an hour between two, the first one the latest; even ones fail.
  void AppendCalls(std::uint64_t count) {
    for (std::uint64_t i = 1; i <= count; ++i) {
      std::vector<TestSpan> call = Call(i, kNoon - i * 3'600 * kSecond);
      call[2].texts.emplace_back("user.id", i <= 2 ? "ann" : "bob");
      call[0].texts.emplace_back("gen_ai.system", "deepgram");
      call[0].failed = i % 2 == 0;
      ASSERT_TRUE(Append(call).ok());
    }
  }
  TracePage Conversations(ConversationQuery query) {
    query.project = kProject;
    Result<TracePage> page = Read([query](StoreReader& reader) { return reader.ListConversations(query); });
    EXPECT_TRUE(page.ok()) << page.status();
    return page.ok() ? *std::move(page) : TracePage{};
  }
  static std::vector<std::string> Sessions(const std::vector<TraceRow>& rows) {
    std::vector<std::string> sessions;
    for (const TraceRow& row : rows) sessions.push_back(row.session_id.value_or(""));
    return sessions;
  }
  std::vector<std::string> Found(const std::string& search) {
    ConversationQuery query;
    query.search = search;
    return Sessions(Conversations(query).rows);
  }
};

INSTANTIATE_TEST_SUITE_P(Stores, EveryStoresLists, ::testing::ValuesIn(StoreKinds()), NameOfKind);

TEST_P(EveryStoresLists, PagesOfConversationsFollowOneAnother) {
  AppendCalls(5);
  ConversationQuery query;
  query.limit = 2;
  const TracePage first = Conversations(query);
  ASSERT_THAT(first.rows, SizeIs(2));
  EXPECT_EQ(first.total, 5u);
  const TraceRow& last = first.rows.back();
  query.before = ListPlace{last.start_ns, last.place.day, last.place.key};

  const TracePage second = Conversations(query);

  EXPECT_THAT(Sessions(first.rows), ElementsAre("call-1", "call-2"));
  EXPECT_THAT(Sessions(second.rows), ElementsAre("call-3", "call-4"));
}

TEST_P(EveryStoresLists, ConversationsAreFoundByWhatTheyCameTo) {
  AppendCalls(4);
  ConversationQuery failed;
  failed.outcomes = {Outcome::kError};
  ConversationQuery slow;
  slow.min_ub_latency_p95_us = 1'500'001;
  ConversationQuery deepgram;
  deepgram.services = {{Stage::kStt, {"deepgram"}}};
  ConversationQuery other = deepgram;
  other.services[0].labels = {"another"};

  EXPECT_THAT(Sessions(Conversations(failed).rows), ElementsAre("call-2", "call-4"));
  EXPECT_THAT(Conversations(slow).rows, IsEmpty());
  EXPECT_THAT(Conversations(deepgram).rows, SizeIs(4));
  EXPECT_THAT(Conversations(other).rows, IsEmpty());
}

TEST_P(EveryStoresLists, SessionsAndCallersAreSummedUp) {
  AppendCalls(4);
  CallGroupQuery query;
  query.project = kProject;
  query.by = GroupBy::kCaller;

  const Result<CallGroupPage> page =
      Read([query](StoreReader& reader) { return reader.ListCallGroups(query); });

  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_EQ(page->total, 2u);
  ASSERT_THAT(page->rows, SizeIs(2));
  EXPECT_EQ(page->rows[0].id, "ann");
  EXPECT_EQ(page->rows[0].calls, 2);
  EXPECT_EQ(page->rows[0].turns, 2);
  EXPECT_EQ(page->rows[0].errors, 1);
  EXPECT_EQ(page->rows[0].length_ns, 10 * kSecondNs);
  EXPECT_EQ(page->rows[0].cost, -1);
  EXPECT_EQ(page->rows[0].ub_latency_max_us, 1'500'000);
  EXPECT_EQ(page->rows[0].last_start_ns, kNoonNs - 3'600 * kSecondNs);
  EXPECT_EQ(page->rows[0].last_line, "What is the capital of France, please?");
  EXPECT_EQ(page->rows[1].id, "bob");
}

TEST_P(EveryStoresLists, SessionsBeginWithTheirFirstTrace) {
  AppendCalls(3);
  SessionQuery query;
  query.project = kProject;
  query.from_ns = kNoonNs - 2 * 3'600 * kSecondNs;
  query.environments = {"default"};

  const Result<SessionPage> page = Read([query](StoreReader& reader) { return reader.ListSessions(query); });

  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_EQ(page->total, 2u);
  ASSERT_THAT(page->rows, SizeIs(2));
  EXPECT_EQ(page->rows[0].id, "call-1");
  EXPECT_EQ(page->rows[1].first_start_ns, kNoonNs - 2 * 3'600 * kSecondNs);
}

TEST_P(EveryStoresLists, ServicesAreCounted) {
  AppendCalls(3);
  ConversationQuery query;
  query.project = kProject;

  const Result<ServiceCounts> counts =
      Read([query](StoreReader& reader) { return reader.CountServices(query); });

  ASSERT_TRUE(counts.ok()) << counts.status();
  EXPECT_EQ(counts->conversations, 3);
  ASSERT_THAT(counts->services, SizeIs(1));
  EXPECT_EQ(counts->services[0].label, "deepgram");
  EXPECT_EQ(counts->services[0].conversations, 3);
}

TEST_P(EveryStoresLists, ASpanListIsFilteredAndPagedByPlace) {
  AppendCalls(3);
  SpanQuery query;
  query.project = kProject;
  query.user_id = "ann";
  query.limit = 4;
  const auto list = [this](const SpanQuery& of) {
    Result<SpanPage> page = Read([of](StoreReader& reader) { return reader.ListSpans(of); });
    EXPECT_TRUE(page.ok()) << page.status();
    return *std::move(page);
  };
  const SpanPage first = list(query);
  EXPECT_EQ(first.total, 6u);
  ASSERT_THAT(first.rows, SizeIs(4));
  const FoundSpan& last = first.rows.back();
  query.behind = SpanPosition{last.span.facts.start_ns, last.trace.id, last.span.id};
  EXPECT_THAT(list(query).rows, SizeIs(2));
  SpanQuery failed;
  failed.project = kProject;
  failed.level = Level::kError;
  EXPECT_EQ(list(failed).total, 1u);
  SpanQuery roots;
  roots.project = kProject;
  roots.is_root = true;
  EXPECT_EQ(list(roots).total, 3u);
  SpanQuery judged;
  judged.project = kProject;
  judged.accept = [](const TraceRow& trace, const SpanRow& span) -> Result<bool> {
    return trace.session_id == "call-2" && span.name == "turn";
  };
  EXPECT_EQ(list(judged).total, 1u);
}

TEST_P(EveryStoresLists, ASpansEnvironmentIsItsOwn) {
  std::vector<TestSpan> call = Call(1);
  call[0].texts.emplace_back("langfuse.environment", "staging");
  ASSERT_TRUE(Append(call).ok());
  SpanQuery staging;
  staging.project = kProject;
  staging.environments = {"staging"};

  const Result<SpanPage> page = Read([staging](StoreReader& reader) { return reader.ListSpans(staging); });

  ASSERT_TRUE(page.ok()) << page.status();
  ASSERT_THAT(page->rows, SizeIs(1));
  EXPECT_EQ(page->rows[0].span.name, "stt");
  EXPECT_EQ(page->rows[0].span.environment, "staging");
  EXPECT_EQ(page->rows[0].trace.environment, "default");
  for (const SpanRow& span : Spans(page->rows[0].trace))
    EXPECT_EQ(span.environment, span.name == "stt" ? "staging" : "default");
}

TEST_P(EveryStoresLists, RollUpsCountEachSpanOnce) {
  AppendCalls(2);
  ASSERT_TRUE(Append(Call(1, kNoon - 3'600 * kSecond)).ok());
  RollupQuery query;
  query.project = kProject;
  query.ranges = {{Resolution::kHour, kNoonNs - 3 * 3'600 * kSecondNs, kNoonNs + 3'600 * kSecondNs}};
  std::map<std::pair<std::string, std::int64_t>, Rollup> seen;

  const Status status = Read([&](StoreReader& reader) {
    return reader.ReadRollups(query, [&](const Series& series, std::int64_t start_ns, const Rollup& rollup) {
      seen[{series.name, start_ns}].Merge(rollup);
    });
  });

  ASSERT_TRUE(status.ok()) << status;
  ASSERT_THAT(seen, SizeIs(6));
  const Rollup& turn = seen[{"turn", kNoonNs - 3'600 * kSecondNs}];
  EXPECT_EQ(turn.count, 1);
  EXPECT_EQ(turn.interrupted, 1);
  EXPECT_EQ(turn.duration.sum(), 3'000'000);
  EXPECT_EQ(turn.wait.sum(), 1'500'000);
  EXPECT_NEAR(turn.wait.At(0.5).value_or(0), 1'500'000, 15'000);
  const Rollup& failed = seen[{"stt", kNoonNs - 2 * 3'600 * kSecondNs}];
  EXPECT_EQ(failed.errors, 1);
  EXPECT_EQ(failed.wait.count(), 1);
}

TEST_P(EveryStoresLists, VoiceAndSlowTurnsAreFoundInTheirRange) {
  AppendCalls(3);
  VoiceQuery range;
  range.project = kProject;
  range.from_ns = kNoonNs - 2 * 3'600 * kSecondNs;
  range.to_ns = kNoonNs;
  std::vector<std::string> providers;
  const Result<ScanExtent> extent = Read([&](StoreReader& reader) {
    return reader.ScanVoice(range, [&](const VoiceSample& sample) {
      if (sample.facts.stage == Stage::kStt) providers.emplace_back(sample.provider);
    });
  });
  ReplyQuery slow;
  slow.range = range;
  slow.from_us = 1'000'000;

  const Result<std::vector<SlowTurn>> turns =
      Read([slow](StoreReader& reader) { return reader.SlowestTurns(slow); });

  ASSERT_TRUE(extent.ok()) << extent.status();
  EXPECT_FALSE(extent->stopped_at_ns);
  EXPECT_THAT(providers, ElementsAre("deepgram", "deepgram"));
  ASSERT_TRUE(turns.ok()) << turns.status();
  ASSERT_THAT(*turns, SizeIs(2));
  EXPECT_EQ((*turns)[0].reply_us, 1'500'000);
  EXPECT_EQ((*turns)[0].number, 1);
}

TEST_P(EveryStoresLists, ADeletedTraceIsHiddenAndMayBeginAnew) {
  AppendCalls(3);
  std::promise<Status> answer;
  const Status taken =
      store_->DeleteTraces(kProject, {TraceId::FromBytes(TraceIdOf(2))->Hex(), "no-such-trace"},
                           [&answer](Status status) { answer.set_value(std::move(status)); });
  ASSERT_TRUE(taken.ok()) << taken;
  const Status deleted = answer.get_future().get();
  ASSERT_TRUE(deleted.ok()) << deleted;

  EXPECT_THAT(Sessions(List()), ElementsAre("call-1", "call-3"));
  const Result<std::optional<TraceRow>> gone =
      Read([](StoreReader& reader) { return reader.FindTrace(kProject, *TraceId::FromBytes(TraceIdOf(2))); });
  ASSERT_TRUE(gone.ok()) << gone.status();
  EXPECT_FALSE(gone->has_value());

  ASSERT_TRUE(Append({Call(2, kNoon - 2 * 3'600 * kSecond)[0]}).ok());

  const std::vector<TraceRow> rows = List();
  ASSERT_THAT(rows, SizeIs(3));
  EXPECT_EQ(rows[1].spans, 1);
  EXPECT_THAT(Spans(rows[1]), SizeIs(1));
  SpanQuery of_trace;
  of_trace.project = kProject;
  of_trace.trace = rows[1].id;
  const Result<SpanPage> page = Read([of_trace](StoreReader& reader) { return reader.ListSpans(of_trace); });
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_THAT(page->rows, SizeIs(1));
}

TEST_P(EveryStoresLists, DaysThatNoRuleKeepsGo) {
  AppendCalls(1);
  ASSERT_TRUE(Append(Call(9, kNoon - 30 * 86'400 * kSecond)).ok());
  const auto traces_before = [this] {
    const Result<FreedRoom> room =
        Read([](StoreReader& reader) { return reader.RoomBefore(kProject, 20'261'120); });
    EXPECT_TRUE(room.ok()) << room.status();
    return room.ok() ? room->traces : -1;
  };
  EXPECT_EQ(traces_before(), 1);

  ASSERT_TRUE(store_->Retain({{kProject, 20'261'120}}).ok());

  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (List().size() > 1 && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  EXPECT_THAT(Sessions(List()), ElementsAre("call-1"));
}

}  // namespace
}  // namespace repartee::server::testing
