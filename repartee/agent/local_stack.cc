#include <cstdlib>
#include <utility>

#include "repartee/agent/agent_stack.h"
#include "repartee/services/local/llama_llm_service.h"
#include "repartee/services/local/local_models.h"
#include "repartee/services/local/moonshine_stt_service.h"
#include "repartee/services/local/piper_tts_service.h"
#include "repartee/services/openai/service.h"

namespace repartee {
namespace {

bool IsUrl(const std::string& model) { return model.starts_with("http://") || model.starts_with("https://"); }

bool HasOpenAIKey() {
  const char* const key = std::getenv("OPENAI_API_KEY");
  return key != nullptr && *key != '\0';
}

std::string ChosenModel(const AgentSettings& settings) {
  if (!settings.language_model.empty()) return settings.language_model;
  return HasOpenAIKey() ? "openai" : "smollm2";
}

// Speech on this machine; the language model here or elsewhere.
class LocalStack final : public AgentStack {
 public:
  LocalStack(AgentSettings settings, std::unique_ptr<local::LocalModels> models)
      : settings_(std::move(settings)), models_(std::move(models)) {}

  Result<AgentServices> NewServices() override {
    auto vad = models_->NewVad();
    if (!vad.ok()) return std::move(vad).status();
    AgentServices services;
    services.vad = *std::move(vad);
    services.stt = std::make_unique<MoonshineSTTService>(*models_);
    services.llm = NewLanguageModel();
    services.tts = std::make_unique<PiperTTSService>(*models_);
    return services;
  }

  std::string language_model() const override {
    return models_->llama() ? models_->language_model_name()
                            : RemoteOptions().settings.value("model", "gpt-4.1");
  }

 private:
  std::unique_ptr<FrameProcessor> NewLanguageModel() {
    if (!models_->llama()) return std::make_unique<OpenAILLMService>(RemoteOptions());
    return std::make_unique<LlamaCppLLMService>(
        *models_,
        Json{{"system_instruction", settings_.system_prompt}, {"max_sentences", settings_.max_sentences}});
  }

  OpenAILLMOptions RemoteOptions() const {
    OpenAILLMOptions options = OpenAILLMOptions::FromEnvironment();
    if (IsUrl(settings_.language_model)) options.chat.base_url = settings_.language_model;
    options.settings["system_instruction"] = settings_.system_prompt;
    if (!settings_.remote_model.empty()) options.settings["model"] = settings_.remote_model;
    return options;
  }

  const AgentSettings settings_;
  const std::unique_ptr<local::LocalModels> models_;
};

}  // namespace

Result<std::unique_ptr<AgentStack>> AgentStack::Load(const AgentSettings& settings) {
  const std::string model = ChosenModel(settings);
  const bool remote = model == "openai" || IsUrl(model);
  if (model == "openai" && !HasOpenAIKey()) {
    return Status::Unauthenticated(
        "the language model is to be OpenAI's, but there is no key; set OPENAI_API_KEY");
  }
  if (remote && settings.run_inline) {
    return Status::InvalidArgument(
        "virtual time takes a language model on this machine (smollm2, qwen0.5b or a GGUF "
        "file), not {}",
        model);
  }
  local::LocalModelsOptions options;
  options.language_model = remote ? "" : model;
  options.llama.threads = settings.threads;
  options.run_inline = settings.run_inline;
  auto models = local::LocalModels::Load(std::move(options));
  if (!models.ok()) return std::move(models).status();
  AgentSettings chosen = settings;
  chosen.language_model = model;
  return std::unique_ptr<AgentStack>(std::make_unique<LocalStack>(std::move(chosen), *std::move(models)));
}

}  // namespace repartee
