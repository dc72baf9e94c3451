#include "repartee/tracing/traced_stt.h"

#include <algorithm>
#include <utility>

namespace repartee {

void TracedStt::SpeechStarted(const VADUserStartedSpeakingFrame& frame) {
  if (!context()) return;
  vad_seen_ = true;
  voice_started_at_ = FromSeconds(frame.timestamp - frame.start_secs);
  // Pipecat keeps the first start since its last span: after a cough the next span begins at the cough.
  if (speech_started_at_ && (open() || !extended())) return;
  speech_started_at_ = FromSeconds(frame.timestamp - frame.start_secs);
}

void TracedStt::SpeechStopped(const VADUserStoppedSpeakingFrame& frame) {
  if (!voice_started_at_) return;
  voiced_ += std::max(FromSeconds(frame.timestamp - frame.stop_secs) - *voice_started_at_, Nanos(0));
  voice_started_at_.reset();
}

void TracedStt::Transcribed(const TranscriptionFrame& frame, const TracedService& service) {
  if (!context()) return;
  if (!extended() && context()->ending()) return context()->NoteLostWords();
  last_transcript_at_ = context()->wall_now();
  if (!open()) {
    Open(Kind::kStt, service, service.model, speech_started_at_);
    Set("vad_enabled", extended() && vad_seen_);
    SetSettings(service.settings);
    transcript_.clear();
    last_segment_.clear();
    if (audio_seconds_ > 0) Set("metrics.audio_seconds", audio_seconds_);
    if (const double before = std::exchange(processing_before_, 0); before > 0)
      ServiceSpan::Processing(before);
  }
  if (!open()) return;
  AddTranscript(frame.text);
  Set("is_final", frame.finalized);
  if (!frame.language.empty()) Set("language", frame.language);
  if (!frame.user_id.empty()) Set("user_id", frame.user_id);
}

void TracedStt::Finalized() {
  if (extended() || !context() || !context()->ending()) Close(std::nullopt);
}

// A recognizer sends a segment again with more words, or the next one.
void TracedStt::AddTranscript(const std::string& text) {
  if (text.empty()) return;
  if (!last_segment_.empty() && text.starts_with(last_segment_)) {
    transcript_.resize(transcript_.size() - last_segment_.size());
  } else if (!transcript_.empty()) {
    AppendBounded(transcript_, " ");
  }
  const std::size_t before = transcript_.size();
  AppendBounded(transcript_, text);
  last_segment_ = transcript_.substr(before);
  SetContent("transcript", std::string(otel::Trim(transcript_)));
}

void TracedStt::AudioSeconds(double seconds) {
  audio_seconds_ += seconds;
  if (open()) Set("metrics.audio_seconds", audio_seconds_);
}

void TracedStt::Processing(double seconds) {
  if (open()) return ServiceSpan::Processing(seconds);
  processing_before_ += seconds;
}

void TracedStt::UserStopped(bool ttfb_was_running) {
  if (!open()) return;
  if (ttfb_was_running) return Close(last_transcript_at_);
  Set("stt.incomplete", true);
  Close(std::nullopt);
}

void TracedStt::Close(std::optional<Nanos> at) {
  if (!open()) return;
  if (extended()) {
    // Of a voice that is still heard what has been said so far.
    if (voice_started_at_) {
      const Nanos now = context()->wall_now();
      voiced_ += std::max(now - std::exchange(*voice_started_at_, now), Nanos(0));
    }
    Set("stt.speech_seconds", ToSeconds(voiced_));
    SetContent("output.value", transcript_);
  }
  voiced_ = Nanos(0);
  EndAt(at);
  speech_started_at_.reset();
  audio_seconds_ = 0;
}

void TracedStt::Abandon() {
  if (!extended()) return Discard();
  Set("stt.incomplete", true);
  Close(std::nullopt);
}

}  // namespace repartee
