#include "repartee/conversation/user_turn/eager_stop_strategy.h"

#include "repartee/conversation/user_turn/user_turn_for_test.h"
#include "repartee/frames/lifecycle_frames.h"

namespace repartee {
namespace {

using ::testing::ElementsAre;

constexpr const char* kStarted = "start(VADUserTurnStartStrategy)@0";

class Eager : public UserTurn {
 protected:
  void UseEager(EagerUserTurnStopOptions eager = {}) {
    SpeechTimeoutUserTurnStopOptions options;
    options.user_speech_timeout = std::chrono::milliseconds(300);
    UserTurnStrategies strategies;
    strategies.stop.push_back(std::make_unique<EagerUserTurnStopStrategy>(
        std::make_unique<SpeechTimeoutUserTurnStopStrategy>(options), eager));
    Use(std::move(strategies));
  }
  void GuessTheEnd(const char* text) { See(Make<EagerTranscriptionFrame>(text, "u", "")); }
};

TEST_F(Eager, AnswerIsConfirmedWhenTheSameWordsEndTheTurn) {
  UseEager();

  VoiceStarts();
  GuessTheEnd("what's the time");
  VoiceStops();
  Wait(100);
  Hear("What’s the time?");
  Wait(1000);

  EXPECT_THAT(log_, ElementsAre(kStarted, "eager(what's the time)@0", "eager confirmed()@300", "stop()@300"));
}

TEST_F(Eager, AnswerIsThrownAwayWhenOtherWordsEndTheTurn) {
  UseEager();

  VoiceStarts();
  GuessTheEnd("what's the time");
  VoiceStops();
  Hear("What's the time in Rome?");
  Wait(1000);

  EXPECT_THAT(log_, ElementsAre(kStarted, "eager(what's the time)@0", "eager cancelled()@300",
                                "inference()@300", "stop()@300"));
}

TEST_F(Eager, AnswerIsThrownAwayWhenTheUserGoesOn) {
  UseEager();

  VoiceStarts();
  GuessTheEnd("what's the time");
  VoiceStops();
  Wait(100);
  VoiceStarts();

  EXPECT_THAT(log_, ElementsAre(kStarted, "eager(what's the time)@0", "eager cancelled()@100"));
}

TEST_F(Eager, AnswerIsThrownAwayAfterFiveSeconds) {
  UseEager();

  VoiceStarts();
  GuessTheEnd("what's the time");
  Wait(6000);

  EXPECT_THAT(log_, ElementsAre(kStarted, "eager(what's the time)@0", "eager cancelled()@5000"));
}

TEST_F(Eager, TheModelIsAskedAnewWhenAnInterruptionHasCutItsAnswer) {
  UseEager();

  VoiceStarts();
  GuessTheEnd("what's the time");
  See(Make<InterruptionFrame>());
  VoiceStops();
  Hear("What's the time?");
  Wait(6000);

  EXPECT_THAT(log_, ElementsAre(kStarted, "eager(what's the time)@0", "inference()@300", "stop()@300"));
}

TEST_F(Eager, AnswersReplaceEachOther) {
  UseEager();

  VoiceStarts();
  GuessTheEnd("what's");
  GuessTheEnd("What's?");
  GuessTheEnd("what's the time");

  EXPECT_THAT(log_,
              ElementsAre(kStarted, "eager(what's)@0", "eager cancelled()@0", "eager(what's the time)@0"));
}

TEST_F(Eager, CanBeginOnOrdinaryTranscripts) {
  EagerUserTurnStopOptions options;
  options.eager_on_transcripts = true;
  UseEager(options);

  VoiceStarts();
  Wait(500);
  VoiceStops();
  Hear("What's the time?");
  Wait(1000);

  EXPECT_THAT(log_,
              ElementsAre(kStarted, "eager(What's the time?)@500", "eager confirmed()@800", "stop()@800"));
}

}  // namespace
}  // namespace repartee
