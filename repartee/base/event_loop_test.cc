#include "repartee/base/event_loop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace repartee {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using ::testing::ElementsAre;

TEST(EventLoop, VirtualTimeJumpsToTheNextTimer) {
  EventLoop loop(EventLoop::Time::kVirtual);
  const Nanos start = loop.now();
  std::vector<Nanos> fired;
  Timer far(loop, [&] { fired.push_back(loop.now() - start); });
  Timer near(loop, [&] { fired.push_back(loop.now() - start); });
  far.Arm(hours(3));
  near.Arm(milliseconds(5));

  EXPECT_TRUE(loop.RunUntilIdle());

  EXPECT_THAT(fired, ElementsAre(milliseconds(5), hours(3)));
}

TEST(EventLoop, EqualDeadlinesFireInTheOrderTheyWereArmed) {
  EventLoop loop(EventLoop::Time::kVirtual);
  std::vector<int> order;
  std::vector<std::unique_ptr<Timer>> timers;
  for (int i = 0; i < 50; ++i) {
    timers.push_back(std::make_unique<Timer>(loop, [&order, i] { order.push_back(i); }));
  }
  for (int i = 0; i < 50; ++i) timers[static_cast<std::size_t>((i * 17) % 50)]->Arm(milliseconds(1));

  loop.RunUntilIdle();

  ASSERT_EQ(order.size(), 50u);
  for (int i = 0; i < 50; ++i) EXPECT_EQ(order[static_cast<std::size_t>(i)], (i * 17) % 50);
}

TEST(EventLoop, ADestroyedTimerNeverFires) {
  EventLoop loop(EventLoop::Time::kVirtual);
  bool fired = false;
  {
    Timer timer(loop, [&] { fired = true; });
    timer.Arm(milliseconds(1));
  }

  loop.RunUntilIdle();

  EXPECT_FALSE(fired);
}

TEST(EventLoop, ArmingAgainMovesTheDeadline) {
  EventLoop loop(EventLoop::Time::kVirtual);
  const Nanos start = loop.now();
  std::vector<Nanos> fired;
  Timer timer(loop, [&] { fired.push_back(loop.now() - start); });
  timer.Arm(milliseconds(10));
  timer.Arm(milliseconds(30));

  loop.RunUntilIdle();

  EXPECT_THAT(fired, ElementsAre(milliseconds(30)));
}

TEST(EventLoop, DeferredFunctionsRunBeforeWhatWasPosted) {
  EventLoop loop(EventLoop::Time::kVirtual);
  std::vector<std::string> order;
  loop.Post([&] {
    loop.Defer([&] { order.push_back("deferred"); });
    order.push_back("posted");
  });
  loop.Post([&] { order.push_back("next"); });

  loop.RunUntilIdle();

  EXPECT_THAT(order, ElementsAre("posted", "deferred", "next"));
}

TEST(EventLoop, TimeDoesNotJumpWhileAnotherThreadOwesAnAnswer) {
  EventLoop loop(EventLoop::Time::kVirtual);
  const Nanos start = loop.now();
  Nanos answered{-1};
  Timer later(loop, [] {});
  later.Arm(hours(1));
  std::thread worker([&loop, &answered, hold = EventLoop::Hold(loop)]() mutable {
    loop.Post([&loop, &answered, hold = std::move(hold)] { answered = loop.now(); });
  });

  loop.RunUntilIdle();
  worker.join();

  EXPECT_EQ(answered, start);
}

TEST(EventLoop, TwoThreadsPostToASleepingLoopAndNothingIsLost) {
  EventLoop loop;
  constexpr int kEach = 20000;
  int received = 0;
  const auto produce = [&] {
    for (int i = 0; i < kEach; ++i) loop.Post([&received] { ++received; });
  };
  std::thread first(produce);
  std::thread second(produce);

  const bool all = loop.RunUntil([&] { return received == 2 * kEach; }, std::chrono::seconds(60));
  first.join();
  second.join();

  EXPECT_TRUE(all);
}

TEST(EventLoop, StopFromAnotherThreadEndsRun) {
  EventLoop loop;
  std::thread stopper([&loop] { loop.Stop(); });
  loop.Run();
  stopper.join();
}

TEST(EventLoop, ATimerThatReArmsItselfDoesNotStarvePostedFunctions) {
  EventLoop loop(EventLoop::Time::kVirtual);
  int ticks = 0;
  Timer* again = nullptr;
  Timer timer(loop, [&] {
    if (++ticks < 1000) again->Arm(Nanos(0));
  });
  again = &timer;
  int ticks_when_posted = 0;
  timer.Arm(Nanos(0));
  loop.Post([&] { ticks_when_posted = ticks; });

  loop.RunUntilIdle();

  EXPECT_LT(ticks_when_posted, 10);
  EXPECT_EQ(ticks, 1000);
}

TEST(EventLoop, ADeferredFunctionThatMakesItDoneEndsTheWait) {
  EventLoop loop;
  bool done = false;
  loop.Defer([&] { done = true; });

  const Nanos start = loop.clock().MonotonicNow();
  EXPECT_TRUE(loop.RunUntil([&] { return done; }, std::chrono::seconds(20)));

  EXPECT_LT(loop.clock().MonotonicNow() - start, std::chrono::seconds(10));
}

TEST(EventLoop, GoesOnWhenAFunctionThrows) {
  EventLoop loop(EventLoop::Time::kVirtual);
  std::vector<std::string> ran;
  const auto note = [&ran](const char* what) { return [&ran, what] { ran.emplace_back(what); }; };
  Timer throws(loop, [] { throw std::runtime_error("a timer"); });
  Timer later(loop, note("timer"));
  throws.Arm(std::chrono::milliseconds(1));
  later.Arm(std::chrono::milliseconds(2));
  loop.Post([] { throw std::runtime_error("a post"); });
  loop.Post(note("post"));
  loop.Defer([] { throw "no exception at all"; });
  loop.Defer(note("deferred"));

  loop.RunUntilIdle();

  EXPECT_EQ(ran, (std::vector<std::string>{"deferred", "post", "timer"}));
}

}  // namespace
}  // namespace repartee
