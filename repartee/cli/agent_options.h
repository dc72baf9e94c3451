// The options by which a person chooses an agent on the command line. Thread: the main one.
#pragma once

#include "repartee/agent/agent_settings.h"

namespace CLI {
class App;
}

namespace repartee::cli {

// Language model, prompt, threads. `settings` gets what is given; borrowed until the line was read.
void AddAgentSettings(CLI::App& command, AgentSettings& settings);

}  // namespace repartee::cli
