// The `repartee` command: one subcommand a file. Exit codes: 0 done, 1 failed, 2 wrong usage.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "repartee/base/dotenv.h"
#include "repartee/cli/agent.h"
#include "repartee/cli/backup.h"
#include "repartee/cli/doctor.h"
#include "repartee/cli/keys.h"
#include "repartee/cli/projects.h"
#include "repartee/cli/serve.h"
#include "repartee/cli/talk.h"
#include "repartee/cli/trace.h"
#include "repartee/cli/up.h"
#include "repartee/cli/users.h"

namespace {
constexpr int kFailed = 1;
constexpr int kWrongUsage = 2;
}  // namespace

int main(int argc, char** argv) {
  // Before anything looks at the environment.
  const repartee::Status dotenv = repartee::LoadDotenv();
  CLI::App app("Real-time voice agents and their traces", "repartee");
  app.require_subcommand(1);
  int exit_code = 0;
  repartee::cli::AddUpCommand(app, exit_code);
  repartee::cli::AddServeCommand(app, exit_code);
  repartee::cli::AddKeysCommand(app, exit_code);
  repartee::cli::AddProjectsCommand(app, exit_code);
  repartee::cli::AddUsersCommand(app, exit_code);
  repartee::cli::AddBackupCommand(app, exit_code);
  repartee::cli::AddTalkCommand(app, exit_code);
  repartee::cli::AddAgentCommand(app, exit_code);
  repartee::cli::AddTraceCommand(app, exit_code);
  repartee::cli::AddDoctorCommand(app, exit_code);
  // Ahead of the subcommand, and not in the way of --help.
  app.parse_complete_callback([&dotenv, &app] {
    // The doctor says it in its own words.
    if (dotenv.ok() || app.got_subcommand("doctor")) return;
    fmt::print(stderr, "repartee: {}\n", dotenv.message());
    throw CLI::RuntimeError(kFailed);
  });
  try {
    app.parse(argc, argv);
  } catch (const CLI::RuntimeError& error) {
    return error.get_exit_code();
  } catch (const CLI::ParseError& error) {
    // Asking for help is no error.
    return app.exit(error) == 0 ? 0 : kWrongUsage;
  }
  return exit_code;
}
