#include "repartee/conversation/user_turn/false_interruption_strategy.h"

#include "repartee/conversation/user_turn/user_turn_for_test.h"
#include "repartee/pipeline/filters.h"

namespace repartee {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr const char* kInterrupted = "start(FalseInterruptionUserTurnStartStrategy)@";

class FalseInterruption : public UserTurn {
 protected:
  void UseStrategy(bool pause = true) {
    FalseInterruptionUserTurnStartOptions options;
    if (pause) options.output = &output_;
    UserTurnStrategies strategies;
    strategies.start.push_back(std::make_unique<FalseInterruptionUserTurnStartStrategy>(options));
    strategies.start.push_back(std::make_unique<VADUserTurnStartStrategy>());
    strategies.start.push_back(std::make_unique<TranscriptionUserTurnStartStrategy>());
    Use(std::move(strategies));
  }
  IdentityFilter output_;  // stands for the output transport: it is only named
};

TEST_F(FalseInterruption, OfANoiseLetsTheBotGoOnASecondAfterIt) {
  UseStrategy();
  BotStarts();

  VoiceStarts();
  Wait(300);
  VoiceStops();
  Wait(2000);

  EXPECT_THAT(log_, ElementsAre("pause bot()@0", "resume bot()@1300"));
}

TEST_F(FalseInterruption, TurnsIntoATrueOneWithTheFirstWords) {
  UseStrategy();
  BotStarts();

  VoiceStarts();
  Wait(300);
  Guess("wait");

  EXPECT_THAT(log_, ElementsAre("pause bot()@0", std::string(kInterrupted) + "300"));
}

TEST_F(FalseInterruption, IsAllThatABackchannelIs) {
  UseStrategy();
  BotStarts();

  VoiceStarts();
  Wait(200);
  Guess("yeah");
  VoiceStops();
  Wait(200);
  Hear("Yeah, I see. Mm-hm!");
  Wait(3000);

  EXPECT_THAT(log_, ElementsAre("pause bot()@0", "reset()@400", "backchannel(Yeah, I see. Mm-hm!)@400",
                                "resume bot()@400"));
}

TEST_F(FalseInterruption, IsNoneWhenMoreFollowsTheBackchannel) {
  UseStrategy();
  BotStarts();

  VoiceStarts();
  Guess("yeah");
  Guess("yeah but no");

  EXPECT_THAT(log_, ElementsAre("pause bot()@0", std::string(kInterrupted) + "0"));
}

TEST_F(FalseInterruption, WaitsWhileTheUserGoesOn) {
  UseStrategy();
  BotStarts();

  VoiceStarts();
  VoiceStops();
  Wait(800);
  VoiceStarts();
  Wait(5000);

  EXPECT_THAT(log_, ElementsAre("pause bot()@0"));
}

TEST_F(FalseInterruption, NeedNotPauseTheBot) {
  UseStrategy(false);
  BotStarts();

  VoiceStarts();
  VoiceStops();
  Wait(2000);

  EXPECT_THAT(log_, IsEmpty());
}

TEST_F(FalseInterruption, CannotHappenWhileTheBotIsSilent) {
  UseStrategy();
  BotStarts();
  BotStops();

  VoiceStarts();

  EXPECT_THAT(log_, ElementsAre("start(VADUserTurnStartStrategy)@0"));
}

}  // namespace
}  // namespace repartee
