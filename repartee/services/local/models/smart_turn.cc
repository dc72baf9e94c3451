#include "repartee/services/local/models/smart_turn.h"

#include <array>

#include "repartee/services/local/models/onnx_session.h"

namespace repartee::local {
SmartTurnNetwork::SmartTurnNetwork(std::unique_ptr<OnnxSession> session) : session_(std::move(session)) {}
SmartTurnNetwork::~SmartTurnNetwork() = default;

Result<std::shared_ptr<SmartTurnNetwork>> SmartTurnNetwork::Load(const std::filesystem::path& file) {
  try {
    return std::shared_ptr<SmartTurnNetwork>(new SmartTurnNetwork(std::make_unique<OnnxSession>(file)));
  } catch (const Ort::Exception& error) {
    return Status::Malformed("smart turn: cannot load {}: {}", file.string(), error.what());
  }
}

Result<double> SmartTurnNetwork::Run(std::span<const std::int16_t> turn) const {
  std::vector<float> features = SmartTurnFeatures(turn);
  try {
    const auto memory = Ort::MemoryInfo::CreateCpu(OrtDeviceAllocator, OrtMemTypeCPU);
    constexpr std::array<std::int64_t, 3> kShape{1, kSmartTurnMels, kSmartTurnFrames};
    const auto input =
        Ort::Value::CreateTensor<float>(memory, features.data(), features.size(), kShape.data(), 3);
    constexpr const char* kInput = "input_features";
    constexpr const char* kOutput = "logits";
    const auto outputs = (*session_)->Run(Ort::RunOptions(nullptr), &kInput, &input, 1, &kOutput, 1);
    // Its name notwithstanding, a probability already.
    return static_cast<double>(outputs[0].GetTensorData<float>()[0]);
  } catch (const Ort::Exception& error) {
    return Status::Internal("smart turn: {}", error.what());
  }
}

SmartTurnModel::SmartTurnModel(std::shared_ptr<SmartTurnNetwork> network, InferencePool& pool)
    : network_(std::move(network)), pool_(pool) {}

SmartTurnModel::~SmartTurnModel() { token_.Cancel(); }

// A new question makes the last one pointless.
void SmartTurnModel::Predict(EventLoop& loop, std::vector<std::int16_t> turn,
                             UniqueFunction<void(Result<double>)> done) {
  token_.Cancel();
  token_ = CancelToken();
  auto shared = std::make_shared<UniqueFunction<void(Result<double>)>>(std::move(done));
  const Status submitted = pool_.Submit(
      loop, InferenceLane::kVoiceActivity, token_,
      [network = network_, turn = std::move(turn)] { return network->Run(turn); },
      [shared](Result<double> probability) { (*shared)(std::move(probability)); });
  if (!submitted.ok()) (*shared)(submitted);
}

}  // namespace repartee::local
