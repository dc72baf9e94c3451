// TurnAnalyzerUserTurnStopStrategy: the turn is over when a model that has heard it says
// so, and the recognizer had its time for the words.
//
// The model is asked when the voice stops; a verdict of "not complete" leaves the turn
// open until the user goes on, or for three seconds of silence. The recognizer is waited
// for as long as its metadata says, counted from the end of speech.
//
// Thread: the conversation's loop.
#pragma once

#include <memory>
#include <optional>

#include "repartee/audio/resampler.h"
#include "repartee/audio/turn_analyzer.h"
#include "repartee/conversation/user_turn/strategy.h"

namespace repartee {

struct InputAudioRawFrame;
struct TranscriptionFrame;
struct VADUserStoppedSpeakingFrame;

struct TurnAnalyzerUserTurnStopOptions {
  bool wait_for_transcript = true;  // no words, no stop
  UserTurnStoppedParams stopped{};
};

class TurnAnalyzerUserTurnStopStrategy final : public BaseUserTurnStopStrategy {
 public:
  // `analyzer` is not null.
  explicit TurnAnalyzerUserTurnStopStrategy(std::unique_ptr<TurnAnalyzer> analyzer,
                                            TurnAnalyzerUserTurnStopOptions options = {});
  ~TurnAnalyzerUserTurnStopStrategy() override;

  StrategyResult Process(const Frame& frame) override;
  void OnTurnStarted() override;
  void OnTurnStopped() override;
  void Attach(UserTurnHost& host) override;
  void Detach() override;

 private:
  struct Question;

  void Listen(const InputAudioRawFrame& frame);
  void OnVoiceStarted(double start_secs);
  void OnVoiceStopped(const VADUserStoppedSpeakingFrame& frame);
  void OnVerdict(const Question& question, const Result<double>& probability);
  void OnTranscript(const TranscriptionFrame& frame);
  void WaitForStt(Nanos wait);
  void StopIfDone();
  void ForgetWaits();

  const std::unique_ptr<TurnAnalyzer> analyzer_;
  const TurnAnalyzerUserTurnStopOptions options_;
  std::optional<Resampler> resampler_;
  std::shared_ptr<Question> question_;  // under way; its answer counts only while it is this one
  std::optional<Timer> stt_timer_;      // from Attach to Detach
  Nanos stt_latency_{0};
  double vad_stop_secs_ = 0.2;
  bool voice_ = false;       // the VAD hears the user
  bool voice_seen_ = false;  // it did in this turn
  bool has_text_ = false;
  bool finalized_ = false;
  bool stt_wait_over_ = false;
  bool complete_ = false;
};

}  // namespace repartee
