// SegmentedSTTService: base of recognizers that take an utterance at a time.
//
// Sound is kept from a little before the speech, as the VAD hears it, to its end;
// the segments are transcribed one after the other, beside the pipeline, and an
// interruption does not stop them: it is the speech that interrupts.
//
// Limits: a segment holds SegmentedSTTOptions::max_segment (longer speech is cut there);
// 8 segments wait, a further one is dropped and an error tells. Thread: the conversation's loop.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "repartee/base/mailbox.h"
#include "repartee/services/stt_service.h"

namespace repartee {

struct SegmentedSTTOptions {
  STTOptions stt{};
  Nanos lead_in = std::chrono::milliseconds(800);        // sound kept from before the speech
  Nanos added_silence = std::chrono::milliseconds(500);  // put behind the last sound; some models need it
  Nanos max_segment = std::chrono::seconds(60);
};

struct SpeechSegment {
  std::vector<std::int16_t> samples;  // mono
  int sample_rate = 0;                // Hz
  bool last = true;                   // false: cut for its length, the speech goes on
};

class SegmentedSTTService : public STTService {
 protected:
  SegmentedSTTService(const char* class_name, Json settings, SegmentedSTTOptions options);

  // The words of a segment; empty if there are none. Destroyed only when the pipeline stops.
  virtual Task<Result<std::string>> Transcribe(SpeechSegment segment) = 0;
  // While the user speaks, with each piece of sound: all of the segment so far, for guesses
  // (PushInterimTranscription). The span lives as long as the call.
  virtual void OnSpeechGrew(std::span<const std::int16_t> /*so_far*/, int /*rate_hz*/) {}

  // Overriders call these as well.
  Status Start() override;
  // Waits for what is still being transcribed, at most 10 s.
  Task<Status> Stop() override;

 private:
  Status RunStt(const InputAudioRawFrame& frame) final;
  void OnVadStarted(const VADUserStartedSpeakingFrame& frame) final;
  void OnVadStopped(const VADUserStoppedSpeakingFrame& frame) final;
  std::size_t SamplesOf(Nanos duration) const;
  void KeepLast(std::size_t samples);
  void EndSegment(bool last);
  Task<Status> TranscribeSegments();

  const SegmentedSTTOptions options_;
  std::vector<std::int16_t> audio_;  // while silent what may become lead-in, then the segment
  int rate_hz_ = 0;                  // of audio_
  bool in_speech_ = false;
  // Made by Start, which a subclass that fails may not have come to; whoever waits on them ends before they
  // do.
  std::optional<Mailbox<SpeechSegment>> segments_;
  std::optional<Mailbox<bool>> drained_;
};

}  // namespace repartee
