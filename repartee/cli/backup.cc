#include "repartee/cli/backup.h"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>

#include "repartee/server/store/sqlite/backup.h"
#include "repartee/server/trace_server.h"

namespace repartee::cli {
namespace {

struct BackupOptions {
  std::string data = server::DefaultDataFolder();
  std::string to;
};

Status RunBackup(const BackupOptions& options) {
  const bool is_terminal = isatty(STDERR_FILENO) != 0;
  const auto progress = [is_terminal](const std::string& file) {
    if (is_terminal) fmt::print(stderr, "\r\033[K{}", file);
    std::fflush(stderr);
  };
  const Result<server::BackupReport> report = server::BackUp(options.data, options.to, progress);
  if (is_terminal) fmt::print(stderr, "\r\033[K");
  if (!report.ok()) return report.status();
  fmt::print("{}: {} files, {:.1f} MB. Serve it with: repartee serve --data {}\n", options.to, report->files,
             static_cast<double>(report->bytes) / 1e6, options.to);
  return OkStatus();
}

}  // namespace

void AddBackupCommand(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<BackupOptions>();
  CLI::App* backup = app.add_subcommand("backup", "Copies the data folder while the server goes on");
  backup->add_option("--data", options->data, "Folder of everything stored")->capture_default_str();
  backup->add_option("--to", options->to, "New folder for the copy")->required();
  backup->footer(
      "The copy is a data folder of its own: restore by serving it.\n\n"
      "Examples:\n  repartee backup --to /backup/repartee-monday\n"
      "  repartee serve --data /backup/repartee-monday");
  backup->callback([options, &exit_code] {
    const Status status = RunBackup(*options);
    if (status.ok()) return;
    fmt::print(stderr, "repartee backup: {}\n", status.message());
    exit_code = 1;
  });
}

}  // namespace repartee::cli
