// Piper (voice en_US-joe-medium) by sherpa-onnx: a clause of text to sound.
//
// sherpa-onnx takes phonemes, not text, so espeak-ng makes them (EspeakPhonemizer); it
// drops the punctuation that carries the melody, which is put back here. A clause is
// made in one piece and cannot be cut short: give SplitClauses' pieces. About a tenth
// of its own length on one core.
//
// Thread: any; calls on one voice wait for each other.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include "repartee/base/status.h"
#include "repartee/services/local/models/espeak_phonemizer.h"
#include "repartee/services/local/models/model_store.h"

struct SherpaOnnxOfflineTts;

namespace repartee::local {

class PiperVoice {
 public:
  // About 2 s, a first word to warm up included. Malformed if sherpa-onnx refuses the files;
  // FailedPrecondition without espeak-ng.
  static Result<std::unique_ptr<PiperVoice>> Load(const PiperFiles& files, int threads);

  // Mono sound at sample_rate(); empty if nothing in the clause is spoken. InvalidArgument over 1000 bytes.
  Result<std::vector<std::int16_t>> Synthesize(std::string_view clause);

  int sample_rate() const { return sample_rate_; }

 private:
  using Handle = std::unique_ptr<const SherpaOnnxOfflineTts, void (*)(const SherpaOnnxOfflineTts*)>;
  explicit PiperVoice(Handle handle);

  // Code points of the clause in IPA, with the marks of the text.
  Result<std::vector<std::int32_t>> PhonemeCodePoints(std::string_view clause);

  EspeakPhonemizer phonemizer_;
  int sample_rate_;
  std::mutex mutex_;
  Handle handle_;  // guarded by mutex_
};

}  // namespace repartee::local
