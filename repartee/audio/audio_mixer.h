// Audio mixers: sound under the bot's speech: an office, a waiting melody, a beat while it
// thinks. An output with a mixer writes all the time, silence mixed with that sound.
//
// Thread: the conversation's loop; Mix is called for each chunk and must be quick.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "repartee/base/json.h"
#include "repartee/base/status.h"

namespace repartee {

class BaseAudioMixer {
 public:
  virtual ~BaseAudioMixer() = default;
  // Before the first chunk, with the output's form. An error is reported and nothing is mixed in.
  virtual Status Start(int rate_hz, int channels) = 0;
  virtual void Stop() {}
  // From a MixerUpdateSettingsFrame. InvalidArgument changes nothing.
  virtual Status UpdateSettings(const Json& settings) = 0;
  // From a MixerEnableFrame.
  virtual void Enable(bool enable) = 0;
  // Adds its sound to these samples, interleaved.
  virtual void Mix(std::span<std::int16_t> samples) = 0;
};

struct SoundfileMixerOptions {
  std::map<std::string, std::string> sound_files;  // name to path of a WAV file
  std::string default_sound;                       // a name of these
  float volume = 0.4f;                             // linear
  bool mixing = true;                              // from the start
  bool loop = true;                                // else once, then silence
};

// Plays a sound file in a loop. Settings: "sound" (a name), "volume", "loop". Files are read at the start,
// each at most two hours long, and brought to the output's rate and channels.
class SoundfileMixer final : public BaseAudioMixer {
 public:
  explicit SoundfileMixer(SoundfileMixerOptions options) : options_(std::move(options)) {}

  // NotFound, Malformed: a file; InvalidArgument: default_sound is none of them.
  Status Start(int rate_hz, int channels) override;
  Status UpdateSettings(const Json& settings) override;
  void Enable(bool enable) override { mixing_ = enable; }
  void Mix(std::span<std::int16_t> samples) override;

 private:
  SoundfileMixerOptions options_;
  std::map<std::string, std::vector<std::int16_t>> sounds_;  // in the output's form
  const std::vector<std::int16_t>* playing_ = nullptr;       // one of them
  std::size_t position_ = 0;
  bool mixing_ = false;
};

// a + b, clipped.
std::int16_t MixSamples(std::int16_t a, std::int16_t b);

}  // namespace repartee
