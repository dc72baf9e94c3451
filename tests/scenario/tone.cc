#include "tests/scenario/tone.h"

#include <cmath>
#include <numbers>

namespace repartee::scenario {

AudioBuffer Tone(std::int64_t first, std::int64_t samples, int rate_hz) {
  AudioBuffer sound = AudioBuffer::Allocate(2 * static_cast<std::size_t>(samples));
  for (std::int64_t i = 0; i < samples; ++i) {
    const double phase = 2 * std::numbers::pi * 220 * static_cast<double>(first + i) / rate_hz;
    sound.writable()[static_cast<std::size_t>(i)] = static_cast<std::int16_t>(12000 * std::sin(phase));
  }
  return sound;
}

}  // namespace repartee::scenario
