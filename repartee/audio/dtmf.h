// The tones of a telephone's keys: two frequencies at once (ITU-T Q.23).
// Thread: pure functions.
#pragma once

#include <cstdint>
#include <vector>

#include "repartee/base/clock.h"

namespace repartee {

// Mono sound of the key '0'-'9', '*' or '#', 200 ms of tone and 50 ms of pause; empty for any other sign.
std::vector<std::int16_t> DtmfTone(char key, int rate_hz);

}  // namespace repartee
