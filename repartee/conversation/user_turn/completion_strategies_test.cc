#include "repartee/conversation/user_turn/completion_strategies.h"

#include "repartee/conversation/user_turn/user_turn_for_test.h"

namespace repartee {
namespace {

using ::testing::ElementsAre;

constexpr const char* kStarted = "start(VADUserTurnStartStrategy)@0";

class Completion : public UserTurn {
 protected:
  void UseDeferred() {
    SpeechTimeoutUserTurnStopOptions options;
    options.user_speech_timeout = std::chrono::milliseconds(300);
    UserTurnStrategies strategies;
    strategies.stop = FilterIncompleteUserTurns(std::make_unique<SpeechTimeoutUserTurnStopStrategy>(options));
    Use(std::move(strategies));
  }
  void Speak() {
    VoiceStarts();
    Hear("well");
    VoiceStops();
  }
};

TEST_F(Completion, ADeferredStopOnlyTriggersTheInference) {
  UseDeferred();

  Speak();
  Wait(1000);

  EXPECT_THAT(log_, ElementsAre(kStarted, "inference()@300"));
  EXPECT_TRUE(controller_->turn_open());
}

TEST_F(Completion, ACompletedInferenceStopsTheTurn) {
  UseDeferred();

  Speak();
  Wait(1000);
  See(Make<UserTurnInferenceCompletedFrame>());

  EXPECT_THAT(log_, ElementsAre(kStarted, "inference()@300", "stop()@1000"));
}

TEST_F(Completion, TheWatchdogEndsATurnThatNobodyCompletes) {
  UseDeferred();

  Speak();
  Wait(10000);

  EXPECT_THAT(log_, ElementsAre(kStarted, "inference()@300", "timeout()@5300", "stop()@5300"));
}

TEST_F(Completion, MeansNothingWhileTheUserSpeaks) {
  UseDeferred();

  Speak();
  Wait(1000);
  VoiceStarts();
  See(Make<UserTurnInferenceCompletedFrame>());

  EXPECT_TRUE(controller_->turn_open());
}

}  // namespace
}  // namespace repartee
