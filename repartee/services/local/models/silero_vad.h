// Silero VAD: how surely 32 ms of sound hold a voice, by ONNX Runtime.
//
// One loaded model serves all conversations; each has a SileroVad of its own with the
// recurrent state and the end of the window before, without which the model hears
// nothing at all.
//
// Thread: SileroModel any, at once; a SileroVad one at a time.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <vector>

#include "repartee/audio/vad_analyzer.h"
#include "repartee/base/status.h"

namespace repartee::local {

class OnnxSession;

class SileroModel {
 public:
  // Some 0.1 s. Malformed if ONNX Runtime refuses the file.
  static Result<std::shared_ptr<SileroModel>> Load(const std::filesystem::path& file);
  ~SileroModel();
  SileroModel(const SileroModel&) = delete;
  SileroModel& operator=(const SileroModel&) = delete;

 private:
  friend class SileroVad;
  explicit SileroModel(std::unique_ptr<OnnxSession> session);
  std::unique_ptr<OnnxSession> session_;
};

class SileroVad final : public VoiceConfidence {
 public:
  // The model is shared by all conversations and lives as long as the last of them. `rate_hz` is 16000
  // or 8000 (InvalidArgument else).
  static Result<std::unique_ptr<SileroVad>> Create(std::shared_ptr<SileroModel> model, int rate_hz);

  // About 0.2 ms. 0 for a window of another length, and should the model fail (logged once).
  float Confidence(std::span<const std::int16_t> window) override;
  void Reset() override;

 private:
  SileroVad(std::shared_ptr<SileroModel> model, int rate_hz);

  std::shared_ptr<SileroModel> model_;
  const std::int64_t rate_hz_;
  const std::size_t context_samples_;
  std::vector<float> input_;        // the end of the window before, then the window
  std::array<float, 256> state_{};  // two layers of 128
  bool failure_logged_ = false;
};

}  // namespace repartee::local
