#include <utility>

#include "repartee/agent/agent_stack.h"
#include "repartee/agent/vendor_choice.h"
#include "repartee/services/cartesia/service.h"
#include "repartee/services/deepgram/service.h"
#include "repartee/services/local/llama_llm_service.h"
#include "repartee/services/local/local_models.h"
#include "repartee/services/local/moonshine_stt_service.h"
#include "repartee/services/local/piper_tts_service.h"
#include "repartee/services/openai/service.h"

namespace repartee {
namespace {

// A public voice of the vendor's; CARTESIA_VOICE_ID names another.
constexpr const char* kCartesiaVoice = "71a7ad14-091c-4e8e-a314-022ece01c121";

// Voice activity on this machine; hearing, language model and voice here or elsewhere.
class LocalStack final : public AgentStack {
 public:
  LocalStack(AgentSettings settings, std::unique_ptr<local::LocalModels> models)
      : settings_(std::move(settings)), models_(std::move(models)) {}

  Result<AgentServices> NewServices() override {
    auto vad = models_->NewVad();
    if (!vad.ok()) return std::move(vad).status();
    AgentServices services;
    services.vad = *std::move(vad);
    services.stt = NewSpeechToText();
    services.llm = NewLanguageModel();
    services.tts = NewTextToSpeech();
    return services;
  }

  std::string language_model() const override {
    return models_->llama() ? models_->language_model_name()
                            : RemoteOptions().settings.value("model", "gpt-4.1");
  }

 private:
  std::unique_ptr<FrameProcessor> NewSpeechToText() {
    if (settings_.speech_to_text == "moonshine") return std::make_unique<MoonshineSTTService>(*models_);
    return std::make_unique<DeepgramSTTService>(DeepgramSTTOptions::FromEnvironment());
  }

  std::unique_ptr<FrameProcessor> NewTextToSpeech() {
    if (settings_.text_to_speech == "piper") return std::make_unique<PiperTTSService>(*models_);
    CartesiaTTSOptions options = CartesiaTTSOptions::FromEnvironment();
    if (!options.settings.contains("voice")) options.settings["voice"] = kCartesiaVoice;
    return std::make_unique<CartesiaTTSService>(std::move(options));
  }

  std::unique_ptr<FrameProcessor> NewLanguageModel() {
    if (!models_->llama()) return std::make_unique<OpenAILLMService>(RemoteOptions());
    return std::make_unique<LlamaCppLLMService>(
        *models_,
        Json{{"system_instruction", settings_.system_prompt}, {"max_sentences", settings_.max_sentences}});
  }

  OpenAILLMOptions RemoteOptions() const {
    OpenAILLMOptions options = OpenAILLMOptions::FromEnvironment();
    if (settings_.language_model != "openai") options.chat.base_url = settings_.language_model;
    options.settings["system_instruction"] = settings_.system_prompt;
    if (!settings_.remote_model.empty()) options.settings["model"] = settings_.remote_model;
    return options;
  }

  const AgentSettings settings_;
  const std::unique_ptr<local::LocalModels> models_;
};

}  // namespace

Result<std::unique_ptr<AgentStack>> AgentStack::Load(const AgentSettings& settings) {
  auto chosen = ChooseVendors(settings);
  if (!chosen.ok()) return std::move(chosen).status();
  local::LocalModelsOptions options;
  options.language_model = IsRemoteModel(chosen->language_model) ? "" : chosen->language_model;
  options.llama.threads = settings.threads;
  options.run_inline = settings.run_inline;
  auto models = local::LocalModels::Load(std::move(options));
  if (!models.ok()) return std::move(models).status();
  return std::unique_ptr<AgentStack>(std::make_unique<LocalStack>(*std::move(chosen), *std::move(models)));
}

}  // namespace repartee
