#include "repartee/audio/pcm.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace repartee {

std::int16_t FloatToInt16(float value) {
  if (std::isnan(value)) return 0;
  const float scaled = std::clamp(value * 32768.0f, -32768.0f, 32767.0f);
  return static_cast<std::int16_t>(std::lrintf(scaled));
}

std::vector<float> ToFloats(std::span<const std::int16_t> samples) {
  std::vector<float> values(samples.size());
  std::transform(samples.begin(), samples.end(), values.begin(), Int16ToFloat);
  return values;
}

std::vector<std::int16_t> ToInt16(std::span<const float> values) {
  std::vector<std::int16_t> samples(values.size());
  std::transform(values.begin(), values.end(), samples.begin(), FloatToInt16);
  return samples;
}

std::vector<std::int16_t> MixToMono(std::span<const std::int16_t> interleaved, int channels) {
  assert(channels >= 1);
  const auto width = static_cast<std::size_t>(channels);
  std::vector<std::int16_t> mono(interleaved.size() / width);
  for (std::size_t frame = 0; frame < mono.size(); ++frame) {
    std::int64_t sum = 0;
    for (const std::int16_t sample : interleaved.subspan(frame * width, width)) sum += sample;
    mono[frame] = static_cast<std::int16_t>(sum / channels);
  }
  return mono;
}

std::vector<std::int16_t> InterleaveStereo(std::span<const std::int16_t> left,
                                           std::span<const std::int16_t> right) {
  std::vector<std::int16_t> stereo(2 * std::max(left.size(), right.size()), 0);
  for (std::size_t i = 0; i < left.size(); ++i) stereo[2 * i] = left[i];
  for (std::size_t i = 0; i < right.size(); ++i) stereo[2 * i + 1] = right[i];
  return stereo;
}

void ApplyGain(std::span<std::int16_t> samples, float gain) {
  for (std::int16_t& sample : samples) sample = FloatToInt16(Int16ToFloat(sample) * gain);
}

float LevelDbfs(std::span<const std::int16_t> samples) {
  double energy = 0;
  for (const std::int16_t sample : samples) energy += static_cast<double>(sample) * sample;
  if (energy == 0) return kSilenceDbfs;
  const double mean = energy / static_cast<double>(samples.size()) / (32768.0 * 32768.0);
  return std::max(kSilenceDbfs, static_cast<float>(10 * std::log10(mean)));
}

bool IsSilence(std::span<const std::int16_t> samples) {
  return std::all_of(samples.begin(), samples.end(),
                     [](int sample) { return std::abs(sample) <= kSilenceMagnitude; });
}

}  // namespace repartee
