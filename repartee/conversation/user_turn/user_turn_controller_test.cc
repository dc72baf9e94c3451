#include "repartee/conversation/user_turn/user_turn_controller.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "repartee/conversation/user_turn/user_turn_for_test.h"

namespace repartee {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr const char* kVad = "VADUserTurnStartStrategy";
constexpr const char* kTranscription = "TranscriptionUserTurnStartStrategy";

std::string Start(const char* strategy, int ms) {
  return std::string("start(") + strategy + ")@" + std::to_string(ms);
}

TEST_F(UserTurn, StartsWithTheVoiceAndStopsAfterTheSpeechTimeout) {
  UseSpeechTimeout();

  VoiceStarts();
  Wait(100);
  Hear("hello");
  Wait(100);
  VoiceStops();
  Wait(1000);

  EXPECT_THAT(log_, ElementsAre(Start(kVad, 0), "inference()@500", "stop()@500"));
}

TEST_F(UserTurn, ThatResumesWithinTheTimeoutGoesOn) {
  UseSpeechTimeout();

  VoiceStarts();
  Hear("one");
  VoiceStops();
  Wait(200);
  VoiceStarts();
  Wait(200);
  VoiceStops();
  Wait(1000);

  EXPECT_THAT(log_, ElementsAre(Start(kVad, 0), "inference()@700", "stop()@700"));
}

TEST_F(UserTurn, WaitsForTheRecognizersLatencyLessTheSilenceOfTheVad) {
  UseSpeechTimeout();

  See(Make<STTMetadataFrame>("stt", 0.9));
  VoiceStarts();
  Hear("early words");
  VoiceStops();
  Wait(1000);

  EXPECT_THAT(log_, ElementsAre(Start(kVad, 0), "inference()@700", "stop()@700"));
}

TEST_F(UserTurn, AFinalTranscriptEndsTheWaitForTheRecognizer) {
  UseSpeechTimeout();

  See(Make<STTMetadataFrame>("stt", 0.9));
  VoiceStarts();
  VoiceStops();
  Wait(100);
  HearFinal("all of it");
  Wait(1000);

  EXPECT_THAT(log_, ElementsAre(Start(kVad, 0), "inference()@300", "stop()@300"));
}

TEST_F(UserTurn, AGuessAfterAFinalTranscriptBringsTheWaitBack) {
  UseSpeechTimeout();

  See(Make<STTMetadataFrame>("stt", 0.9));
  VoiceStarts();
  HearFinal("a part");
  Guess("and then");
  VoiceStops();
  Wait(1000);

  EXPECT_THAT(log_, ElementsAre(Start(kVad, 0), "inference()@700", "stop()@700"));
}

TEST_F(UserTurn, StopsAsSoonAsTheTranscriptComesWhenAllWaitsAreOver) {
  UseSpeechTimeout();

  VoiceStarts();
  VoiceStops();
  Wait(700);
  Hear("late words");

  EXPECT_THAT(log_, ElementsAre(Start(kVad, 0), "inference()@700", "stop()@700"));
}

TEST_F(UserTurn, ATranscriptAfterTheTurnOpensANewOne) {
  UseSpeechTimeout();

  VoiceStarts();
  Hear("one");
  VoiceStops();
  Wait(400);
  Hear("two");
  Wait(200);
  Hear("three");
  Wait(1000);

  EXPECT_THAT(log_, ElementsAre(Start(kVad, 0), "inference()@300", "stop()@300", Start(kTranscription, 400),
                                "inference()@900", "stop()@900"));
}

TEST_F(UserTurn, BlankTranscriptsAreNoWords) {
  UseSpeechTimeout();

  Hear("  ");
  VoiceStarts();
  Hear(" ");
  VoiceStops();
  Wait(1000);

  EXPECT_THAT(log_, ElementsAre(Start(kVad, 0)));
}

TEST_F(UserTurn, TheWatchdogCountsFromTheLastThingThatHappened) {
  UseSpeechTimeout(milliseconds(400));

  VoiceStarts();
  Wait(1000);
  VoiceStops();
  Wait(200);
  Guess("uh");
  Wait(1000);

  EXPECT_THAT(log_, ElementsAre(Start(kVad, 0), "timeout()@1600", "stop()@1600"));
}

TEST_F(UserTurn, AMutedUserNoLongerHoldsTheTurn) {
  UseSpeechTimeout(milliseconds(400));

  VoiceStarts();
  Wait(100);
  controller_->OnUserMuted();
  Wait(1000);

  EXPECT_THAT(log_, ElementsAre(Start(kVad, 0), "timeout()@500", "stop()@500"));
}

TEST_F(UserTurn, NeedsEnoughWordsWhileTheBotSpeaks) {
  MinWordsUserTurnStartOptions options;
  options.min_words = 3;
  UserTurnStrategies strategies;
  strategies.start.push_back(std::make_unique<MinWordsUserTurnStartStrategy>(options));
  Use(std::move(strategies));

  See(Make<BotStartedSpeakingFrame>());
  Hear("yes sure");
  Guess("wait a moment");
  Hear("wait");

  EXPECT_THAT(log_, ElementsAre("reset()@0", Start("MinWordsUserTurnStartStrategy", 0)));
}

TEST_F(UserTurn, OneWordIsEnoughBehindATurnThatLetTheBotSpeakOn) {
  MinWordsUserTurnStartOptions options;
  options.min_words = 3;
  options.started.enable_interruptions = false;
  UserTurnStrategies strategies;
  strategies.start.push_back(std::make_unique<MinWordsUserTurnStartStrategy>(options));
  Use(std::move(strategies));

  See(Make<BotStartedSpeakingFrame>());
  Hear("wait a moment");
  Wait(1000);
  log_.clear();
  Hear("wait");

  EXPECT_THAT(log_, ElementsAre(Start("MinWordsUserTurnStartStrategy", 1000)));
}

TEST_F(UserTurn, OneWordIsEnoughWhileTheBotIsSilent) {
  MinWordsUserTurnStartOptions options;
  options.min_words = 3;
  options.use_interim = false;
  UserTurnStrategies strategies;
  strategies.start.push_back(std::make_unique<MinWordsUserTurnStartStrategy>(options));
  Use(std::move(strategies));

  See(Make<BotStartedSpeakingFrame>());
  See(Make<BotStoppedSpeakingFrame>());
  Guess("yes");
  EXPECT_THAT(log_, IsEmpty());
  Hear("yes");

  EXPECT_THAT(log_, ElementsAre(Start("MinWordsUserTurnStartStrategy", 0)));
}

UserTurnStrategies External() {
  UserTurnStrategies strategies;
  strategies.start.push_back(std::make_unique<ExternalUserTurnStartStrategy>());
  strategies.stop.push_back(std::make_unique<ExternalUserTurnStopStrategy>());
  return strategies;
}

TEST_F(UserTurn, ProposedBySomebodyElseIsStartedAndStopped) {
  Use(External());
  EXPECT_TRUE(controller_->resolves_proposed_starts());
  EXPECT_TRUE(controller_->resolves_proposed_stops());

  See(Make<ProposedUserStartedSpeakingFrame>());
  Guess("he");
  Hear("hello");
  Wait(1000);
  See(Make<ProposedUserStoppedSpeakingFrame>());

  EXPECT_THAT(log_,
              ElementsAre(Start("ExternalUserTurnStartStrategy", 0), "inference()@1000", "stop()@1000"));
}

TEST_F(UserTurn, AnnouncedBySomebodyElseIsNotAnnouncedAgain) {
  Use(External());

  See(Make<UserStartedSpeakingFrame>());
  See(Make<UserStoppedSpeakingFrame>());
  Wait(100);
  Guess("he");
  Hear("hello");
  Wait(1000);

  EXPECT_THAT(log_, ElementsAre("start unannounced(ExternalUserTurnStartStrategy)@0", "inference()@600",
                                "stop unannounced()@600"));
}

TEST_F(UserTurn, IsNotStoppedByAnotherStrategyWhileTheUserSpeaks) {
  UserTurnStrategies strategies;
  strategies.stop.push_back(std::make_unique<ExternalUserTurnStopStrategy>());
  Use(std::move(strategies));

  VoiceStarts();
  Hear("hello");
  Wait(600);

  EXPECT_THAT(log_, ElementsAre(Start(kVad, 0), "inference()@500"));
}

}  // namespace
}  // namespace repartee
