#include "repartee/conversation/user_turn/stop_strategies.h"

#include <algorithm>

#include "repartee/conversation/user_turn/words.h"
#include "repartee/frames/service_frames.h"
#include "repartee/frames/speaking_frames.h"
#include "repartee/frames/text_frames.h"

namespace repartee {

// ---------------------------------------------------------------- speech timeout

SpeechTimeoutUserTurnStopStrategy::SpeechTimeoutUserTurnStopStrategy(SpeechTimeoutUserTurnStopOptions options)
    : BaseUserTurnStopStrategy("SpeechTimeoutUserTurnStopStrategy"), options_(options) {}

void SpeechTimeoutUserTurnStopStrategy::Attach(UserTurnHost& host) {
  BaseUserTurnStopStrategy::Attach(host);
  speech_timer_.emplace(host.loop(), [this] {
    speech_wait_over_ = true;
    StopIfDone();
  });
  stt_timer_.emplace(host.loop(), [this] {
    stt_wait_over_ = true;
    StopIfDone();
  });
}

void SpeechTimeoutUserTurnStopStrategy::Detach() {
  BaseUserTurnStopStrategy::Detach();
  speech_timer_.reset();
  stt_timer_.reset();
}

StrategyResult SpeechTimeoutUserTurnStopStrategy::Process(const Frame& frame) {
  switch (frame.type()) {
    case FrameType::kSTTMetadata:
      stt_latency_ = FromSeconds(frame.As<STTMetadataFrame>()->ttfs_p99_latency);
      break;
    case FrameType::kVADUserStartedSpeaking: OnVoiceStarted(); break;
    case FrameType::kVADUserStoppedSpeaking:
      OnVoiceStopped(frame.As<VADUserStoppedSpeakingFrame>()->stop_secs);
      break;
    case FrameType::kTranscription: OnTranscript(*frame.As<TranscriptionFrame>()); break;
    // More is on its way, so an earlier final one does not cover it all.
    case FrameType::kInterimTranscription: finalized_ = false; break;
    default: break;
  }
  return StrategyResult::kContinue;
}

// What the VAD hears now is no part of the turn and stays: it tells of a start again
// only after a stop.
void SpeechTimeoutUserTurnStopStrategy::OnTurnStarted() {
  has_text_ = false;
  ForgetWaits();
}

void SpeechTimeoutUserTurnStopStrategy::OnTurnStopped() {
  has_text_ = false;
  voice_ = false;
  ForgetWaits();
}

void SpeechTimeoutUserTurnStopStrategy::ForgetWaits() {
  voice_stopped_ = false;
  finalized_ = false;
  speech_wait_over_ = false;
  stt_wait_over_ = false;
  speech_timer_->Disarm();
  stt_timer_->Disarm();
}

void SpeechTimeoutUserTurnStopStrategy::OnVoiceStarted() {
  voice_ = true;
  ForgetWaits();
}

void SpeechTimeoutUserTurnStopStrategy::OnVoiceStopped(double stop_secs) {
  voice_ = false;
  voice_stopped_ = true;
  RestartSpeechWait();
  const Nanos stt_wait = stt_latency_ - FromSeconds(stop_secs);
  stt_wait_over_ = finalized_ || stt_wait <= Nanos(0);
  if (!stt_wait_over_) stt_timer_->Arm(stt_wait);
}

void SpeechTimeoutUserTurnStopStrategy::OnTranscript(const TranscriptionFrame& frame) {
  if (!IsBlank(frame.text)) has_text_ = true;
  if (frame.finalized) {
    finalized_ = true;
    stt_wait_over_ = true;
    stt_timer_->Disarm();
  }
  if (speech_wait_over_ && stt_wait_over_) return StopIfDone();
  if (voice_ || voice_stopped_) return;
  // No voice in this turn: all there is to measure is the time since the last words.
  stt_wait_over_ = true;
  RestartSpeechWait();
}

void SpeechTimeoutUserTurnStopStrategy::RestartSpeechWait() {
  speech_wait_over_ = false;
  speech_timer_->Arm(options_.user_speech_timeout);
}

void SpeechTimeoutUserTurnStopStrategy::StopIfDone() {
  if (voice_ || !speech_wait_over_ || !stt_wait_over_) return;
  if (options_.wait_for_transcript && !has_text_) return;
  TriggerUserTurnStopped(options_.stopped);
}

// ---------------------------------------------------------------- external

ExternalUserTurnStopStrategy::ExternalUserTurnStopStrategy(ExternalUserTurnStopOptions options)
    : BaseUserTurnStopStrategy("ExternalUserTurnStopStrategy"), options_(options) {}

void ExternalUserTurnStopStrategy::Attach(UserTurnHost& host) {
  BaseUserTurnStopStrategy::Attach(host);
  settle_timer_.emplace(host.loop(), [this] { StopIfDone(); });
}

void ExternalUserTurnStopStrategy::Detach() {
  BaseUserTurnStopStrategy::Detach();
  settle_timer_.reset();
}

StrategyResult ExternalUserTurnStopStrategy::Process(const Frame& frame) {
  switch (frame.type()) {
    case FrameType::kUserStartedSpeaking:
    case FrameType::kProposedUserStartedSpeaking: speaking_ = true; break;
    case FrameType::kProposedUserStoppedSpeaking: OnStopped(false); break;
    case FrameType::kUserStoppedSpeaking: OnStopped(true); break;
    case FrameType::kInterimTranscription: interim_pending_ = true; break;
    case FrameType::kTranscription:
      interim_pending_ = false;
      if (!IsBlank(frame.As<TextFrame>()->text)) has_text_ = true;
      settle_timer_->Arm(options_.settle);
      break;
    default: break;
  }
  return StrategyResult::kContinue;
}

void ExternalUserTurnStopStrategy::OnStopped(bool announced) {
  speaking_ = false;
  announced_ = announced;
  StopIfDone();
}

void ExternalUserTurnStopStrategy::StopIfDone() {
  if (speaking_) return;
  if (options_.wait_for_transcript && (interim_pending_ || !has_text_)) return;
  UserTurnStoppedParams params = options_.stopped;
  if (announced_) params.enable_user_speaking_frames = false;
  TriggerUserTurnStopped(params);
}

void ExternalUserTurnStopStrategy::Forget() {
  speaking_ = false;
  announced_ = false;
  has_text_ = false;
  interim_pending_ = false;
  settle_timer_->Disarm();
}

}  // namespace repartee
