// The models on this machine and the clips of tests/data/audio. For tests only.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "repartee/audio/wav.h"
#include "repartee/services/local/models/model_store.h"

namespace repartee::local {

// Throws, and so fails the test, when something is missing.
template <class T>
T Need(Result<T> result) {
  if (!result.ok()) throw std::runtime_error(result.status().ToString());
  return *std::move(result);
}

inline SpeechModels TestSpeechModels() { return Need(FindSpeechModels(Need(ModelFolder()))); }

inline std::vector<std::int16_t> TestSound(const std::string& file) {
  return Need(ReadWav(std::string(REPARTEE_SOURCE_DIR "/tests/") + file)).samples;
}

}  // namespace repartee::local
