#include "repartee/agent/vendor_services.h"

#include "repartee/services/cartesia/service.h"
#include "repartee/services/deepgram/service.h"
#include "repartee/services/openai/service.h"
#include "repartee/services/openai/stt_service.h"
#include "repartee/services/openai/tts_service.h"

namespace repartee {
namespace {

// A public voice of the vendor's; CARTESIA_VOICE_ID or the settings name another.
constexpr const char* kCartesiaVoice = "71a7ad14-091c-4e8e-a314-022ece01c121";

// What is given, and nothing in the place of what is not.
void Apply(const ServiceSettings& given, Json& settings) {
  settings.update(given.settings);
  if (!given.model.empty()) settings["model"] = given.model;
}

// What OpenAI's three services have in common.
template <class Http>
void ApplyHttp(const ServiceSettings& given, Http& http) {
  if (!given.base_url.empty()) http.base_url = given.base_url;
  http.default_headers = given.headers;
  http.max_retries = given.max_retries.value_or(http.max_retries);
}

}  // namespace

std::unique_ptr<AIService> NewVendorSTT(const ServiceSettings& settings) {
  if (settings.service == "openai") {
    OpenAISTTOptions options = OpenAISTTOptions::FromEnvironment();
    Apply(settings, options.settings);
    ApplyHttp(settings, options.http);
    return std::make_unique<OpenAISTTService>(std::move(options));
  }
  DeepgramSTTOptions options = DeepgramSTTOptions::FromEnvironment();
  Apply(settings, options.settings);
  if (!settings.base_url.empty()) options.client.base_url = settings.base_url;
  options.client.fixed.tag = settings.tag;
  options.client.fixed.mip_opt_out = settings.mip_opt_out;
  return std::make_unique<DeepgramSTTService>(std::move(options));
}

std::unique_ptr<AIService> NewVendorTTS(const ServiceSettings& settings) {
  if (settings.service == "openai") {
    OpenAITTSOptions options = OpenAITTSOptions::FromEnvironment();
    Apply(settings, options.settings);
    ApplyHttp(settings, options.http);
    return std::make_unique<OpenAITTSService>(std::move(options));
  }
  CartesiaTTSOptions options = CartesiaTTSOptions::FromEnvironment();
  Apply(settings, options.settings);
  if (!options.settings.contains("voice")) options.settings["voice"] = kCartesiaVoice;
  if (!settings.base_url.empty()) options.client.url = settings.base_url;
  options.client.extra_headers = settings.headers;
  if (settings.max_buffer_delay_ms) options.client.fixed.max_buffer_delay_ms = settings.max_buffer_delay_ms;
  return std::make_unique<CartesiaTTSService>(std::move(options));
}

std::unique_ptr<LLMService> NewVendorLLM(const ServiceSettings& settings, const AgentSettings& agent) {
  OpenAILLMOptions options = OpenAILLMOptions::FromEnvironment();
  options.settings["system_instruction"] = agent.system_prompt;
  Apply(settings, options.settings);
  ApplyHttp(settings, options.chat);
  options.chat.organization = settings.organization;
  options.chat.project = settings.project;
  options.chat.azure_api_version = settings.azure_api_version;
  if (settings.first_chunk_timeout) options.chat.first_chunk_timeout = *settings.first_chunk_timeout;
  options.service.functions = agent.function_calls;
  options.service.user_turn_completion = agent.turns.completion;
  return std::make_unique<OpenAILLMService>(std::move(options));
}

}  // namespace repartee
