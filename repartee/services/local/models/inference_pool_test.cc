#include "repartee/services/local/models/inference_pool.h"

#include <gmock/gmock.h>

#include <chrono>
#include <future>
#include <string>

namespace repartee::local {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// A worker that is busy until the test says so. Outlives the pool.
struct Busy {
  std::promise<void> begun;
  std::promise<void> may_end;

  Status Occupy(InferencePool& pool, EventLoop& loop, InferenceLane lane) {
    Status status = pool.Submit(
        loop, lane, {},
        [this] {
          begun.set_value();
          may_end.get_future().wait();
          return 0;
        },
        [](int) {});
    begun.get_future().wait();
    return status;
  }
};

TEST(InferencePool, BringsTheResultBackToTheLoopThatAsked) {
  EventLoop loop;
  InferencePool pool({});
  std::thread::id worked_on;
  int result = 0;

  ASSERT_TRUE(pool.Submit(
                      loop, InferenceLane::kSpeechToText, {},
                      [&] {
                        worked_on = std::this_thread::get_id();
                        return 42;
                      },
                      [&](int value) {
                        EXPECT_TRUE(loop.InLoopThread());
                        result = value;
                      })
                  .ok());

  EXPECT_TRUE(loop.RunUntil([&] { return result == 42; }, 10s));
  EXPECT_NE(worked_on, std::this_thread::get_id());
}

TEST(InferencePool, VirtualTimeWaitsForAJob) {
  EventLoop loop(EventLoop::Time::kVirtual);
  Busy busy;
  InferencePool pool({});
  ASSERT_TRUE(busy.Occupy(pool, loop, InferenceLane::kSpeechToText).ok());
  std::vector<std::string> events;
  Timer timer(loop, [&] { events.push_back("timer"); });
  timer.Arm(1s);
  ASSERT_TRUE(pool.Submit(
                      loop, InferenceLane::kTextToSpeech, {}, [] { return 1; },
                      [&](int) { events.push_back("result"); })
                  .ok());

  busy.may_end.set_value();
  loop.RunUntilIdle();

  EXPECT_THAT(events, ElementsAre("result", "timer"));
}

TEST(InferencePool, TakesTheMostUrgentJobFirst) {
  EventLoop loop;
  Busy busy;
  InferencePool pool({});
  ASSERT_TRUE(busy.Occupy(pool, loop, InferenceLane::kTextToSpeech).ok());
  std::string order;
  const auto submit = [&](InferenceLane lane, char name) {
    return pool.Submit(loop, lane, {}, [name] { return name; }, [&](char n) { order += n; });
  };
  ASSERT_TRUE(submit(InferenceLane::kTextToSpeech, 'T').ok());
  ASSERT_TRUE(submit(InferenceLane::kSpeechToText, 'S').ok());
  ASSERT_TRUE(submit(InferenceLane::kVoiceActivity, 'V').ok());

  busy.may_end.set_value();

  EXPECT_TRUE(loop.RunUntil([&] { return order.size() == 3; }, 10s));
  EXPECT_EQ(order, "VST");
}

TEST(InferencePool, ALongAnswerDoesNotHoldUpSpeech) {
  EventLoop loop;
  Busy answer;
  InferencePool pool({});
  ASSERT_TRUE(answer.Occupy(pool, loop, InferenceLane::kLanguageModel).ok());
  bool heard = false;
  ASSERT_TRUE(pool.Submit(
                      loop, InferenceLane::kSpeechToText, {}, [] { return true; }, [&](bool h) { heard = h; })
                  .ok());

  EXPECT_TRUE(loop.RunUntil([&] { return heard; }, 10s));
  answer.may_end.set_value();
}

TEST(InferencePool, SkipsACancelledJobAndDropsItsCallbackOnTheLoop) {
  EventLoop loop;
  Busy busy;
  InferencePool pool({});
  ASSERT_TRUE(busy.Occupy(pool, loop, InferenceLane::kTextToSpeech).ok());
  bool worked = false;
  bool told = false;
  std::thread::id dropped_on;
  // Notes the thread on which the last owner lets go.
  auto witness = std::shared_ptr<int>(new int(0), [&](int* value) {
    dropped_on = std::this_thread::get_id();
    delete value;
  });
  const CancelToken token;
  ASSERT_TRUE(pool.Submit(
                      loop, InferenceLane::kTextToSpeech, token, [&] { return worked = true; },
                      [&told, witness = std::move(witness)](bool) { told = true; })
                  .ok());

  token.Cancel();
  busy.may_end.set_value();

  EXPECT_TRUE(loop.RunUntil([&] { return dropped_on != std::thread::id(); }, 10s));
  EXPECT_EQ(dropped_on, std::this_thread::get_id());
  EXPECT_FALSE(worked);
  EXPECT_FALSE(told);
}

TEST(InferencePool, DropsTheResultOfAJobThatWasCancelledWhileItRan) {
  EventLoop loop;
  bool told = false;
  {
    std::promise<void> begun;
    std::promise<void> may_end;
    InferencePool pool({});
    const CancelToken token;
    ASSERT_TRUE(pool.Submit(
                        loop, InferenceLane::kSpeechToText, token,
                        [&] {
                          begun.set_value();
                          may_end.get_future().wait();
                          return 1;
                        },
                        [&](int) { told = true; })
                    .ok());
    begun.get_future().wait();
    token.Cancel();
    may_end.set_value();
  }

  loop.RunUntilIdle();

  EXPECT_FALSE(told);
}

TEST(InferencePool, RefusesWhenALaneIsFull) {
  EventLoop loop;
  Busy busy;
  InferencePool::Options options;
  options.limits = {1, 1, 1, 1};
  InferencePool pool(options);
  ASSERT_TRUE(busy.Occupy(pool, loop, InferenceLane::kTextToSpeech).ok());
  const auto submit = [&](InferenceLane lane) {
    return pool.Submit(loop, lane, {}, [] { return 1; }, [](int) {});
  };

  EXPECT_TRUE(submit(InferenceLane::kTextToSpeech).ok());
  const Status refused = submit(InferenceLane::kTextToSpeech);
  EXPECT_TRUE(submit(InferenceLane::kSpeechToText).ok());

  EXPECT_EQ(refused.code(), StatusCode::kResourceExhausted);
  EXPECT_THAT(refused.message(), HasSubstr("text to speech"));
  busy.may_end.set_value();
}

TEST(InferencePool, EndingCancelsTheRunningJob) {
  EventLoop loop;
  bool stopped = false;
  std::promise<void> begun;
  {
    InferencePool pool({});
    const CancelToken token;
    ASSERT_TRUE(pool.Submit(
                        loop, InferenceLane::kLanguageModel, token,
                        [&, token] {
                          begun.set_value();
                          while (!token.cancelled()) std::this_thread::yield();
                          return stopped = true;
                        },
                        [](bool) {})
                    .ok());
    begun.get_future().wait();
  }

  EXPECT_TRUE(stopped);
}

TEST(InferencePool, RunsAtOnceOnTheCallersThreadWhenInline) {
  EventLoop loop(EventLoop::Time::kVirtual);
  InferencePool::Options options;
  options.run_inline = true;
  InferencePool pool(options);
  std::thread::id worked_on;
  bool told = false;

  ASSERT_TRUE(pool.Submit(
                      loop, InferenceLane::kLanguageModel, {},
                      [&] {
                        worked_on = std::this_thread::get_id();
                        return true;
                      },
                      [&](bool value) { told = value; })
                  .ok());

  EXPECT_EQ(worked_on, std::this_thread::get_id());
  EXPECT_FALSE(told);
  loop.RunUntilIdle();
  EXPECT_TRUE(told);
}

}  // namespace
}  // namespace repartee::local
