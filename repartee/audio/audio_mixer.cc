#include "repartee/audio/audio_mixer.h"

#include <algorithm>
#include <cmath>

#include "repartee/audio/pcm.h"
#include "repartee/audio/resampler.h"
#include "repartee/audio/wav.h"

namespace repartee {
namespace {

// As many channels as the output has: a mono sound in each of them, any other mixed down first.
std::vector<std::int16_t> ToChannels(const std::vector<std::int16_t>& mono, int channels) {
  if (channels == 1) return mono;
  std::vector<std::int16_t> all;
  all.reserve(mono.size() * static_cast<std::size_t>(channels));
  for (const std::int16_t sample : mono) all.insert(all.end(), static_cast<std::size_t>(channels), sample);
  return all;
}

Result<std::vector<std::int16_t>> Load(const std::string& path, int rate_hz, int channels) {
  const Result<WavAudio> wav = ReadWav(path);
  if (!wav.ok()) return wav.status();
  const std::vector<std::int16_t> mono = MixToMono(wav->samples, wav->channels);
  Result<std::vector<std::int16_t>> sound = Resample(mono, wav->rate_hz, rate_hz);
  if (!sound.ok()) return sound.status();
  return ToChannels(*sound, channels);
}

}  // namespace

std::int16_t MixSamples(std::int16_t a, std::int16_t b) {
  return static_cast<std::int16_t>(std::clamp(a + b, -32768, 32767));
}

Status SoundfileMixer::Start(int rate_hz, int channels) {
  sounds_.clear();
  playing_ = nullptr;
  for (const auto& [name, path] : options_.sound_files) {
    Result<std::vector<std::int16_t>> sound = Load(path, rate_hz, channels);
    if (!sound.ok()) return Status(sound.status()).Annotate("sound '{}' of the mixer", name);
    sounds_.emplace(name, *std::move(sound));
  }
  const auto found = sounds_.find(options_.default_sound);
  if (found == sounds_.end()) {
    return Status::InvalidArgument("mixer: '{}' is none of its sounds", options_.default_sound);
  }
  playing_ = &found->second;
  mixing_ = options_.mixing;
  return OkStatus();
}

Status SoundfileMixer::UpdateSettings(const Json& settings) {
  if (!settings.is_object()) return Status::InvalidArgument("mixer: an object of settings is needed");
  SoundfileMixerOptions changed = options_;
  const std::vector<std::int16_t>* sound = playing_;
  for (const auto& [key, value] : settings.items()) {
    if (key == "sound" && value.is_string() && sounds_.contains(value.get<std::string>())) {
      sound = &sounds_.at(value.get<std::string>());
    } else if (key == "volume" && value.is_number() && value.get<float>() >= 0) {
      changed.volume = value.get<float>();
    } else if (key == "loop" && value.is_boolean()) {
      changed.loop = value.get<bool>();
    } else {
      return Status::InvalidArgument(
          "mixer: {} = {} is neither a sound of its own, nor a volume from 0 on, nor loop true or false", key,
          value.dump());
    }
  }
  options_ = std::move(changed);
  if (sound != playing_) position_ = 0;
  playing_ = sound;
  return OkStatus();
}

void SoundfileMixer::Mix(std::span<std::int16_t> samples) {
  if (!mixing_ || !playing_ || playing_->empty()) return;
  for (std::int16_t& sample : samples) {
    if (position_ == playing_->size()) {
      if (!options_.loop) return;
      position_ = 0;
    }
    const float own = static_cast<float>((*playing_)[position_++]) * options_.volume;
    sample = MixSamples(sample, static_cast<std::int16_t>(std::lround(std::clamp(own, -32768.0f, 32767.0f))));
  }
}

}  // namespace repartee
