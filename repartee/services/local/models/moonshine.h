// Moonshine tiny (English) by sherpa-onnx: speech to text, an utterance at a time.
//
// It is no streaming model: partial results come of decoding the growing utterance again.
// About 0.1 s for a question of 3 s; a call cannot be cut short.
//
// Thread: any; calls on one recognizer wait for each other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>

#include "repartee/base/status.h"
#include "repartee/services/local/models/model_store.h"

struct SherpaOnnxOfflineRecognizer;

namespace repartee::local {

class MoonshineRecognizer {
 public:
  static constexpr int kRateHz = 16000;
  // Time and memory grow faster than the length: whoever has more cuts it.
  static constexpr std::size_t kMaxSamples = std::size_t{15} * kRateHz;

  // Under a second. Malformed if sherpa-onnx refuses the files.
  static Result<std::unique_ptr<MoonshineRecognizer>> Load(const MoonshineFiles& files, int threads);

  // The words of mono sound at 16 kHz, with capitals and punctuation; empty if there are none.
  // InvalidArgument over kMaxSamples.
  Result<std::string> Transcribe(std::span<const std::int16_t> pcm);

 private:
  using Handle =
      std::unique_ptr<const SherpaOnnxOfflineRecognizer, void (*)(const SherpaOnnxOfflineRecognizer*)>;
  explicit MoonshineRecognizer(Handle handle) : handle_(std::move(handle)) {}

  std::mutex mutex_;
  Handle handle_;  // guarded by mutex_
};

}  // namespace repartee::local
