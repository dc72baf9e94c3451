#include "repartee/pipeline/filters.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "repartee/frames/llm_frames.h"
#include "repartee/frames/speaking_frames.h"
#include "repartee/frames/text_frames.h"
#include "repartee/pipeline/gated_aggregator.h"
#include "repartee/pipeline/testing/rig.h"

namespace repartee {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> Names(const std::vector<testing::Observed>& seen) {
  std::vector<std::string> names;
  for (const auto& one : seen) {
    const auto* text = one.frame->As<TextFrame>();
    names.push_back(text ? text->text : std::string(one.frame->type_name()));
  }
  return names;
}

TEST(FrameFilter, LetsItsTypesSystemFramesAndTheEndThrough) {
  FrameFilter filter({FrameType::kText});
  testing::Rig rig({&filter});

  rig.Push(Make<TextFrame>("one"));
  rig.Push(Make<LLMTextFrame>("two"));
  rig.Push(Make<UserStartedSpeakingFrame>());
  rig.Push(Make<EndFrame>());
  rig.Run();

  EXPECT_THAT(Names(rig.downstream()), ElementsAre("one", "UserStartedSpeakingFrame", "EndFrame"));
}

TEST(FunctionFilter, FiltersItsDirectionAndSparesSystemFrames) {
  FunctionFilter filter([](const Frame& frame) {
    const auto* text = frame.As<TextFrame>();
    return text && text->text != "no";
  });
  testing::Rig rig({&filter});

  rig.Push(Make<TextFrame>("yes"));
  rig.Push(Make<TextFrame>("no"));
  rig.Push(Make<UserStartedSpeakingFrame>());
  rig.Push(Make<TextFrame>("no"), Direction::kUpstream);
  rig.Push(Make<EndFrame>());
  rig.Run();

  EXPECT_THAT(Names(rig.downstream()), ElementsAre("yes", "UserStartedSpeakingFrame", "EndFrame"));
  EXPECT_THAT(Names(rig.upstream()), ElementsAre("no"));
}

TEST(FunctionFilter, OfBothDirectionsAndSystemFramesStillLetsTheEndThrough) {
  FunctionFilterOptions options;
  options.direction = std::nullopt;
  options.filter_system_frames = true;
  FunctionFilter filter([](const Frame&) { return false; }, options);
  testing::Rig rig({&filter});

  rig.Push(Make<UserStartedSpeakingFrame>());
  rig.Push(Make<TextFrame>("up"), Direction::kUpstream);
  rig.Push(Make<EndFrame>());
  rig.Run();

  EXPECT_THAT(Names(rig.downstream()), ElementsAre("EndFrame"));
  EXPECT_THAT(Names(rig.upstream()), IsEmpty());
}

TEST(NullFilter, SwallowsAllButSystemFramesAndTheEnd) {
  IdentityFilter identity;
  NullFilter filter;
  testing::Rig rig({&identity, &filter});

  rig.Push(Make<TextFrame>("one"));
  rig.Push(Make<UserStartedSpeakingFrame>());
  rig.Push(Make<EndFrame>());
  rig.Run();

  EXPECT_THAT(Names(rig.downstream()), ElementsAre("UserStartedSpeakingFrame", "EndFrame"));
}

GatedAggregatorOptions OpensOnGoClosesOnStop() {
  const auto says = [](const char* word) {
    return
        [word](const Frame& frame) { return frame.Is<TextFrame>() && frame.As<TextFrame>()->text == word; };
  };
  GatedAggregatorOptions options;
  options.gate_open_fn = says("go");
  options.gate_close_fn = says("stop");
  return options;
}

TEST(GatedAggregator, HoldsFramesUntilTheGateOpens) {
  GatedAggregator gate(OpensOnGoClosesOnStop());
  testing::Rig rig({&gate});

  for (const char* text : {"one", "go", "two", "stop", "three"}) rig.Push(Make<TextFrame>(text));
  rig.Wait(std::chrono::milliseconds(1));

  EXPECT_THAT(Names(rig.downstream()), ElementsAre("go", "one", "two"));
  EXPECT_FALSE(gate.open());
}

TEST(GatedAggregator, ForgetsWhatWaitsOnAnInterruption) {
  GatedAggregator gate(OpensOnGoClosesOnStop());
  testing::Rig rig({&gate});

  rig.Push(Make<TextFrame>("stale"));
  auto kept = Make<TextFrame>("kept");
  kept->set_interruptible(false);
  rig.Push(std::move(kept));
  rig.Wait(std::chrono::milliseconds(1));
  rig.Push(Make<InterruptionFrame>());
  rig.Push(Make<TextFrame>("go"));
  rig.Wait(std::chrono::milliseconds(1));

  EXPECT_THAT(Names(rig.downstream()), ElementsAre("InterruptionFrame", "go", "kept"));
}

TEST(GatedLLMContextAggregator, GivesTheLatestContextWhenReleased) {
  GatedLLMContextAggregator gate;
  testing::Rig rig({&gate});
  auto second = Make<LLMContextFrame>(nullptr);
  const auto id = second->id();

  rig.Push(Make<LLMContextFrame>(nullptr));
  rig.Push(std::move(second));
  rig.Push(Make<TextFrame>("passes"));
  rig.Wait(std::chrono::milliseconds(1));
  EXPECT_THAT(Names(rig.downstream()), ElementsAre("passes"));
  gate.Release();
  rig.Wait(std::chrono::milliseconds(1));

  ASSERT_THAT(Names(rig.downstream()), ElementsAre("passes", "LLMContextFrame"));
  EXPECT_EQ(rig.downstream()[1].frame->id(), id);
}

}  // namespace
}  // namespace repartee
