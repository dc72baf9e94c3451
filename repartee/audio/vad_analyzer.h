// VadAnalyzer: turns sound into quiet, starting, speaking, stopping.
//
// A model says for each 32 ms window how surely it holds a voice; a window counts
// when that and its volume are high enough, and the state changes only after
// enough windows of one opinion, so that a cough opens no turn and a breath
// closes none. Time is counted in samples: a stalled link cannot end a turn.
//
// Thread: one at a time; the caller chooses it (inference pool or the loop).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "repartee/audio/loudness.h"
#include "repartee/base/status.h"

namespace repartee {

struct VadParams {
  float confidence = 0.7f;  // a window counts as voice from here on, 0 to 1
  double start_secs = 0.2;  // voice that opens speech; 0 opens at once
  double stop_secs = 0.2;   // silence that closes it; 0 closes at once
  float min_volume = 0.6f;  // and only if it is this loud, 0 to 1 (0.6 is -50 LUFS); 0: any volume

  // InvalidArgument that names the first bad value. Times: at most 60 s.
  Status Validate() const;
};

enum class VadState : std::uint8_t {
  kQuiet,
  kStarting,
  kSpeaking,
  kStopping
};

// "QUIET", "STARTING", "SPEAKING", "STOPPING".
std::string_view VadStateName(VadState state);

// Samples of a window at this rate: 512 at 16000 Hz, 256 at 8000 Hz (32 ms); 0 for any other rate.
std::size_t VadWindowSamples(int rate_hz);

// The model: how surely a window holds a voice. Called one window after the other.
class VoiceConfidence {
 public:
  virtual ~VoiceConfidence() = default;
  // 0 to 1. The window has VadWindowSamples(rate) samples.
  virtual float Confidence(std::span<const std::int16_t> window) = 0;
  // Forgets what was heard before. The analyzer asks for it in silences, when it cannot cut a word.
  virtual void Reset() = 0;
};

class VadAnalyzer final {
 public:
  // `volume` may be left out: then the loudness of the sound. InvalidArgument on a rate other than
  // 8000 or 16000 Hz and on bad parameters.
  static Result<VadAnalyzer> Create(int rate_hz, std::unique_ptr<VoiceConfidence> confidence,
                                    VadParams params = {}, std::unique_ptr<VolumeMeter> volume = nullptr);

  // Takes mono sound of any length and gives the state after it. SPEAKING and QUIET are entered at the
  // end of a buffer only. What does not fill a window waits for the next call.
  VadState Analyze(std::span<const std::int16_t> buffer);

  // Starts again from QUIET. InvalidArgument changes nothing.
  Status SetParams(VadParams params);

  const VadParams& params() const { return params_; }
  VadState state() const { return state_; }
  int rate_hz() const { return rate_hz_; }
  // Windows of one opinion that change the state.
  int start_windows() const { return start_windows_; }
  int stop_windows() const { return stop_windows_; }
  // Of the last whole window; 0 before the first. The volume is measured only if min_volume asks for it.
  float last_confidence() const { return last_confidence_; }
  float last_volume() const { return last_volume_; }

 private:
  VadAnalyzer(int rate_hz, std::unique_ptr<VoiceConfidence> confidence, std::unique_ptr<VolumeMeter> volume);

  void ApplyParams(VadParams params);
  void OnWindow(std::span<const std::int16_t> window);
  void ResetModelInSilence();
  void StepState(bool voice);

  int rate_hz_;
  std::unique_ptr<VoiceConfidence> confidence_;
  std::unique_ptr<VolumeMeter> volume_;
  VadParams params_;
  int start_windows_ = 0;
  int stop_windows_ = 0;

  VadState state_ = VadState::kQuiet;
  int count_ = 0;                      // windows in STARTING or STOPPING
  std::vector<std::int16_t> partial_;  // less than a window
  float last_confidence_ = 0;
  float last_volume_ = 0;
  std::int64_t samples_since_reset_ = 0;
  int unvoiced_run_ = 0;  // windows in a row that were surely no voice
};

}  // namespace repartee
