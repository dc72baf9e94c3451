// When a user's turn stops. Thread: the conversation's loop.
#pragma once

#include <optional>

#include "repartee/conversation/user_turn/strategy.h"

namespace repartee {

struct TranscriptionFrame;

struct SpeechTimeoutUserTurnStopOptions {
  Nanos user_speech_timeout = std::chrono::milliseconds(600);  // for the user to go on after a pause
  bool wait_for_transcript = true;                             // no words, no stop
  UserTurnStoppedParams stopped{};
};

// Silence for so long, and the recognizer had its time: two waits from the voice's
// stop, one of user_speech_timeout, one of the recognizer's latency (as its metadata
// tells it) less the silence the VAD has already waited; a transcript marked final
// ends the second. Words without any voice restart the first.
class SpeechTimeoutUserTurnStopStrategy final : public BaseUserTurnStopStrategy {
 public:
  explicit SpeechTimeoutUserTurnStopStrategy(SpeechTimeoutUserTurnStopOptions options = {});

  StrategyResult Process(const Frame& frame) override;
  void OnTurnStarted() override;
  void OnTurnStopped() override;
  void Attach(UserTurnHost& host) override;
  void Detach() override;

 private:
  void OnVoiceStarted();
  void OnVoiceStopped(double stop_secs);
  void OnTranscript(const TranscriptionFrame& frame);
  void RestartSpeechWait();
  void StopIfDone();
  void ForgetWaits();

  const SpeechTimeoutUserTurnStopOptions options_;
  Nanos stt_latency_{0};
  std::optional<Timer> speech_timer_;  // from Attach to Detach
  std::optional<Timer> stt_timer_;
  bool voice_ = false;          // the VAD hears the user
  bool voice_stopped_ = false;  // it did in this turn, and has stopped
  bool has_text_ = false;
  bool finalized_ = false;
  bool speech_wait_over_ = false;
  bool stt_wait_over_ = false;
};

struct ExternalUserTurnStopOptions {
  Nanos settle = std::chrono::milliseconds(500);  // after a transcript, for another one to come
  bool wait_for_transcript = true;                // no words, no stop
  UserTurnStoppedParams stopped{};
};

// Somebody else rules: a proposed stop, or one already announced (UserStoppedSpeaking
// from elsewhere: noted without frames of ours), and the words are there.
class ExternalUserTurnStopStrategy final : public BaseUserTurnStopStrategy {
 public:
  explicit ExternalUserTurnStopStrategy(ExternalUserTurnStopOptions options = {});

  StrategyResult Process(const Frame& frame) override;
  void OnTurnStarted() override { Forget(); }
  void OnTurnStopped() override { Forget(); }
  bool ResolvesProposedTurns() const override { return true; }
  void Attach(UserTurnHost& host) override;
  void Detach() override;

 private:
  void OnStopped(bool announced);
  void StopIfDone();
  void Forget();

  const ExternalUserTurnStopOptions options_;
  std::optional<Timer> settle_timer_;  // from Attach to Detach
  bool speaking_ = false;              // as somebody else tells
  bool announced_ = false;
  bool has_text_ = false;
  bool interim_pending_ = false;
};

}  // namespace repartee
