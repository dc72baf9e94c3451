// `repartee backup`: a copy of the data folder, beside a running server or without one.
// Thread: the main one.
#pragma once

namespace CLI {
class App;
}

namespace repartee::cli {

// Adds the subcommand to `app`; when it is chosen, `exit_code` gets what the process returns.
void AddBackupCommand(CLI::App& app, int& exit_code);

}  // namespace repartee::cli
