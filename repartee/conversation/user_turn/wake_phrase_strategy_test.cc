#include "repartee/conversation/user_turn/wake_phrase_strategy.h"

#include "repartee/conversation/user_turn/user_turn_for_test.h"

namespace repartee {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr const char* kWoken = "start(WakePhraseUserTurnStartStrategy)@";

class WakePhrase : public UserTurn {
 protected:
  void UseWakePhrase(bool single_activation = false) {
    WakePhraseUserTurnStartOptions options;
    options.phrases = {"hey robot", "computer"};
    options.single_activation = single_activation;
    UserTurnStrategies strategies;
    auto wake = std::make_unique<WakePhraseUserTurnStartStrategy>(options);
    wake_ = wake.get();
    strategies.start.push_back(std::move(wake));
    strategies.start.push_back(std::make_unique<VADUserTurnStartStrategy>());
    strategies.start.push_back(std::make_unique<TranscriptionUserTurnStartStrategy>());
    Use(std::move(strategies));
  }
  WakePhraseUserTurnStartStrategy* wake_ = nullptr;
};

TEST_F(WakePhrase, NothingStartsATurnWhileTheBotSleeps) {
  UseWakePhrase();

  VoiceStarts();
  Hear("what is the weather");
  VoiceStops();
  Wait(1000);

  EXPECT_THAT(log_, ElementsAre("reset()@0"));
}

TEST_F(WakePhrase, StartsATurnInAnyCaseAndWithOrWithoutBlanks) {
  for (const char* text : {"Hey, Robot! What's up?", "heyrobot", "well COMPUTER please"}) {
    log_.clear();
    UseWakePhrase();
    Hear(text);
    EXPECT_THAT(log_, ElementsAre(std::string(kWoken) + "0")) << text;
    controller_->Stop();
  }
}

TEST_F(WakePhrase, MustBeWholeWords) {
  UseWakePhrase();

  Hear("they robots");
  Hear("supercomputer");
  Hear("computers");

  EXPECT_THAT(log_, Each("reset()@0"));
  EXPECT_FALSE(wake_->awake());
}

TEST_F(WakePhrase, MayComeInTwoTranscripts) {
  UseWakePhrase();

  Hear("hey");
  Hear("robot");

  EXPECT_THAT(log_, ElementsAre("reset()@0", std::string(kWoken) + "0"));
}

TEST_F(WakePhrase, LetsTheOtherStrategiesRuleOnceAwake) {
  UseWakePhrase();
  Hear("computer");
  Wait(3000);
  log_.clear();

  VoiceStarts();

  EXPECT_THAT(log_, ElementsAre("start(VADUserTurnStartStrategy)@3000"));
}

TEST_F(WakePhrase, SleepsAgainAfterTenSecondsWithoutAWord) {
  UseWakePhrase();
  Hear("computer");
  Wait(9000);
  See(Make<BotSpeakingFrame>());
  Wait(9900);
  EXPECT_TRUE(wake_->awake());
  Wait(200);

  EXPECT_FALSE(wake_->awake());
  log_.clear();
  VoiceStarts();
  EXPECT_THAT(log_, IsEmpty());
}

TEST_F(WakePhrase, HoldsForItsTimeAloneIfItActivatesOnce) {
  UseWakePhrase(true);
  Hear("computer");
  Wait(9000);
  VoiceStarts();
  EXPECT_TRUE(wake_->awake());
  Wait(1100);

  EXPECT_FALSE(wake_->awake());
}

TEST_F(WakePhrase, IsNotTakenFromAGuess) {
  UseWakePhrase();

  Guess("computer");

  EXPECT_THAT(log_, IsEmpty());
  EXPECT_FALSE(wake_->awake());
}

}  // namespace
}  // namespace repartee
