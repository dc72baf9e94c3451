// Which services an agent uses: what its settings say, else the vendor whose key the
// environment has, else the one on this machine. Thread: values; reads the environment.
#pragma once

#include "repartee/agent/agent_settings.h"
#include "repartee/base/status.h"

namespace repartee {

// `settings` with speech_to_text, text_to_speech and language_model filled in. InvalidArgument for a
// name that is none, or a vendor in virtual time; Unauthenticated for a vendor without its key. Each
// names the setting or the variable.
Result<AgentSettings> ChooseVendors(AgentSettings settings);

// A language model that is not on this machine.
bool IsRemoteModel(const std::string& language_model);

}  // namespace repartee
