// The vendors' services as an agent's settings name them; keys come from the environment.
// Thread: any; each service belongs to one conversation's loop.
#pragma once

#include <memory>

#include "repartee/agent/agent_settings.h"
#include "repartee/services/llm_service.h"

namespace repartee {

// `settings.service` names a vendor that has such a service (ChooseVendors sees to it); another one gives the
// vendor of choice.
std::unique_ptr<AIService> NewVendorSTT(const ServiceSettings& settings);
std::unique_ptr<AIService> NewVendorTTS(const ServiceSettings& settings);
// `agent` for what its language models have in common: the prompt, limits of function calls, turn
// completion.
std::unique_ptr<LLMService> NewVendorLLM(const ServiceSettings& settings, const AgentSettings& agent);

}  // namespace repartee
