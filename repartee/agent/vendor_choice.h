// Which services an agent uses: what its settings say, else the vendor whose key the
// environment has, else the one on this machine. Thread: values; reads the environment.
#pragma once

#include <string>

#include "repartee/agent/agent_settings.h"
#include "repartee/base/status.h"

namespace repartee {

// `settings` with at least one service of each kind, each with its name. InvalidArgument for a name that is
// none, or a vendor in virtual time; Unauthenticated for a vendor without its key. Each names the setting or
// the variable.
Result<AgentSettings> ChooseVendors(AgentSettings settings);

// A language model as people name it on a command line: "openai", the URL of a server that speaks like it,
// else a model on this machine.
ServiceSettings LanguageModelNamed(const std::string& name);

}  // namespace repartee
