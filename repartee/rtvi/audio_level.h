// AudioLevel: how loud one side of the conversation is, told at most each 0.15 s.
// Thread: the conversation's loop.
#pragma once

#include <optional>
#include <span>

#include "repartee/audio/loudness.h"
#include "repartee/base/clock.h"

namespace repartee {

class AudioLevel {
 public:
  // Mono sound at `now`; the level, 0 to 1, when it is time to tell it.
  std::optional<float> Add(Nanos now, std::span<const std::int16_t> samples, int rate_hz);

 private:
  std::optional<LoudnessVolume> volume_;
  int rate_hz_ = 0;  // of volume_
  std::optional<Nanos> told_at_;
};

}  // namespace repartee
