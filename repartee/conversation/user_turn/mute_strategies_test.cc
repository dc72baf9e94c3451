#include "repartee/conversation/user_turn/mute_strategies.h"

#include <gtest/gtest.h>

#include "repartee/frames/function_call_frames.h"
#include "repartee/frames/lifecycle_frames.h"
#include "repartee/frames/speaking_frames.h"

namespace repartee {
namespace {

template <class F>
bool Muted(BaseUserMuteStrategy& strategy) {
  return strategy.Process(*Make<F>());
}

TEST(AlwaysUserMuteStrategy, MutesWhileTheBotSpeaks) {
  AlwaysUserMuteStrategy strategy;

  EXPECT_FALSE(Muted<UserSpeakingFrame>(strategy));
  EXPECT_TRUE(Muted<BotStartedSpeakingFrame>(strategy));
  EXPECT_TRUE(Muted<UserSpeakingFrame>(strategy));
  EXPECT_FALSE(Muted<BotStoppedSpeakingFrame>(strategy));
  EXPECT_TRUE(Muted<BotStartedSpeakingFrame>(strategy));
}

TEST(FirstSpeechUserMuteStrategy, MutesTheFirstSpeechAlone) {
  FirstSpeechUserMuteStrategy strategy;

  EXPECT_FALSE(Muted<UserSpeakingFrame>(strategy));
  EXPECT_TRUE(Muted<BotStartedSpeakingFrame>(strategy));
  EXPECT_FALSE(Muted<BotStoppedSpeakingFrame>(strategy));
  EXPECT_FALSE(Muted<BotStartedSpeakingFrame>(strategy));
}

TEST(MuteUntilFirstBotCompleteUserMuteStrategy, MutesFromTheBeginningToTheEndOfTheFirstSpeech) {
  MuteUntilFirstBotCompleteUserMuteStrategy strategy;

  EXPECT_TRUE(Muted<UserSpeakingFrame>(strategy));
  EXPECT_TRUE(Muted<BotStartedSpeakingFrame>(strategy));
  EXPECT_TRUE(strategy.Process(*Make<ErrorFrame>("late")));
  EXPECT_FALSE(Muted<BotStoppedSpeakingFrame>(strategy));
  EXPECT_FALSE(Muted<BotStartedSpeakingFrame>(strategy));
}

TEST(MuteUntilFirstBotCompleteUserMuteStrategy, GivesUpWhenAnErrorComesBeforeTheBotSpoke) {
  MuteUntilFirstBotCompleteUserMuteStrategy strategy;

  EXPECT_TRUE(Muted<UserSpeakingFrame>(strategy));
  EXPECT_FALSE(strategy.Process(*Make<ErrorFrame>("no voice")));
}

TEST(FunctionCallUserMuteStrategy, MutesUntilTheLastCallHasEnded) {
  FunctionCallUserMuteStrategy strategy;
  std::vector<FunctionCallFromLLM> calls(2);
  calls[0].tool_call_id = "c1";
  calls[1].tool_call_id = "c2";

  EXPECT_TRUE(strategy.Process(*Make<FunctionCallsStartedFrame>(calls)));
  EXPECT_TRUE(strategy.Process(*Make<FunctionCallResultFrame>("f", "c1", Json::object(), "r")));
  EXPECT_TRUE(strategy.Process(*Make<FunctionCallResultFrame>("f", "c1", Json::object(), "the twin")));
  EXPECT_FALSE(strategy.Process(*Make<FunctionCallCancelFrame>("f", "c2")));
}

TEST(FunctionCallUserMuteStrategy, AnIntermediateResultEndsNoCall) {
  FunctionCallUserMuteStrategy strategy;
  std::vector<FunctionCallFromLLM> calls(1);
  calls[0].tool_call_id = "c1";
  auto update = Make<FunctionCallResultFrame>("f", "c1", Json::object(), "half way");
  update->properties.emplace();
  update->properties->is_final = false;

  strategy.Process(*Make<FunctionCallsStartedFrame>(calls));

  EXPECT_TRUE(strategy.Process(*update));
}

}  // namespace
}  // namespace repartee
