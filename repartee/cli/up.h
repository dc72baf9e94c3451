// `repartee up`: trace server, dashboard and a voice agent in one process. Thread: the main one.
#pragma once

#include "repartee/base/status.h"
#include "repartee/cli/agent_server.h"
#include "repartee/server/trace_server.h"

namespace CLI {
class App;
}

namespace repartee::cli {

struct UpOptions {
  server::TraceServerOptions server;
  AgentServerOptions agent;
  bool first_question = true;  // at the first start
  bool json = false;           // the first line is JSON with all ports, and keys at first start
};

// Adds the subcommand to `app`; when it is chosen, `exit_code` gets what the process returns.
void AddUpCommand(CLI::App& app, int& exit_code);

// Serves until SIGINT or SIGTERM. Without what an agent needs (a model, a key) the trace server
// runs alone, and a line says why.
Status RunUp(UpOptions options);

}  // namespace repartee::cli
