// The sounds of scripted conversations. Thread: pure functions.
#pragma once

#include "repartee/frames/audio_buffer.h"

namespace repartee::scenario {

// A sine of 220 Hz and amplitude 12000; `first` is the first sample's place in it.
AudioBuffer Tone(std::int64_t first, std::int64_t samples, int rate_hz);

}  // namespace repartee::scenario
