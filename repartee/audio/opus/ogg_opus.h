// Ogg Opus: sound at a tenth of its size, in files that browsers and players know.
//
// A target of its own, since the library must not bring a codec to those who need none.
// Thread: pure function; takes about a hundredth of the sound's length.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "repartee/base/status.h"

namespace repartee {

inline constexpr char kOggOpusContentType[] = "audio/ogg";

// A whole file of 16-bit sound, channels (1 or 2) interleaved, at 24 kbit/s each, which speech stays itself
// at. InvalidArgument for no sound, and a rate or a number of channels that Opus does not know.
Result<std::string> EncodeOggOpus(std::span<const std::int16_t> samples, int rate_hz, int channels);

}  // namespace repartee
