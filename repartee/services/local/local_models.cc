#include "repartee/services/local/local_models.h"

#include <algorithm>
#include <filesystem>
#include <future>
#include <thread>
#include <utility>

#include "repartee/services/local/models/model_store.h"

namespace repartee::local {
namespace {

bool IsFile(const std::string& model) {
  return model.ends_with(".gguf") || model.find('/') != std::string::npos;
}

Result<std::filesystem::path> LanguageModelFile(const std::filesystem::path& folder,
                                                const std::string& model) {
  if (IsFile(model)) return std::filesystem::path(model);
  return FindLanguageModel(folder, model);
}

int SpeechThreads(int asked) {
  return asked > 0 ? asked : std::clamp(static_cast<int>(std::thread::hardware_concurrency()), 1, 4);
}

// The first utterance costs twice the time of the second.
Result<std::unique_ptr<MoonshineRecognizer>> LoadMoonshine(const MoonshineFiles& files, int threads) {
  auto moonshine = MoonshineRecognizer::Load(files, threads);
  if (!moonshine.ok()) return moonshine;
  const std::vector<std::int16_t> second(MoonshineRecognizer::kRateHz);
  if (auto words = (*moonshine)->Transcribe(second); !words.ok()) return std::move(words).status();
  return moonshine;
}

Result<std::shared_ptr<LlamaModel>> LoadLlama(const std::filesystem::path& file, LlamaOptions options) {
  if (file.empty()) return std::shared_ptr<LlamaModel>();
  return LlamaModel::Load(file, options);
}

Result<std::shared_ptr<SmartTurnNetwork>> LoadSmartTurn(const std::filesystem::path& folder, bool wanted) {
  if (!wanted) return std::shared_ptr<SmartTurnNetwork>();
  const auto file = FindEndOfTurnModel(folder);
  if (!file.ok()) return file.status();
  return SmartTurnNetwork::Load(*file);
}

}  // namespace

Result<std::unique_ptr<LocalModels>> LocalModels::Load(LocalModelsOptions options) {
  const auto folder = ModelFolder();
  if (!folder.ok()) return folder.status();
  const auto speech = FindSpeechModels(*folder);
  if (!speech.ok()) return speech.status();
  std::filesystem::path language_file;
  if (!options.language_model.empty()) {
    auto file = LanguageModelFile(*folder, options.language_model);
    if (!file.ok()) return std::move(file).status();
    language_file = *std::move(file);
  }

  const int threads = SpeechThreads(options.speech_threads);
  auto moonshine = std::async(std::launch::async, [&] { return LoadMoonshine(speech->moonshine, threads); });
  auto piper = std::async(std::launch::async, [&] { return PiperVoice::Load(speech->piper, threads); });
  auto llama = std::async(std::launch::async, [&] { return LoadLlama(language_file, options.llama); });
  auto silero = SileroModel::Load(speech->silero_vad);
  auto recognizer = moonshine.get();
  auto voice = piper.get();
  auto language = llama.get();
  if (!silero.ok()) return std::move(silero).status();
  if (!recognizer.ok()) return std::move(recognizer).status();
  if (!voice.ok()) return std::move(voice).status();
  if (!language.ok()) return std::move(language).status();
  auto smart_turn = LoadSmartTurn(*folder, options.end_of_turn);
  if (!smart_turn.ok()) return std::move(smart_turn).status();

  std::unique_ptr<LocalModels> models(new LocalModels(std::move(options)));
  models->silero_ = *std::move(silero);
  models->smart_turn_ = *std::move(smart_turn);
  models->moonshine_ = *std::move(recognizer);
  models->piper_ = *std::move(voice);
  models->llama_ = *std::move(language);
  InferencePool::Options pool;
  pool.run_inline = models->options_.run_inline;
  models->pool_ = std::make_unique<InferencePool>(pool);
  return models;
}

std::string LocalModels::language_model_name() const {
  const std::string& model = options_.language_model;
  return IsFile(model) ? std::filesystem::path(model).filename().string() : model;
}

Result<std::unique_ptr<VadAnalyzer>> LocalModels::NewVad(VadParams params) const {
  constexpr int kRateHz = 16000;
  auto silero = SileroVad::Create(silero_, kRateHz);
  if (!silero.ok()) return std::move(silero).status();
  auto analyzer = VadAnalyzer::Create(kRateHz, *std::move(silero), params);
  if (!analyzer.ok()) return std::move(analyzer).status();
  return std::make_unique<VadAnalyzer>(*std::move(analyzer));
}

std::unique_ptr<TurnAnalyzer> LocalModels::NewTurnAnalyzer(TurnAnalyzerOptions options) const {
  if (!smart_turn_) return nullptr;
  return std::make_unique<TurnAnalyzer>(std::make_unique<SmartTurnModel>(smart_turn_, *pool_), options);
}

}  // namespace repartee::local
