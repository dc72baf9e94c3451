// TracedStt: the spans of a speech recognizer. A service owns one for as long as it
// lives in a task, tells it of speech and transcripts, and gets one span for each
// stretch of speech that came to words.
//
// A span begins where the speech began, though it is opened by the first transcript,
// and ends with a final transcript, at the latest with the user's turn.
// Thread: the conversation's loop.
#pragma once

#include <optional>
#include <string>

#include "repartee/frames/speaking_frames.h"
#include "repartee/frames/text_frames.h"
#include "repartee/tracing/service_span.h"

namespace repartee {

class TracedStt final : public ServiceSpan {
 public:
  explicit TracedStt(TracingContext* context) : ServiceSpan(context) {}
  ~TracedStt() {
    if (open()) Abandon();
  }

  void SpeechStarted(const VADUserStartedSpeakingFrame& frame);
  void SpeechStopped(const VADUserStoppedSpeakingFrame& frame);
  // Opens the span if none is open.
  void Transcribed(const TranscriptionFrame& frame, const TracedService& service);
  // Seconds of audio sent since the last report, and of work. They count for the span that is open, else
  // for the next.
  void AudioSeconds(double seconds);
  void Processing(double seconds);
  // Nothing more comes for this speech: the span ends now.
  void Finalized();
  // The measurement of the first byte ended by its time limit: the span ends with its last transcript.
  void TimedOut() { Close(last_transcript_at_); }
  // The user's turn is over. If the first byte was being measured, its measurement ended
  // with the last transcript, and so does the span; else what it says is not all.
  void UserStopped(bool ttfb_was_running);

 private:
  void Abandon() override;
  void AddTranscript(const std::string& text);
  void Close(std::optional<Nanos> at);

  std::optional<Nanos> speech_started_at_;  // wall clock
  std::optional<Nanos> voice_started_at_;   // wall clock; while the voice is heard
  Nanos voiced_{0};                         // that was heard since the last span
  bool vad_seen_ = false;
  Nanos last_transcript_at_{0};  // wall clock
  std::string transcript_;
  std::string last_segment_;
  double audio_seconds_ = 0;
  double processing_before_ = 0;  // of the span to come
};

}  // namespace repartee
