// AgentStack: what agents hear, think and speak with: models and vendors, loaded once and
// shared; each conversation gets services of its own.
//
// Thread: Load blocks for seconds; NewServices any. Outlives the services; destroy it
// before the loops that they run on.
#pragma once

#include <memory>
#include <string>

#include "repartee/agent/agent.h"
#include "repartee/agent/agent_settings.h"

namespace repartee {

class AgentStack {
 public:
  virtual ~AgentStack() = default;

  // For one conversation.
  virtual Result<AgentServices> NewServices() = 0;
  // "smollm2", "gpt-4.1".
  virtual std::string language_model() const = 0;

  // InvalidArgument on settings that cannot be; NotFound or Malformed for models that are missing or damaged;
  // Unimplemented in a program built without local models. Each says what to do.
  static Result<std::unique_ptr<AgentStack>> Load(const AgentSettings& settings);
};

}  // namespace repartee
