#include "repartee/base/task.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "repartee/base/mailbox.h"

namespace repartee {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;

class Done final : public TaskOwner {
 public:
  void OnTaskDone() override { done = true; }
  bool done = false;
};

Task<int> Immediate(int value) { co_return value; }

Task<std::int64_t> SumOfImmediates(int count) {
  std::int64_t sum = 0;
  for (int i = 0; i < count; ++i) sum += co_await Immediate(i);
  co_return sum;
}

// Builds without optimisation must not grow the stack by it.
TEST(Task, AMillionAwaitsThatCompleteAtOnceNeedNoStack) {
  Task<std::int64_t> task = SumOfImmediates(1'000'000);

  ASSERT_TRUE(task.Start(nullptr));

  EXPECT_EQ(task.Take(), 499'999'500'000);
}

Task<std::string> Nested(EventLoop& loop, int depth) {
  if (depth == 0) {
    co_await Sleep(loop, milliseconds(10));
    co_return std::string("deep");
  }
  std::string inner = co_await Nested(loop, depth - 1);
  co_return inner + std::to_string(depth);
}

TEST(Task, AValueComesUpThroughNestedWaits) {
  EventLoop loop(EventLoop::Time::kVirtual);
  Done owner;
  Task<std::string> task = Nested(loop, 3);

  ASSERT_FALSE(task.Start(&owner));
  loop.RunUntilIdle();

  ASSERT_TRUE(owner.done);
  EXPECT_EQ(task.Take(), "deep123");
}

struct Options {
  std::string name;
  int number = 0;
};
Task<std::string> TakesOptions(Options options) { co_return options.name + std::to_string(options.number); }
Task<std::string> PassesOptions() {
  Options options{.name = std::string(40, 'x'), .number = 7};
  std::string result = co_await TakesOptions(std::move(options));
  co_return result;
}

TEST(Task, AggregatesMovedInAreDestroyedOnce) {
  Task<std::string> task = PassesOptions();
  ASSERT_TRUE(task.Start(nullptr));
  EXPECT_EQ(task.Take(), std::string(40, 'x') + "7");
}

Task<> NotesItsEnd(EventLoop& loop, std::vector<std::string>& log) {
  const Finally outer([&log] { log.push_back("outer"); });
  const Finally inner([&log] { log.push_back("inner"); });
  co_await Sleep(loop, milliseconds(100));
  log.push_back("never");
}

TEST(Task, DestroyingASuspendedTaskRunsItsGuardsInReverseOrder) {
  EventLoop loop(EventLoop::Time::kVirtual);
  std::vector<std::string> log;
  Task<> task = NotesItsEnd(loop, log);
  task.Start(nullptr);

  task.Destroy();
  loop.RunUntilIdle();

  EXPECT_THAT(log, ElementsAre("inner", "outer"));
}

Task<> Collect(Mailbox<int>& mailbox, std::vector<int>& out) {
  while (true) {
    std::optional<int> value = co_await mailbox.Receive();
    if (!value) co_return;
    out.push_back(*value);
  }
}

TEST(Mailbox, DeliversInOrderAndEndsWhenClosed) {
  EventLoop loop(EventLoop::Time::kVirtual);
  Mailbox<int> mailbox(loop, 10);
  std::vector<int> out;
  Done owner;
  Task<> task = Collect(mailbox, out);
  task.Start(&owner);

  mailbox.Send(1);
  loop.RunUntilIdle();
  mailbox.Send(2);
  mailbox.Send(3);
  mailbox.Close();
  loop.RunUntilIdle();

  EXPECT_THAT(out, ElementsAre(1, 2, 3));
  EXPECT_TRUE(owner.done);
}

TEST(Mailbox, RefusesWhatIsOverItsLimit) {
  EventLoop loop(EventLoop::Time::kVirtual);
  Mailbox<int> mailbox(loop, 2);

  EXPECT_TRUE(mailbox.Send(1));
  EXPECT_TRUE(mailbox.Send(2));
  EXPECT_FALSE(mailbox.Send(3));
}

// The value was sent and the resumption is due when the coroutine is destroyed.
TEST(Mailbox, AReceiverDestroyedWhileItsResumptionIsDueIsNotResumed) {
  EventLoop loop(EventLoop::Time::kVirtual);
  Mailbox<int> mailbox(loop, 2);
  std::vector<int> out;
  Task<> task = Collect(mailbox, out);
  task.Start(nullptr);
  mailbox.Send(1);

  task.Destroy();
  loop.RunUntilIdle();

  EXPECT_TRUE(out.empty());
}

Task<> ReceiveOnce(Mailbox<int>& mailbox, Nanos limit, std::optional<int>& out, bool& ended) {
  out = co_await mailbox.ReceiveFor(limit);
  ended = true;
}

TEST(Mailbox, GivesNothingWhenTheTimeIsOver) {
  EventLoop loop(EventLoop::Time::kVirtual);
  Mailbox<int> mailbox(loop, 2);
  std::optional<int> out = 5;
  bool ended = false;
  const Nanos start = loop.now();
  Task<> task = ReceiveOnce(mailbox, milliseconds(40), out, ended);
  task.Start(nullptr);

  loop.RunUntilIdle();

  EXPECT_TRUE(ended);
  EXPECT_FALSE(out.has_value());
  EXPECT_EQ(loop.now() - start, milliseconds(40));
}

}  // namespace
}  // namespace repartee
