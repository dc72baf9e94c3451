// VadController: lets a VAD listen to the input audio and tells what it hears by frames:
// voice started and stopped, voice going on (every 0.2 s), parameters in force.
//
// Sound of another rate or with more channels is brought to the analyzer's. Sound that
// ceases while somebody speaks (a muted microphone) counts as the voice's end after a
// while. The analyzer runs in place: 0.2 to 0.5 ms per 32 ms of sound.
//
// Thread: the conversation's loop.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "repartee/audio/resampler.h"
#include "repartee/audio/vad_analyzer.h"
#include "repartee/base/event_loop.h"
#include "repartee/base/unique_function.h"
#include "repartee/frames/frame.h"

namespace repartee {

struct InputAudioRawFrame;

class VadController {
 public:
  // Takes each frame twice, one for each direction. The two are no twins: neither names the other.
  using Emit = UniqueFunction<void(FramePtr downstream, FramePtr upstream)>;

  // An idle timeout of 0: sound may cease for ever.
  VadController(std::unique_ptr<VadAnalyzer> analyzer, Nanos audio_idle_timeout, Emit emit);

  // Between these two, frames may come. Start tells the parameters.
  void Start(EventLoop& loop);
  void Stop();

  // InvalidArgument on sound that cannot be listened to (once for each form of it) and on parameters
  // that make no sense; nothing changes then.
  Status Process(const Frame& frame);

 private:
  template <class F, class... Args>
  void EmitBoth(const Args&... args);
  Status Listen(const InputAudioRawFrame& frame);
  Result<std::vector<std::int16_t>> Convert(const InputAudioRawFrame& frame);
  void OnState(VadState state);
  void VoiceStarted();
  void VoiceStopped();
  void VoiceGoesOn();
  void AudioCeased();

  std::unique_ptr<VadAnalyzer> analyzer_;
  const Nanos audio_idle_timeout_;
  Emit emit_;
  std::optional<Resampler> resampler_;
  int refused_rate_ = -1;  // Hz; the last form of sound that was refused, told once
  int refused_channels_ = -1;
  EventLoop* loop_ = nullptr;  // from Start to Stop
  std::optional<Timer> idle_timer_;
  bool voice_ = false;
  std::optional<Nanos> last_activity_;  // when it was last told that the voice goes on
};

}  // namespace repartee
