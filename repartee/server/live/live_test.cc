// The event stream: what is told, how often, and what a watcher that was away gets.
#include <gmock/gmock.h>

#include <future>

#include "repartee/base/encoding.h"
#include "repartee/net/sse.h"
#include "repartee/server/live/live_hub.h"
#include "repartee/server/testing/server_kit.h"
#include "repartee/server/ui/conversation_view.h"

namespace repartee::server::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr seconds kPatience{20};

// Keeps what it is sent; waits for an event without sleeping.
class FakeStream final : public HttpStream {
 public:
  bool Write(std::string_view bytes) override {
    const std::lock_guard lock(mutex_);
    if (!open_) return false;
    (void)parser_.Feed(bytes, [this](const SseEvent& event) { events_.push_back(event); });
    arrived_.notify_all();
    return true;
  }
  bool open() const override { return open_; }
  void Close() override {
    const std::lock_guard lock(mutex_);
    open_ = false;
    arrived_.notify_all();
  }
  // False if nobody closes it.
  bool WaitForEnd() {
    std::unique_lock lock(mutex_);
    return arrived_.wait_for(lock, kPatience, [this] { return !open_; });
  }

  // The next event of that type, from where the last call ended.
  std::optional<SseEvent> Next(const std::string& type) {
    std::unique_lock lock(mutex_);
    std::optional<SseEvent> found;
    arrived_.wait_for(lock, kPatience, [&] {
      while (read_ < events_.size() && !found) {
        if (events_[read_].type == type) found = events_[read_];
        ++read_;
      }
      return found.has_value();
    });
    return found;
  }

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  SseParser parser_;
  std::vector<SseEvent> events_;
  std::size_t read_ = 0;
  std::atomic<bool> open_{true};
};

TestSpan Turn(std::uint64_t number, bool provisional) {
  TestSpan turn{.span_id = SpanIdOf(number + 1), .parent_id = SpanIdOf(1), .name = "turn"};
  turn.integers = {{"turn.number", static_cast<std::int64_t>(number)}};
  if (provisional) turn.marks = {{"repartee.provisional", true}};
  if (!provisional) turn.end_ns += 1'000'000;
  return turn;
}

class LiveHubTest : public ::testing::Test {
 protected:
  void Send(const std::vector<TestSpan>& spans) {
    ASSERT_EQ(kit_.Post("/api/public/otel", MakeRequest(spans)).status, 200);
  }
  std::shared_ptr<FakeStream> Watch(
      const std::string& last_id = "", LiveHub::MayWatch may_watch = [] { return true; }) {
    auto stream = std::make_shared<FakeStream>();
    EXPECT_TRUE(hub_.AddWatcher(kit_.project(), last_id, std::move(may_watch), stream));
    return stream;
  }

  TempFolder folder_;
  ServerKit kit_{folder_.path(), {}};
  LiveHub hub_{kit_.store()};
};

TEST_F(LiveHubTest, TellsAConversationAndItsTurnAsTheyGrow) {
  const auto watcher = Watch();

  Send({Turn(1, true)});
  const std::optional<SseEvent> row = watcher->Next("conversation.upsert");
  const std::optional<SseEvent> open = watcher->Next("turn.upsert");
  Send({Turn(1, false)});
  const std::optional<SseEvent> ended = watcher->Next("turn.upsert");

  ASSERT_TRUE(row && open && ended);
  EXPECT_EQ((*ParseJson(row->data))["live"], true);
  EXPECT_EQ((*ParseJson(open->data))["turn"]["live"], true);
  EXPECT_EQ((*ParseJson(ended->data))["turn"]["live"], false);
  EXPECT_EQ((*ParseJson(ended->data))["conversation_id"], (*ParseJson(row->data))["id"]);
}

TEST_F(LiveHubTest, ARowIsToldAgainWhenItsNumbersAreWritten) {
  const auto watcher = Watch();
  Send({Turn(1, true)});
  ASSERT_TRUE(watcher->Next("conversation.upsert"));

  TestSpan ended = Turn(1, false);
  ended.numbers = {{"turn.user_bot_latency_seconds", 1.5}};
  Send({ended});

  // The row is written within a second of its spans.
  for (Json reply = nullptr; reply.is_null();) {
    const std::optional<SseEvent> row = watcher->Next("conversation.upsert");
    ASSERT_TRUE(row);
    reply = (*ParseJson(row->data))["reply_p50"];
  }
}

TEST_F(LiveHubTest, AStreamEndsWhenItsKeyIsRevokedAndOthersGoOn) {
  const KeyPair pair{"pk-watcher", "sk-watcher"};
  ASSERT_TRUE(kit_.keys().CreateKey(kit_.project(), "", pair).ok());
  const std::string key = "Basic " + Base64Encode(pair.public_key + ":" + pair.secret_key);
  const auto stays = Watch();
  const auto goes = Watch("", [this, key] { return kit_.keys().Authenticate(key).ok(); });
  ASSERT_TRUE(goes->Next("stats"));

  ASSERT_TRUE(kit_.keys().DeleteKey(pair.public_key).ok());

  EXPECT_TRUE(goes->WaitForEnd());
  EXPECT_TRUE(stays->Next("stats"));
  EXPECT_TRUE(stays->open());
}

TEST_F(LiveHubTest, WhoComesBackGetsWhatHeMissed) {
  const auto stays = Watch();
  const auto leaves = Watch();
  Send({Turn(1, false)});
  const std::optional<SseEvent> last = leaves->Next("turn.upsert");
  ASSERT_TRUE(last && stays->Next("turn.upsert"));
  leaves->Close();
  Send({Turn(2, false)});
  ASSERT_TRUE(stays->Next("turn.upsert"));

  const auto again = Watch(last->id);

  const std::optional<SseEvent> missed = again->Next("turn.upsert");
  ASSERT_TRUE(missed);
  EXPECT_EQ((*ParseJson(missed->data))["turn"]["number"], 2);
}

TEST_F(LiveHubTest, AnUnknownLastIdIsToldToLoadAnew) {
  EXPECT_TRUE(Watch("0123456789ab-7")->Next("reset"));
  EXPECT_TRUE(Watch("nonsense")->Next("reset"));
}

TEST_F(LiveHubTest, CountsSpansAndOpenConversations) {
  const auto watcher = Watch();
  Send({Turn(1, true)});

  for (bool counted = false; !counted;) {
    const std::optional<SseEvent> stats = watcher->Next("stats");
    ASSERT_TRUE(stats);
    counted = (*ParseJson(stats->data))["live"] == 1;
  }

  TestSpan root{.span_id = SpanIdOf(1), .name = "conversation"};
  Send({root});
  for (bool over = false; !over;) {
    const std::optional<SseEvent> stats = watcher->Next("stats");
    ASSERT_TRUE(stats);
    over = (*ParseJson(stats->data))["live"] == 0;
  }
}

// Goes on when it is told to. Thread: any.
class SteppedClock final : public Clock {
 public:
  Nanos MonotonicNow() const override { return Nanos(now_.load()); }
  Nanos WallNow() const override { return start_ + MonotonicNow(); }
  void Advance(Nanos by) { now_ += by.count(); }

 private:
  const Nanos start_ = System().WallNow();
  std::atomic<Nanos::rep> now_{1};
};

// A hub whose seconds pass when the test says so.
class SilentCallsTest : public ::testing::Test {
 protected:
  // Turns that began, each in a conversation of its own.
  void Begin(std::uint64_t first, std::uint64_t count) {
    std::vector<TestSpan> spans;
    for (std::uint64_t i = first; i < first + count; ++i) {
      spans.push_back(Turn(1, true));
      spans.back().trace_id = TraceIdOf(i);
    }
    ASSERT_EQ(kit_.Post("/api/public/otel", MakeRequest(spans)).status, 200);
    // The hub hears of a commit behind its answer, and before the writer's next job.
    std::promise<void> told;
    ASSERT_TRUE(kit_.store()
                    .DeleteTraces(kit_.project(), {"none"}, [&told](const Status&) { told.set_value(); })
                    .ok());
    told.get_future().wait();
  }
  void FallSilent() { clock_.Advance(Nanos(kLiveForNs)); }
  std::shared_ptr<FakeStream> Watch() {
    auto stream = std::make_shared<FakeStream>();
    EXPECT_TRUE(hub_.AddWatcher(kit_.project(), "", [] { return true; }, stream));
    return stream;
  }
  std::optional<SseEvent> NextStats(FakeStream& stream) {
    clock_.Advance(seconds(2));
    return stream.Next("stats");
  }

  TempFolder folder_;
  ServerKit kit_{folder_.path(), {}};
  SteppedClock clock_;
  LiveHub hub_{kit_.store(), clock_};
};

TEST_F(SilentCallsTest, WhatWasOverBeforeAPageOpenedIsNotToldToIt) {
  constexpr std::uint64_t kOver = 40;  // more than one look-up takes
  Begin(1, kOver);
  FallSilent();
  const auto watcher = Watch();
  ASSERT_TRUE(NextStats(*watcher));

  Begin(kOver + 1, 1);

  const std::optional<SseEvent> first = watcher->Next("conversation.upsert");
  ASSERT_TRUE(first);
  EXPECT_EQ((*ParseJson(first->data))["id"], TraceId::FromBytes(TraceIdOf(kOver + 1))->Hex());
}

TEST_F(SilentCallsTest, WhatEndsWhileAPageIsOpenIsToldToIt) {
  Begin(1, 1);
  const auto watcher = Watch();
  ASSERT_TRUE(NextStats(*watcher));

  FallSilent();

  EXPECT_TRUE(watcher->Next("conversation.upsert"));
}

TEST_F(SilentCallsTest, MoreThanAreRememberedAreLoadedAnew) {
  Begin(1, kMaxChanged + 1);
  const auto watcher = Watch();
  ASSERT_TRUE(NextStats(*watcher));

  FallSilent();

  EXPECT_TRUE(watcher->Next("reset"));
}

TEST_F(SilentCallsTest, ThoseThatNobodyWatchedLeaveRoomForOthers) {
  Begin(1, 20'000);
  FallSilent();
  Begin(20'001, 1);

  const auto watcher = Watch();
  const std::optional<SseEvent> stats = NextStats(*watcher);

  ASSERT_TRUE(stats);
  EXPECT_EQ((*ParseJson(stats->data))["live"], 1);
}

TEST_F(LiveHubTest, SomeWatchersAreTooMany) {
  std::vector<std::shared_ptr<FakeStream>> watchers;
  for (std::size_t i = 0; i < kMaxWatchers; ++i) watchers.push_back(Watch());

  EXPECT_FALSE(hub_.AddWatcher(kit_.project(), "", [] { return true; }, std::make_shared<FakeStream>()));
}

TEST_F(LiveHubTest, AnotherProjectsWatcherHearsNothing) {
  auto other = std::make_shared<FakeStream>();
  ASSERT_TRUE(hub_.AddWatcher(kit_.project() + 1, "", [] { return true; }, other));
  const auto own = Watch();

  Send({Turn(1, false)});

  ASSERT_TRUE(own->Next("turn.upsert"));
  const std::optional<SseEvent> stats = other->Next("stats");
  ASSERT_TRUE(stats);
  EXPECT_EQ((*ParseJson(stats->data))["spans_per_second"], 0);
}

TEST(EventRing, GivesWhatCameAfterAnId) {
  EventRing ring("a");
  ring.Add("x", "1");
  const std::string second = ring.Add("x", "2");

  EXPECT_EQ(ring.Since("a-1"), second);
  EXPECT_EQ(ring.Since("a-2"), "");
  EXPECT_THAT(second, HasSubstr("id: a-2\nevent: x\ndata: 2\n\n"));
}

TEST(EventRing, KnowsNothingOfOtherIds) {
  EventRing ring("a");
  ring.Add("x", "1");

  for (const char* id : {"", "a", "a-", "a-2", "a-x", "b-1", "a-1x", "a--1"})
    EXPECT_EQ(ring.Since(id), std::nullopt) << id;
}

TEST(EventRing, ForgetsTheOldestBeyondItsLimit) {
  EventRing ring("a");
  for (std::size_t i = 0; i <= kMaxKeptEvents; ++i) ring.Add("x", "1");

  EXPECT_EQ(ring.Since("a-0"), std::nullopt);
  EXPECT_NE(ring.Since("a-1"), std::nullopt);
}

TEST(EventRing, NobodyGoesOnOverABreak) {
  EventRing ring("a");
  ring.Add("x", "1");
  ring.Break();

  EXPECT_EQ(ring.Since("a-1"), std::nullopt);
  EXPECT_EQ(ring.Since(ring.last_id()), "");
}

TEST(ChangeQueue, GivesAnIdFourTimesASecondAtMost) {
  ChangeQueue queue;
  const TraceId id{1, 2};
  int given = 0;
  for (milliseconds now{0}; now < seconds(1); now += milliseconds(10)) {
    ASSERT_TRUE(queue.Note(id, now));
    given += static_cast<int>(queue.TakeDue(now, 10).size());
  }

  EXPECT_EQ(given, 4);
  // The last change is not lost.
  EXPECT_THAT(queue.TakeDue(seconds(2), 10), ElementsAre(id));
  EXPECT_THAT(queue.TakeDue(seconds(3), 10), ElementsAre());
}

TEST(ChangeQueue, SaysWhenItForgot) {
  ChangeQueue queue;
  for (std::uint64_t i = 0; i < kMaxChanged; ++i) ASSERT_TRUE(queue.Note({1, i}, Nanos(0)));

  EXPECT_FALSE(queue.Note({2, 0}, Nanos(0)));
  EXPECT_THAT(queue.TakeDue(seconds(1), 10), ElementsAre());
}

}  // namespace
}  // namespace repartee::server::testing
