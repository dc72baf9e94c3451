#include "repartee/services/stt_service.h"

#include <utility>

#include "repartee/base/iso_time.h"

namespace repartee {

STTService::STTService(const char* class_name, Json settings, STTOptions options)
    : AIService(class_name, std::move(settings)), stt_options_(options) {}

int STTService::sample_rate() const {
  return stt_options_.sample_rate > 0 ? stt_options_.sample_rate : setup().audio_in_sample_rate;
}

Status STTService::Process(FramePtr frame, Direction direction) {
  switch (frame->type()) {
    case FrameType::kStart: trace_.emplace(setup().tracing_context); break;
    case FrameType::kInputAudioRaw:
    case FrameType::kUserAudioRaw: return ProcessAudio(std::move(frame), direction);
    case FrameType::kSTTUpdateSettings:
      return TakeUpdate<STTUpdateSettingsFrame>(std::move(frame), direction);
    case FrameType::kSTTMute: muted_ = frame->As<STTMuteFrame>()->mute; return OkStatus();
    case FrameType::kVADUserStartedSpeaking: SpeechStarted(*frame->As<VADUserStartedSpeakingFrame>()); break;
    case FrameType::kVADUserStoppedSpeaking: SpeechStopped(*frame->As<VADUserStoppedSpeakingFrame>()); break;
    case FrameType::kUserStoppedSpeaking: UserTurnStopped(); break;
    // The measurement itself is cancelled with all others.
    case FrameType::kInterruption:
      if (ttfb_timer_) ttfb_timer_->Disarm();
      break;
    default: break;
  }
  return AIService::Process(std::move(frame), direction);
}

Status STTService::ProcessAudio(FramePtr frame, Direction direction) {
  if (const auto* user = frame->As<UserAudioRawFrame>()) user_id_ = user->user_id;
  Status status;
  if (!muted_ && usable()) status = RunStt(*frame->As<InputAudioRawFrame>());
  if (stt_options_.audio_passthrough) Push(std::move(frame), direction);
  return status;
}

void STTService::SpeechStarted(const VADUserStartedSpeakingFrame& frame) {
  user_speaking_ = true;
  CancelTtfb();
  if (ttfb_timer_) ttfb_timer_->Disarm();
  last_transcript_at_.reset();
  finalize_requested_ = false;
  finalize_confirmed_ = false;
  if (trace_) trace_->SpeechStarted(frame);
  OnVadStarted(frame);
}

void STTService::SpeechStopped(const VADUserStoppedSpeakingFrame& frame) {
  user_speaking_ = false;
  if (trace_) trace_->SpeechStopped(frame);
  if (frame.stop_secs > 0) {
    // The VAD tells wall time; measured is in the loop's.
    const Nanos end_of_speech = FromSeconds(frame.timestamp - frame.stop_secs);
    StartTtfb(loop().now() - (loop().wall_now() - end_of_speech));
    if (!ttfb_timer_) ttfb_timer_.emplace(loop(), [this] { TtfbTimedOut(); });
    ttfb_timer_->Arm(stt_options_.ttfb_timeout);
  }
  OnVadStopped(frame);
}

void STTService::TtfbTimedOut() {
  // No words since the voice began: a span that is open goes on, with those before.
  if (!last_transcript_at_) return CancelTtfb();
  if (const auto seconds = StopTtfb(*last_transcript_at_); seconds && trace_) trace_->Ttfb(*seconds);
  if (trace_) trace_->TimedOut();
}

// Ends a span that waits for a final transcript; the measurement goes with it. Its time limit stays: words
// that come late have until then.
void STTService::UserTurnStopped() {
  if (!trace_ || !trace_->open()) return;
  const bool measured = ttfb_running() && last_transcript_at_;
  if (measured) {
    TtfbTimedOut();
  } else if (const auto seconds = StopTtfb()) {
    trace_->Ttfb(*seconds);
  }
  trace_->UserStopped(measured);
}

bool STTService::ConfirmFinalize() {
  if (!std::exchange(finalize_requested_, false)) return false;
  finalize_confirmed_ = true;
  return true;
}

void STTService::EndTtfb() {
  if (const auto seconds = StopTtfb(); seconds && trace_) trace_->Ttfb(*seconds);
  if (ttfb_timer_) ttfb_timer_->Disarm();
}

void STTService::PushTranscription(std::string text, std::string language, bool finalized, Json result) {
  auto frame = Make<TranscriptionFrame>(std::move(text), user_id_, FormatIsoMillis(loop().wall_now()));
  frame->language = std::move(language);
  frame->result = std::move(result);
  frame->finalized = std::exchange(finalize_confirmed_, false) || finalized;
  last_transcript_at_ = loop().now();
  if (trace_) trace_->Transcribed(*frame, {class_name(), model_name(), this->settings()});
  if (frame->finalized) {
    EndTtfb();
    if (trace_) trace_->Finalized();
  }
  Push(std::move(frame));
}

void STTService::PushInterimTranscription(std::string text, std::string language, Json result) {
  auto frame = Make<InterimTranscriptionFrame>(std::move(text), user_id_, FormatIsoMillis(loop().wall_now()));
  frame->language = std::move(language);
  frame->result = std::move(result);
  Push(std::move(frame));
}

void STTService::ReportAudio() {
  const double seconds = std::exchange(audio_seconds_, 0.0);
  if (seconds <= 0) return;
  PushSttUsage(seconds);
  if (trace_) trace_->AudioSeconds(seconds);
}

void STTService::Cancel() { ReportAudio(); }

Task<Status> STTService::Stop() {
  ReportAudio();
  co_return OkStatus();
}

void STTService::OnCleanup() {
  ttfb_timer_.reset();
  trace_.reset();
}

void STTService::BroadcastMetadata() {
  Broadcast<STTMetadataFrame>(name(), ToSeconds(stt_options_.ttfs_p99_latency));
}

}  // namespace repartee
