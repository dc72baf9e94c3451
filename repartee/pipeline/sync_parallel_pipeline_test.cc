#include "repartee/pipeline/sync_parallel_pipeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "repartee/frames/speaking_frames.h"
#include "repartee/frames/text_frames.h"
#include "repartee/pipeline/testing/rig.h"

namespace repartee {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;

// Answers each text after a while with one of its own.
class Answering final : public FrameProcessor {
 public:
  Answering(std::string mark, Nanos delay)
      : FrameProcessor("Answering"), mark_(std::move(mark)), delay_(delay) {}

 protected:
  Status Process(FramePtr frame, Direction direction) override {
    if (frame->Is<TextFrame>()) return Wait(Answer(std::move(frame), direction));
    Push(std::move(frame), direction);
    return OkStatus();
  }

 private:
  Task<Status> Answer(FramePtr frame, Direction direction) {
    co_await Sleep(loop(), delay_);
    Push(Make<TextFrame>(frame->As<TextFrame>()->text + mark_), direction);
    co_return OkStatus();
  }
  const std::string mark_;
  const Nanos delay_;
};

struct Pair {
  Answering slow{"-slow", milliseconds(100)};
  Answering quick{"-quick", milliseconds(10)};
};

TEST(SyncParallelPipeline, WaitsForTheSlowestBranch) {
  Pair branches;
  SyncParallelPipeline both({{&branches.slow}, {&branches.quick}});
  testing::Rig rig({&both});

  rig.Push(Make<TextFrame>("a"));
  rig.Push(Make<TextFrame>("b"));
  rig.Push(Make<EndFrame>());
  rig.Run();

  EXPECT_THAT(rig.DownstreamLog(),
              ElementsAre("TextFrame(a-quick)@100", "TextFrame(a-slow)@100", "TextFrame(b-quick)@200",
                          "TextFrame(b-slow)@200", "EndFrame@200"));
}

TEST(SyncParallelPipeline, CanKeepTheOrderOfItsBranches) {
  Pair branches;
  SyncParallelPipeline both({{&branches.slow}, {&branches.quick}}, FrameOrder::kPipeline);
  testing::Rig rig({&both});

  rig.Push(Make<TextFrame>("a"));
  rig.Push(Make<EndFrame>());
  rig.Run();

  EXPECT_THAT(rig.DownstreamLog(),
              ElementsAre("TextFrame(a-slow)@100", "TextFrame(a-quick)@100", "EndFrame@100"));
}

TEST(SyncParallelPipeline, LetsSystemFramesThroughOnceAndAtOnce) {
  Pair branches;
  SyncParallelPipeline both({{&branches.slow}, {&branches.quick}});
  testing::Rig rig({&both});

  rig.Push(Make<TextFrame>("a"));
  rig.Wait(milliseconds(20));
  rig.Push(Make<UserStartedSpeakingFrame>());
  rig.Push(Make<EndFrame>());
  rig.Run();

  EXPECT_THAT(rig.DownstreamLog(), ElementsAre("UserStartedSpeakingFrame@20", "TextFrame(a-quick)@100",
                                               "TextFrame(a-slow)@100", "EndFrame@100"));
}

TEST(SyncParallelPipeline, DropsWhatItHeldOnAnInterruptionAndGoesOn) {
  Pair branches;
  SyncParallelPipeline both({{&branches.slow}, {&branches.quick}});
  testing::Rig rig({&both});

  rig.Push(Make<TextFrame>("a"));
  rig.Wait(milliseconds(50));
  rig.Push(Make<InterruptionFrame>());
  rig.Wait(milliseconds(1));
  rig.Push(Make<TextFrame>("b"));
  rig.Push(Make<EndFrame>());
  rig.Run();

  EXPECT_THAT(rig.DownstreamLog(), ElementsAre("InterruptionFrame@50", "TextFrame(b-quick)@151",
                                               "TextFrame(b-slow)@151", "EndFrame@151"));
}

}  // namespace
}  // namespace repartee
