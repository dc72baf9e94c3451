// Smart Turn: how likely it is, from its sound, that a turn is over. An ONNX model on a
// log-mel picture of the last eight seconds.
//
// One loaded model serves all conversations; each has a SmartTurnModel of its own, which
// runs it on the inference pool: some 100 ms of CPU, once a pause.
//
// Thread: SmartTurnNetwork any, at once; SmartTurnModel the conversation's loop.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <vector>

#include "repartee/audio/turn_analyzer.h"
#include "repartee/base/status.h"
#include "repartee/services/local/models/inference_pool.h"

namespace repartee::local {

class OnnxSession;

inline constexpr std::size_t kSmartTurnMels = 80;
inline constexpr std::size_t kSmartTurnFrames = 800;

// The model's input: kSmartTurnMels rows of kSmartTurnFrames. Mono at 16 kHz; the last 8 s count, a shorter
// sound is preceded by silence.
std::vector<float> SmartTurnFeatures(std::span<const std::int16_t> turn);

class SmartTurnNetwork {
 public:
  // Malformed if ONNX Runtime refuses the file.
  static Result<std::shared_ptr<SmartTurnNetwork>> Load(const std::filesystem::path& file);
  ~SmartTurnNetwork();
  SmartTurnNetwork(const SmartTurnNetwork&) = delete;
  SmartTurnNetwork& operator=(const SmartTurnNetwork&) = delete;

  // The probability that the turn is over; blocks.
  Result<double> Run(std::span<const std::int16_t> turn) const;

 private:
  explicit SmartTurnNetwork(std::unique_ptr<OnnxSession> session);
  std::unique_ptr<OnnxSession> session_;
};

class SmartTurnModel final : public EndOfTurnModel {
 public:
  // The network is shared by all conversations; the pool is borrowed and outlives this.
  SmartTurnModel(std::shared_ptr<SmartTurnNetwork> network, InferencePool& pool);
  ~SmartTurnModel() override;

  void Predict(EventLoop& loop, std::vector<std::int16_t> turn,
               UniqueFunction<void(Result<double>)> done) override;
  std::string name() const override { return "smart-turn-v3.2"; }

 private:
  const std::shared_ptr<SmartTurnNetwork> network_;
  InferencePool& pool_;
  CancelToken token_;  // of the last question
};

}  // namespace repartee::local
