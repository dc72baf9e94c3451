// An agent's services without models, for tests: nobody listens, the model greets, the voice is a tone.
//
// Thread: the test's, or that of whoever asks the stack.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "repartee/agent/agent_stack.h"
#include "repartee/pipeline/filters.h"
#include "repartee/rtvi/session_for_test.h"

namespace repartee::testing {

inline AgentServices ScriptedServices(std::unique_ptr<LLMService> llm = std::make_unique<GreetingLlm>()) {
  AgentServices services;
  services.stt = std::make_unique<IdentityFilter>();
  services.llm = std::move(llm);
  services.tts = std::make_unique<ToneTts>();
  return services;
}

class ScriptedStack final : public AgentStack {
 public:
  Result<AgentServices> NewServices() override { return ScriptedServices(); }
  std::string language_model() const override { return "script"; }
};

}  // namespace repartee::testing
