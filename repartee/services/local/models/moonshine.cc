#include "repartee/services/local/models/moonshine.h"

#include <sherpa-onnx/c-api/c-api.h>
#include <algorithm>
#include <vector>

namespace repartee::local {
namespace {

// The encoder's convolutions need a little length; shorter sound holds no word anyway.
constexpr std::size_t kMinSamples = 1600;

std::string Trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\n");
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(" \t\n") - first + 1));
}

}  // namespace

Result<std::unique_ptr<MoonshineRecognizer>> MoonshineRecognizer::Load(const MoonshineFiles& files,
                                                                       int threads) {
  SherpaOnnxOfflineRecognizerConfig config{};
  config.feat_config.sample_rate = kRateHz;
  config.feat_config.feature_dim = 80;
  config.model_config.moonshine.encoder = files.encoder.c_str();
  config.model_config.moonshine.merged_decoder = files.decoder.c_str();
  config.model_config.tokens = files.tokens.c_str();
  config.model_config.num_threads = threads;
  config.model_config.provider = "cpu";
  config.decoding_method = "greedy_search";
  Handle handle(SherpaOnnxCreateOfflineRecognizer(&config), &SherpaOnnxDestroyOfflineRecognizer);
  if (!handle) return Status::Malformed("moonshine: cannot load {}", files.encoder.parent_path().string());
  return std::unique_ptr<MoonshineRecognizer>(new MoonshineRecognizer(std::move(handle)));
}

Result<std::string> MoonshineRecognizer::Transcribe(std::span<const std::int16_t> pcm) {
  if (pcm.size() > kMaxSamples) {
    return Status::InvalidArgument("moonshine: {} samples, at most {} at once", pcm.size(), kMaxSamples);
  }
  if (pcm.size() < kMinSamples) return std::string();
  std::vector<float> samples(pcm.size());
  std::transform(pcm.begin(), pcm.end(), samples.begin(),
                 [](std::int16_t sample) { return static_cast<float>(sample) / 32768.0f; });

  const std::lock_guard lock(mutex_);
  const std::unique_ptr<const SherpaOnnxOfflineStream, decltype(&SherpaOnnxDestroyOfflineStream)> stream(
      SherpaOnnxCreateOfflineStream(handle_.get()), &SherpaOnnxDestroyOfflineStream);
  SherpaOnnxAcceptWaveformOffline(stream.get(), kRateHz, samples.data(),
                                  static_cast<std::int32_t>(samples.size()));
  SherpaOnnxDecodeOfflineStream(handle_.get(), stream.get());
  const std::unique_ptr<const SherpaOnnxOfflineRecognizerResult,
                        decltype(&SherpaOnnxDestroyOfflineRecognizerResult)>
      result(SherpaOnnxGetOfflineStreamResult(stream.get()), &SherpaOnnxDestroyOfflineRecognizerResult);
  if (!result || !result->text) return Status::Internal("moonshine: no result");
  return Trim(result->text);
}

}  // namespace repartee::local
