// `repartee trace`: traces in the terminal, asked of a running server. Thread: the main one.
#pragma once

namespace CLI {
class App;
}

namespace repartee::cli {

// Adds the subcommand to `app`; when it is chosen, `exit_code` gets what the process returns.
void AddTraceCommand(CLI::App& app, int& exit_code);

}  // namespace repartee::cli
