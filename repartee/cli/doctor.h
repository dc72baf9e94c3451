// `repartee doctor`: looks for what keeps traces from arriving, and says what to do.
// Thread: the main one.
#pragma once

namespace CLI {
class App;
}

namespace repartee::cli {

// Adds the subcommand to `app`; when it is chosen, `exit_code` gets what the process returns.
void AddDoctorCommand(CLI::App& app, int& exit_code);

}  // namespace repartee::cli
