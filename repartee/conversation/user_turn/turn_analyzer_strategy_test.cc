#include "repartee/conversation/user_turn/turn_analyzer_strategy.h"

#include "repartee/conversation/user_turn/user_turn_for_test.h"
#include "repartee/frames/audio_frames.h"

namespace repartee {
namespace {

using ::testing::ElementsAre;

constexpr const char* kStarted = "start(VADUserTurnStartStrategy)@0";

// Answers with the next of the given probabilities after 80 ms.
class ScriptedModel final : public EndOfTurnModel {
 public:
  explicit ScriptedModel(std::vector<double> answers) : answers_(std::move(answers)) {}
  void Predict(EventLoop& loop, std::vector<std::int16_t>,
               UniqueFunction<void(Result<double>)> done) override {
    const Result<double> answer =
        asked_ < answers_.size() ? Result<double>(answers_[asked_]) : Status::Internal("out of answers");
    ++asked_;
    pending_.push_back(std::move(done));
    const std::size_t which = pending_.size() - 1;
    timers_.push_back(
        std::make_unique<Timer>(loop, [this, which, answer] { std::move(pending_[which])(answer); }));
    timers_.back()->Arm(std::chrono::milliseconds(80));
  }
  std::string name() const override { return "scripted"; }

 private:
  const std::vector<double> answers_;
  std::size_t asked_ = 0;
  std::vector<UniqueFunction<void(Result<double>)>> pending_;
  std::vector<std::unique_ptr<Timer>> timers_;
};

class TurnModel : public UserTurn {
 protected:
  void UseModel(std::vector<double> answers) {
    auto analyzer = std::make_unique<TurnAnalyzer>(std::make_unique<ScriptedModel>(std::move(answers)));
    UserTurnStrategies strategies;
    strategies.stop.push_back(std::make_unique<TurnAnalyzerUserTurnStopStrategy>(std::move(analyzer)));
    Use(std::move(strategies), std::chrono::seconds(20));
    See(Make<STTMetadataFrame>("stt", 0.5));
  }
  // The voice stops now, by the wall clock too.
  void VoiceStopsNow() { See(Make<VADUserStoppedSpeakingFrame>(0.2, ToSeconds(loop_.wall_now()))); }
  void Silence(int ms) {
    for (int at = 0; at < ms; at += 20) {
      See(Make<InputAudioRawFrame>(AudioBuffer::Silence(640), 16000, 1));
      Wait(20);
    }
  }
};

TEST_F(TurnModel, ThatCallsTheTurnCompleteStopsItWhenTheRecognizerHadItsTime) {
  UseModel({0.9});

  VoiceStarts();
  Hear("hello there");
  VoiceStopsNow();
  Wait(1000);

  // 0.5 s of latency from the end of speech, 0.2 s before.
  EXPECT_THAT(log_, ElementsAre(kStarted, "metrics()@80", "inference()@300", "stop()@300"));
}

TEST_F(TurnModel, NeedsNoMoreTimeForAFinalTranscript) {
  UseModel({0.9});

  VoiceStarts();
  VoiceStopsNow();
  Wait(100);
  HearFinal("hello there");

  EXPECT_THAT(log_, ElementsAre(kStarted, "metrics()@80", "inference()@100", "stop()@100"));
}

TEST_F(TurnModel, ThatCallsTheTurnIncompleteWaitsForThreeSecondsOfSilence) {
  UseModel({0.1});

  VoiceStarts();
  See(Make<InputAudioRawFrame>(AudioBuffer::Silence(640), 16000, 1));
  HearFinal("and then I");
  VoiceStopsNow();
  Silence(4000);

  EXPECT_THAT(log_, ElementsAre(kStarted, "metrics()@80", "inference()@2980", "stop()@2980"));
}

TEST_F(TurnModel, IsAskedAgainWhenTheUserGoesOn) {
  UseModel({0.1, 0.8});

  VoiceStarts();
  VoiceStopsNow();
  Wait(500);
  VoiceStarts();
  Hear("and then I left");
  VoiceStopsNow();
  Wait(1000);

  EXPECT_THAT(log_, ElementsAre(kStarted, "metrics()@80", "metrics()@580", "inference()@800", "stop()@800"));
}

TEST_F(TurnModel, WhoseAnswerComesTooLateCountsForNothing) {
  UseModel({0.9, 0.1});

  VoiceStarts();
  Hear("hello");
  VoiceStopsNow();
  Wait(50);
  VoiceStarts();
  Wait(1000);

  EXPECT_THAT(log_, ElementsAre(kStarted));
}

TEST_F(TurnModel, ThatFailsLeavesTheEndToSilence) {
  UseModel({});

  VoiceStarts();
  See(Make<InputAudioRawFrame>(AudioBuffer::Silence(640), 16000, 1));
  HearFinal("hello");
  VoiceStopsNow();
  Silence(3500);

  EXPECT_THAT(log_, ElementsAre(kStarted, "inference()@2980", "stop()@2980"));
}

TEST_F(TurnModel, IsNotNeededWhereTheVadHeardNothing) {
  UseModel({});

  Hear("hello");
  Wait(1000);

  EXPECT_THAT(log_,
              ElementsAre("start(TranscriptionUserTurnStartStrategy)@0", "inference()@300", "stop()@300"));
}

}  // namespace
}  // namespace repartee
