// Fuzz target: whatever the bytes, reading them as a WAV file ends in sound or in a status.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "repartee/audio/wav.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto audio = repartee::ParseWav(std::string(reinterpret_cast<const char*>(data), size), "fuzz.wav");
  if (audio.ok() ? audio->samples.empty() : audio.status().message().empty()) std::abort();
  return 0;
}
