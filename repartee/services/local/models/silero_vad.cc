#include "repartee/services/local/models/silero_vad.h"

#include <algorithm>

#include "repartee/base/log.h"
#include "repartee/services/local/models/onnx_session.h"

namespace repartee::local {
SileroModel::SileroModel(std::unique_ptr<OnnxSession> session) : session_(std::move(session)) {}
SileroModel::~SileroModel() = default;

Result<std::shared_ptr<SileroModel>> SileroModel::Load(const std::filesystem::path& file) {
  try {
    return std::shared_ptr<SileroModel>(new SileroModel(std::make_unique<OnnxSession>(file)));
  } catch (const Ort::Exception& error) {
    return Status::Malformed("silero: cannot load {}: {}", file.string(), error.what());
  }
}

Result<std::unique_ptr<SileroVad>> SileroVad::Create(std::shared_ptr<SileroModel> model, int rate_hz) {
  if (rate_hz != 16000 && rate_hz != 8000) {
    return Status::InvalidArgument("silero: sample rate {} Hz; it hears 8000 and 16000 Hz only", rate_hz);
  }
  return std::unique_ptr<SileroVad>(new SileroVad(std::move(model), rate_hz));
}

SileroVad::SileroVad(std::shared_ptr<SileroModel> model, int rate_hz)
    : model_(std::move(model)),
      rate_hz_(rate_hz),
      context_samples_(rate_hz == 16000 ? 64 : 32),
      input_(context_samples_ + VadWindowSamples(rate_hz)) {}

void SileroVad::Reset() {
  std::fill(input_.begin(), input_.end(), 0.0f);
  state_.fill(0.0f);
}

float SileroVad::Confidence(std::span<const std::int16_t> window) {
  if (window.size() != input_.size() - context_samples_) return 0.0f;
  std::copy(input_.end() - static_cast<std::ptrdiff_t>(context_samples_), input_.end(), input_.begin());
  std::transform(window.begin(), window.end(), input_.begin() + static_cast<std::ptrdiff_t>(context_samples_),
                 [](std::int16_t sample) { return static_cast<float>(sample) / 32768.0f; });
  try {
    const auto memory = Ort::MemoryInfo::CreateCpu(OrtDeviceAllocator, OrtMemTypeCPU);
    const std::array<std::int64_t, 2> input_shape{1, static_cast<std::int64_t>(input_.size())};
    const std::array<std::int64_t, 3> state_shape{2, 1, 128};
    std::int64_t rate = rate_hz_;
    const std::array<Ort::Value, 3> inputs{
        Ort::Value::CreateTensor<float>(memory, input_.data(), input_.size(), input_shape.data(), 2),
        Ort::Value::CreateTensor<float>(memory, state_.data(), state_.size(), state_shape.data(), 3),
        Ort::Value::CreateTensor<std::int64_t>(memory, &rate, 1, nullptr, 0)};
    constexpr std::array<const char*, 3> kInputs{"input", "state", "sr"};
    constexpr std::array<const char*, 2> kOutputs{"output", "stateN"};
    const auto outputs = (*model_->session_)
                             ->Run(Ort::RunOptions(nullptr), kInputs.data(), inputs.data(), inputs.size(),
                                   kOutputs.data(), kOutputs.size());
    std::copy_n(outputs[1].GetTensorData<float>(), state_.size(), state_.begin());
    return outputs[0].GetTensorData<float>()[0];
  } catch (const Ort::Exception& error) {
    if (!failure_logged_) LogError("silero: {}", error.what());
    failure_logged_ = true;
    return 0.0f;
  }
}

}  // namespace repartee::local
