#include "repartee/pipeline/task.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "repartee/frames/text_frames.h"
#include "repartee/pipeline/filters.h"
#include "repartee/pipeline/parallel_pipeline.h"
#include "repartee/pipeline/testing/rig.h"

namespace repartee {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Takes its time over each text.
class Slow final : public FrameProcessor {
 public:
  explicit Slow(Nanos delay) : FrameProcessor("Slow"), delay_(delay) {}

 protected:
  Status Process(FramePtr frame, Direction direction) override {
    if (frame->Is<TextFrame>()) return Wait(Delay(std::move(frame), direction));
    Push(std::move(frame), direction);
    return OkStatus();
  }

 private:
  Task<Status> Delay(FramePtr frame, Direction direction) {
    co_await Sleep(loop(), delay_);
    Push(std::move(frame), direction);
    co_return OkStatus();
  }
  const Nanos delay_;
};

// Answers a text by an error of some category.
class Failing final : public FrameProcessor {
 public:
  explicit Failing(ErrorCategory category) : FrameProcessor("Failing"), category_(category) {}

 protected:
  Status Process(FramePtr frame, Direction direction) override {
    if (frame->Is<TextFrame>()) PushError("refused", category_);
    Push(std::move(frame), direction);
    return OkStatus();
  }

 private:
  const ErrorCategory category_;
};

// Awaits a flush and notes the answer with the virtual millisecond.
class Flush final : public TaskOwner {
 public:
  Flush(testing::Rig& rig, Nanos timeout) : rig_(rig), task_(rig.task().FlushPipeline(timeout)) {
    if (task_.Start(this)) OnTaskDone();
  }
  void OnTaskDone() override { done_at_ = rig_.now_ms(); }
  bool done() const { return task_.done(); }
  bool flushed() { return task_.Take(); }
  double done_at() const { return done_at_; }

 private:
  testing::Rig& rig_;
  double done_at_ = -1;
  Task<bool> task_;
};

TEST(FlushPipeline, IsDoneWhenAllThatWasQueuedHasGoneThrough) {
  Slow slow(milliseconds(100));
  testing::Rig rig({&slow});
  rig.Push(Make<TextFrame>("a"));
  rig.Push(Make<TextFrame>("b"));

  Flush flush(rig, seconds(5));
  rig.Wait(milliseconds(199));
  EXPECT_FALSE(flush.done());
  rig.Wait(milliseconds(2));

  ASSERT_TRUE(flush.done());
  EXPECT_TRUE(flush.flushed());
  EXPECT_DOUBLE_EQ(flush.done_at(), 200);
}

TEST(FlushPipeline, GivesUpWhenNothingReachesTheEndForTooLong) {
  Slow stuck(seconds(60));
  testing::Rig rig({&stuck});
  rig.Push(Make<TextFrame>("a"));

  Flush flush(rig, seconds(5));
  rig.Wait(seconds(6));

  ASSERT_TRUE(flush.done());
  EXPECT_FALSE(flush.flushed());
  EXPECT_DOUBLE_EQ(flush.done_at(), 5000);
}

TEST(FlushPipeline, HasPatienceWhileFramesKeepReachingTheEnd) {
  Slow slow(seconds(3));
  testing::Rig rig({&slow});
  for (const char* text : {"a", "b", "c"}) rig.Push(Make<TextFrame>(text));

  Flush flush(rig, seconds(5));
  rig.Wait(seconds(10));

  ASSERT_TRUE(flush.done());
  EXPECT_TRUE(flush.flushed());
}

TEST(PipelineTask, TellsOfTheFramesThatReachItsEnds) {
  IdentityFilter filter;
  PipelineTaskOptions options = testing::Rig::DefaultOptions();
  options.reached_downstream_types = {FrameType::kText};
  options.reached_upstream_types = {FrameType::kTranscription};
  testing::Rig rig({&filter}, options);
  std::vector<std::string> reached;
  rig.task().on_frame_reached_downstream.Connect(
      [&](const FramePtr& frame) { reached.push_back("down " + std::string(frame->type_name())); });
  rig.task().on_frame_reached_upstream.Connect(
      [&](const FramePtr& frame) { reached.push_back("up " + std::string(frame->type_name())); });

  rig.Push(Make<TextFrame>("a"));
  rig.Push(Make<LLMTextFrame>("not asked for"));
  rig.Wait(milliseconds(1));
  rig.Push(Make<TranscriptionFrame>("b", "u", ""), Direction::kUpstream);
  rig.Wait(milliseconds(1));

  EXPECT_THAT(reached, ElementsAre("down TextFrame", "up TranscriptionFrame"));
}

std::vector<std::string> LogOfFailure(ErrorCategory category, ProcessorUnusablePolicy policy) {
  Failing failing(category);
  PipelineTaskOptions options = testing::Rig::DefaultOptions();
  options.processor_unusable_policy = policy;
  testing::Rig rig({&failing}, options);
  rig.Push(Make<TextFrame>("a"));
  rig.Push(Make<TextFrame>("b"));
  rig.Wait(milliseconds(1));
  return rig.DownstreamLog();
}

TEST(PipelineTask, GoesOnWithAProcessorOfNoUseByDefault) {
  EXPECT_THAT(LogOfFailure(ErrorCategory::kAuthentication, ProcessorUnusablePolicy::kContinue),
              ElementsAre("TextFrame(a)@0", "TextFrame(b)@0"));
}

TEST(PipelineTask, EndsWithAProcessorOfNoUseWhenToldTo) {
  EXPECT_THAT(LogOfFailure(ErrorCategory::kAuthentication, ProcessorUnusablePolicy::kEnd),
              ElementsAre("TextFrame(a)@0", "TextFrame(b)@0", "EndFrame@0"));
}

TEST(PipelineTask, CancelsWithAProcessorOfNoUseWhenToldTo) {
  EXPECT_THAT(LogOfFailure(ErrorCategory::kInvalidRequest, ProcessorUnusablePolicy::kCancel),
              Contains(HasSubstr("CancelFrame")));
}

TEST(PipelineTask, TakesAnErrorThatMayPassForNoReasonToEnd) {
  EXPECT_THAT(LogOfFailure(ErrorCategory::kRateLimit, ProcessorUnusablePolicy::kCancel),
              ElementsAre("TextFrame(a)@0", "TextFrame(b)@0"));
}

TEST(PipelineTask, EndsWhenAnEndIsAskedForBehindParallelBranches) {
  IdentityFilter one;
  IdentityFilter two;
  ParallelPipeline parallel({{&one}, {&two}});
  testing::Rig rig({&parallel});

  rig.Push(Make<EndWorkerFrame>("enough"));
  rig.Wait(milliseconds(1));

  EXPECT_THAT(rig.DownstreamLog(), Contains("EndFrame@0"));
}

// A task that is given its orders before it starts; what reached its end.
std::vector<std::string> ReachedAfterOrders(void (*order)(PipelineTask& task)) {
  EventLoop loop(EventLoop::Time::kVirtual);
  IdentityFilter filter;
  Pipeline pipeline({&filter});
  PipelineTaskOptions options = testing::Rig::DefaultOptions();
  options.reached_downstream_types = {FrameType::kText, FrameType::kEnd, FrameType::kCancel};
  PipelineTask task(pipeline, options);
  std::vector<std::string> reached;
  task.on_frame_reached_downstream.Connect(
      [&](const FramePtr& frame) { reached.emplace_back(frame->type_name()); });
  order(task);
  task.Start(loop);
  loop.RunFor(seconds(1));
  return reached;
}

TEST(PipelineTask, TakesFramesBeforeItStarts) {
  const auto order = [](PipelineTask& task) {
    task.QueueFrame([] { return FramePtr(Make<TextFrame>("a")); });
    task.StopWhenDone();
  };

  EXPECT_THAT(ReachedAfterOrders(order), ElementsAre("TextFrame", "EndFrame"));
}

TEST(PipelineTask, TakesACancelBeforeItStarts) {
  const auto order = [](PipelineTask& task) {
    task.QueueFrame(FramePtr(Make<TextFrame>("never")));
    task.Cancel("changed my mind");
  };

  EXPECT_THAT(ReachedAfterOrders(order), ElementsAre("CancelFrame"));
}

}  // namespace
}  // namespace repartee
