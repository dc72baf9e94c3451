// The options by which a person chooses an agent on the command line. Thread: the main one.
#pragma once

#include "repartee/agent/agent_host.h"

namespace CLI {
class App;
}

namespace repartee::cli {

// A file that describes the agent; speech, language model, prompt, threads, which go before the file's.
// `settings` gets what is given; borrowed until the line was read. A file that cannot be understood ends the
// program.
void AddAgentSettings(CLI::App& command, AgentSettings& settings);

// Those, the greeting, and how many conversations at once: what `agent` and `up` share.
void AddAgentServerOptions(CLI::App& command, AgentHostOptions& options);

}  // namespace repartee::cli
