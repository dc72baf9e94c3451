// STTService: base of what turns the user's sound into text.
//
// Hands audio to the subclass while it may be heard, stamps transcripts, and measures
// what the user waits for: from the end of speech, as the VAD heard it, to the last
// transcript. A recognizer that can tell that nothing more will come marks its
// transcript as finalized; else a time-out ends the measurement.
// Thread: the conversation's loop.
#pragma once

#include <optional>
#include <string>

#include "repartee/frames/audio_frames.h"
#include "repartee/frames/speaking_frames.h"
#include "repartee/frames/text_frames.h"
#include "repartee/services/ai_service.h"
#include "repartee/tracing/traced_stt.h"

namespace repartee {

struct STTOptions {
  bool audio_passthrough = true;                 // the sound goes on down the pipeline
  int sample_rate = 0;                           // Hz; 0: the pipeline's input rate
  Nanos ttfb_timeout = std::chrono::seconds(2);  // after the VAD stop, without a finalized transcript
  // End of speech to final transcript, 99th percentile; turn strategies wait so long.
  Nanos ttfs_p99_latency = std::chrono::seconds(1);
};

class STTService : public AIService {
 public:
  const STTOptions& stt_options() const { return stt_options_; }
  // Hz; of the sound that RunStt is to send.
  int sample_rate() const;

 protected:
  STTService(const char* class_name, Json settings, STTOptions options);

  // Sound to be heard; not called while muted or of no use. An error is reported for each
  // frame, so a lost connection is to be reported once, by whoever lost it.
  virtual Status RunStt(const InputAudioRawFrame& frame) = 0;
  // The voice began or ended, before the frame goes on.
  virtual void OnVadStarted(const VADUserStartedSpeakingFrame&) {}
  virtual void OnVadStopped(const VADUserStoppedSpeakingFrame&) {}

  // `language` as the recognizer tells it, or empty. `finalized`: nothing more will come for this speech.
  // `result`: the recognizer's own message, for programs that want more of it than the text.
  void PushTranscription(std::string text, std::string language = {}, bool finalized = false,
                         Json result = nullptr);
  void PushInterimTranscription(std::string text, std::string language = {}, Json result = nullptr);

  // The recognizer was asked to flush; and it said that it has. The confirmation makes the next
  // transcript a finalized one; one that nobody asked for changes nothing and gives false.
  void RequestFinalize() { finalize_requested_ = true; }
  bool ConfirmFinalize();
  // The wait for the last transcript is over: measured now, told at once. Done by a finalized transcript.
  void EndTtfb();

  // Sound that was sent, and its report as usage: a frame with all since the last one.
  void CountAudio(double seconds) { audio_seconds_ += seconds; }
  void ReportAudio();
  // Seconds of work on the transcript that comes next, for its span.
  void NoteProcessing(std::optional<double> seconds) {
    if (seconds && trace_) trace_->Processing(*seconds);
  }

  bool user_speaking() const { return user_speaking_; }
  bool muted() const { return muted_; }

  // Overriders call these as well.
  Status Process(FramePtr frame, Direction direction) override;
  Task<Status> Stop() override;
  void Cancel() override;
  void OnCleanup() override;
  void BroadcastMetadata() override;

 private:
  Status ProcessAudio(FramePtr frame, Direction direction);
  void SpeechStarted(const VADUserStartedSpeakingFrame& frame);
  void SpeechStopped(const VADUserStoppedSpeakingFrame& frame);
  void TtfbTimedOut();
  void UserTurnStopped();

  const STTOptions stt_options_;
  std::optional<TracedStt> trace_;   // from the start on
  std::optional<Timer> ttfb_timer_;  // from the first VAD stop on
  std::optional<Nanos> last_transcript_at_;
  std::string user_id_;
  double audio_seconds_ = 0;
  bool user_speaking_ = false;
  bool muted_ = false;
  bool finalize_requested_ = false;
  bool finalize_confirmed_ = false;
};

}  // namespace repartee
