// `repartee agent`: voice agents for clients, and a page to talk with. Thread: the main one.
#pragma once

#include "repartee/base/status.h"
#include "repartee/cli/agent_server.h"

namespace CLI {
class App;
}

namespace repartee::cli {

struct AgentOptions {
  AgentServerOptions server;
  bool json = false;   // the first line is JSON with the port
  bool check = false;  // only whether the options and the file can be understood
};

// Adds the subcommand to `app`; when it is chosen, `exit_code` gets what the process returns.
void AddAgentCommand(CLI::App& app, int& exit_code);

// Holds conversations until SIGINT or SIGTERM. Says where on standard output.
Status RunAgent(AgentOptions options);

}  // namespace repartee::cli
