#include "repartee/pipeline/frame_processor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "repartee/frames/audio_frames.h"
#include "repartee/frames/function_call_frames.h"
#include "repartee/frames/llm_frames.h"
#include "repartee/frames/speaking_frames.h"
#include "repartee/frames/text_frames.h"
#include "repartee/pipeline/parallel_pipeline.h"
#include "repartee/pipeline/testing/rig.h"

namespace repartee {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Waits on each data or control frame but EndFrame, then pushes it on.
class Slow final : public FrameProcessor {
 public:
  explicit Slow(Nanos delay) : FrameProcessor("Slow"), delay_(delay) {}

 protected:
  Status Process(FramePtr frame, Direction direction) override {
    if (frame->is_system() || frame->Is<EndFrame>()) {
      Push(std::move(frame), direction);
      return OkStatus();
    }
    return Wait(Delay(std::move(frame), direction));
  }

 private:
  Task<Status> Delay(FramePtr frame, Direction direction) {
    co_await Sleep(loop(), delay_);
    Push(std::move(frame), direction);
    co_return OkStatus();
  }
  const Nanos delay_;
};

class Pass final : public FrameProcessor {
 public:
  Pass() : FrameProcessor("Pass") {}

 protected:
  Status Process(FramePtr frame, Direction direction) override {
    Push(std::move(frame), direction);
    return OkStatus();
  }
};

class Faulty final : public FrameProcessor {
 public:
  Faulty() : FrameProcessor("Faulty") {}

 protected:
  Status Process(FramePtr frame, Direction direction) override {
    const auto* text = frame->As<TextFrame>();
    if (text && text->text == "boom") return Status::InvalidArgument("bad frame");
    Push(std::move(frame), direction);
    return OkStatus();
  }
};

// Words with a pause before each; the response end comes also when it is cancelled.
class Streamer final : public FrameProcessor {
 public:
  Streamer() : FrameProcessor("Streamer") {}

 protected:
  Status Process(FramePtr frame, Direction direction) override {
    if (frame->Is<LLMContextFrame>()) return Wait(Stream());
    Push(std::move(frame), direction);
    return OkStatus();
  }

 private:
  Task<Status> Stream() {
    Push(Make<LLMFullResponseStartFrame>());
    const Finally end([this] { Push(Make<LLMFullResponseEndFrame>()); });
    for (int i = 0; i < 8; ++i) {
      co_await Sleep(loop(), milliseconds(50));
      Push(Make<LLMTextFrame>("w" + std::to_string(i)));
    }
    co_return OkStatus();
  }
};

FramePtr Text(const char* text) { return Make<TextFrame>(text); }

TEST(FrameProcessor, SystemFramesOvertakeDataFrames) {
  Slow slow(milliseconds(100));
  testing::Rig rig({&slow});

  rig.Push(Text("one"));
  rig.Push(Text("two"));
  rig.Push(Make<UserStartedSpeakingFrame>());
  rig.Push(Text("three"));
  rig.Push(Make<EndFrame>());
  rig.Run();

  EXPECT_THAT(rig.DownstreamLog(), ElementsAre("UserStartedSpeakingFrame@0", "TextFrame(one)@100",
                                               "TextFrame(two)@200", "TextFrame(three)@300", "EndFrame@300"));
}

TEST(FrameProcessor, AnInterruptionDropsWhatWasQueuedBeforeItAndKeepsTheUninterruptible) {
  Slow slow(milliseconds(200));
  testing::Rig rig({&slow});

  rig.Push(Text("one"));
  rig.Push(Text("two"));
  rig.Push(Make<FunctionCallResultFrame>("f", "id1", Json::object(), "r"));
  rig.Push(Text("three"));
  rig.Push(Make<LLMFullResponseStartFrame>());
  rig.Wait(milliseconds(100));
  rig.Push(Make<InterruptionFrame>());
  rig.Push(Text("after"));
  rig.Push(Make<EndFrame>());
  rig.Run();

  EXPECT_THAT(rig.DownstreamLog(), ElementsAre("InterruptionFrame@100", "FunctionCallResultFrame@300",
                                               "TextFrame(after)@500", "EndFrame@500"));
}

TEST(FrameProcessor, TheCleanUpOfACancelledHandlerComesOutBeforeTheInterruption) {
  for (int behind = 1; behind <= 4; ++behind) {
    Streamer streamer;
    Pass pass[4];
    std::vector<FrameProcessor*> processors{&streamer};
    for (int i = 0; i < behind; ++i) processors.push_back(&pass[i]);
    testing::Rig rig(processors);

    rig.Push(Make<LLMContextFrame>(nullptr));
    rig.Wait(milliseconds(120));
    rig.Push(Make<InterruptionFrame>());
    rig.Wait(milliseconds(300));
    rig.Push(Make<EndFrame>());
    rig.Run();

    EXPECT_THAT(rig.DownstreamLog(),
                ElementsAre("LLMFullResponseStartFrame@0", "LLMTextFrame(w0)@50", "LLMTextFrame(w1)@100",
                            "LLMFullResponseEndFrame@120", "InterruptionFrame@120", "EndFrame@420"));
  }
}

TEST(FrameProcessor, ACancelFrameDropsQueuedFramesAndNothingFollowsIt) {
  Slow slow(milliseconds(100));
  testing::Rig rig({&slow});

  rig.Push(Text("one"));
  rig.Push(Text("two"));
  rig.Wait(milliseconds(150));
  rig.Push(Make<CancelFrame>("enough"));
  rig.Run();

  EXPECT_THAT(rig.DownstreamLog(), ElementsAre("TextFrame(one)@100", "CancelFrame@150"));
}

TEST(FrameProcessor, AnErrorInAHandlerGoesUpstreamAndThePipelineGoesOn) {
  Faulty faulty;
  testing::Rig rig({&faulty});

  rig.Push(Text("ok"));
  rig.Push(Text("boom"));
  rig.Push(Text("next"));
  rig.Push(Make<EndFrame>());
  rig.Run();

  EXPECT_THAT(rig.DownstreamLog(), ElementsAre("TextFrame(ok)@0", "TextFrame(next)@0", "EndFrame@0"));
  ASSERT_EQ(rig.upstream().size(), 1u);
  EXPECT_EQ(rig.upstream()[0].frame->As<ErrorFrame>()->error, "Error processing frame: bad frame");
}

TEST(ParallelPipeline, HoldsEverythingBackWhileTheEndIsCollected) {
  Pass pass;
  Slow slow(milliseconds(100));
  ParallelPipeline parallel({{&pass}, {&slow}});
  testing::Rig rig({&parallel});

  rig.Push(Text("one"));
  rig.Push(Make<UserStartedSpeakingFrame>());
  rig.Push(Text("two"));
  rig.Wait(milliseconds(300));
  rig.Push(Text("three"));
  rig.Push(Make<EndFrame>());
  rig.Run();

  EXPECT_THAT(rig.DownstreamLog(), ElementsAre("UserStartedSpeakingFrame@0", "TextFrame(one)@0",
                                               "TextFrame(two)@0", "TextFrame(three)@400", "EndFrame@400"));
  EXPECT_THAT(rig.UpstreamLog(), IsEmpty());
}

TEST(ParallelPipeline, ACancelOvertakesTheEndThatIsBeingCollected) {
  Pass pass;
  Slow slow(milliseconds(10000));
  ParallelPipeline parallel({{&pass}, {&slow}});
  testing::Rig rig({&parallel});

  rig.Push(Text("one"));
  rig.Push(Make<EndFrame>());
  rig.Wait(milliseconds(50));
  rig.task().Cancel("enough");
  rig.Run();

  EXPECT_THAT(rig.DownstreamLog(), ElementsAre("TextFrame(one)@50", "CancelFrame@50"));
}

TEST(ParallelPipeline, LetsAFrameOutOnceHoweverMuchSoundPassesBetween) {
  Pass pass;
  Slow slow(milliseconds(30000));
  ParallelPipeline parallel({{&pass}, {&slow}});
  testing::Rig rig({&parallel});

  rig.Push(Text("one"));
  for (int i = 0; i < 1500; ++i) {
    rig.Push(Make<InputAudioRawFrame>(AudioBuffer::Silence(640), 16000, 1));
    rig.Wait(milliseconds(20));
  }
  rig.Wait(milliseconds(1000));

  const auto log = rig.DownstreamLog();
  EXPECT_EQ(log.size(), 1501u);
  EXPECT_EQ(std::count(log.begin(), log.end(), "TextFrame(one)@30000"), 0);
}

// Waits for ever, and notes when its handler and itself are cleaned up.
class Waiting final : public FrameProcessor {
 public:
  explicit Waiting(std::vector<std::string>& ends) : FrameProcessor("Waiting"), ends_(ends) {}

 protected:
  Status Process(FramePtr frame, Direction direction) override {
    if (frame->Is<TextFrame>()) {
      Background(Last("background"));
      return Wait(Last("handler"));
    }
    Push(std::move(frame), direction);
    return OkStatus();
  }
  void OnCleanup() override { ends_.emplace_back("clean-up"); }

 private:
  Task<Status> Last(std::string name) {
    const Finally end([this, name] { ends_.push_back(name); });
    co_await Sleep(loop(), std::chrono::hours(1));
    co_return OkStatus();
  }
  std::vector<std::string>& ends_;
};

TEST(FrameProcessor, IsCleanedUpOnceNothingOfItsOwnWaitsAnyMore) {
  std::vector<std::string> ends;
  Waiting waiting(ends);
  auto rig = std::make_unique<testing::Rig>(std::vector<FrameProcessor*>{&waiting});
  rig->Push(Text("one"));
  rig->Wait(milliseconds(1));
  rig.reset();

  EXPECT_THAT(ends, ElementsAre("handler", "background", "clean-up"));
}

TEST(FrameProcessor, CanBeStoppedAfterAnyNumberOfEvents) {
  for (int stop_after = 0; stop_after < 12; ++stop_after) {
    Streamer streamer;
    Slow slow(milliseconds(30));
    testing::Rig rig({&streamer, &slow});
    rig.Push(Make<LLMContextFrame>(nullptr));
    rig.Wait(milliseconds(25 * stop_after));
  }
}

}  // namespace
}  // namespace repartee
