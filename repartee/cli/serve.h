// `repartee serve`: the trace server alone. Thread: the main one.
#pragma once

#include "repartee/base/status.h"
#include "repartee/server/trace_server.h"

namespace CLI {
class App;
}

namespace repartee::cli {

struct ServeOptions {
  server::TraceServerOptions server;
  int drain_seconds = 0;
  bool json = false;  // the first line is JSON with all ports, and keys at first start
};

// Adds the options that `serve` and `up` share; borrowed until the line was read.
void AddServerOptions(CLI::App& command, server::TraceServerOptions& options);

// Adds the subcommand to `app`; when it is chosen, `exit_code` gets what the process returns.
void AddServeCommand(CLI::App& app, int& exit_code);

// Serves until SIGINT or SIGTERM. Says where it listens on standard output.
Status RunServe(ServeOptions options);

}  // namespace repartee::cli
