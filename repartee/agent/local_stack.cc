#include <algorithm>
#include <utility>

#include "repartee/agent/agent_stack.h"
#include "repartee/agent/vendor_choice.h"
#include "repartee/agent/vendor_services.h"
#include "repartee/services/local/llama_llm_service.h"
#include "repartee/services/local/local_models.h"
#include "repartee/services/local/moonshine_stt_service.h"
#include "repartee/services/local/piper_tts_service.h"
#include "repartee/services/service_switcher.h"

namespace repartee {
namespace {

bool IsHere(const ServiceSettings& settings) { return settings.service == "local"; }

// Voice activity on this machine; hearing, language model and voice here or elsewhere.
class LocalStack final : public AgentStack {
 public:
  LocalStack(AgentSettings settings, std::unique_ptr<local::LocalModels> models)
      : settings_(std::move(settings)), models_(std::move(models)) {}

  Result<AgentServices> NewServices() override {
    auto vad = models_->NewVad(settings_.turns.vad);
    if (!vad.ok()) return std::move(vad).status();
    AgentServices services;
    services.vad = *std::move(vad);
    services.turn_analyzer = NewTurnAnalyzer();
    services.stt =
        Chain<AIService, ServiceSwitcher, AIService>(settings_.stt, services, &LocalStack::NewSpeechToText);
    services.llm =
        Chain<LLMService, LLMSwitcher, LLMService>(settings_.llm, services, &LocalStack::NewLanguageModel);
    services.tts =
        Chain<AIService, ServiceSwitcher, AIService>(settings_.tts, services, &LocalStack::NewTextToSpeech);
    return services;
  }

  std::string language_model() const override {
    const ServiceSettings& first = settings_.llm.front();
    if (IsHere(first)) return models_->language_model_name();
    if (!first.model.empty()) return first.model;
    return first.settings.value("model", "gpt-4.1");
  }

 private:
  // One service, or several of which the next takes over when one has become of no use.
  template <class Service, class Switcher, class Switched>
  std::unique_ptr<FrameProcessor> Chain(
      const std::vector<ServiceSettings>& choices, AgentServices& services,
      std::unique_ptr<Service> (LocalStack::*make)(const ServiceSettings&)) {
    if (choices.size() == 1) return (this->*make)(choices.front());
    std::vector<Switched*> made;
    for (const ServiceSettings& choice : choices) {
      std::unique_ptr<Service> service = (this->*make)(choice);
      made.push_back(service.get());
      services.switched.push_back(std::move(service));
    }
    return std::make_unique<Switcher>(std::move(made), ServiceSwitcherStrategy::kFailover);
  }

  std::unique_ptr<AIService> NewSpeechToText(const ServiceSettings& choice) {
    if (!IsHere(choice)) return NewVendorSTT(choice);
    return std::make_unique<MoonshineSTTService>(*models_);
  }

  std::unique_ptr<AIService> NewTextToSpeech(const ServiceSettings& choice) {
    if (!IsHere(choice)) return NewVendorTTS(choice);
    return std::make_unique<PiperTTSService>(*models_);
  }

  std::unique_ptr<LLMService> NewLanguageModel(const ServiceSettings& choice) {
    if (!IsHere(choice)) return NewVendorLLM(choice, settings_);
    return std::make_unique<LlamaCppLLMService>(
        *models_,
        Json{{"system_instruction", settings_.system_prompt}, {"max_sentences", settings_.max_sentences}});
  }

  std::unique_ptr<TurnAnalyzer> NewTurnAnalyzer() const {
    for (const StopSettings& stop : settings_.turns.stop) {
      const auto* const smart_turn = std::get_if<SmartTurnStop>(&stop);
      if (smart_turn) return models_->NewTurnAnalyzer(smart_turn->analyzer);
    }
    return nullptr;
  }

  const AgentSettings settings_;
  const std::unique_ptr<local::LocalModels> models_;
};

}  // namespace

Result<std::unique_ptr<AgentStack>> AgentStack::Load(const AgentSettings& settings) {
  auto chosen = ChooseVendors(settings);
  if (!chosen.ok()) return std::move(chosen).status();
  local::LocalModelsOptions options;
  const auto llm = std::find_if(chosen->llm.begin(), chosen->llm.end(), IsHere);
  options.language_model = llm == chosen->llm.end() ? "" : llm->model;
  options.llama.threads = settings.threads;
  options.end_of_turn = settings.turns.uses_smart_turn();
  options.run_inline = settings.run_inline;
  auto models = local::LocalModels::Load(std::move(options));
  if (!models.ok()) return std::move(models).status();
  return std::unique_ptr<AgentStack>(std::make_unique<LocalStack>(*std::move(chosen), *std::move(models)));
}

}  // namespace repartee
