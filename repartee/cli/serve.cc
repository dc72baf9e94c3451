#include "repartee/cli/serve.h"

#include <fmt/format.h>
#include <pthread.h>
#include <signal.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "repartee/cli/server_greeting.h"

namespace repartee::cli {
namespace {

bool IsOn(const std::string& choice) { return choice == "on"; }

}  // namespace

Status RunServe(ServeOptions options) {
  // Blocked here, so in every thread of the server, and taken by sigwait below.
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGINT);
  sigaddset(&stop, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &stop, nullptr);
  // Writing to a peer that has gone is an error code, not the end of the process.
  signal(SIGPIPE, SIG_IGN);
  // A file size limit that is reached is an error of the write, as a full disk is.
  signal(SIGXFSZ, SIG_IGN);
  Result<std::unique_ptr<server::TraceServer>> server = server::TraceServer::Start(options.server);
  if (!server.ok()) return std::move(server).status();
  fmt::print("{}", options.json ? GreetingAsJson(**server, options.server) + "\n"
                                : GreetingAsText(**server, options.server));
  std::fflush(stdout);
  int received = 0;
  sigwait(&stop, &received);
  (*server)->Stop();
  return OkStatus();
}

void AddServeCommand(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<ServeOptions>();
  auto anonymous = std::make_shared<std::string>("on");
  auto additions = std::make_shared<std::string>("on");
  options->server.data_folder = server::DefaultDataFolder();
  CLI::App* serve =
      app.add_subcommand("serve", "The trace server: takes traces over OTLP, stores and shows them");
  serve->add_option("--port", options->server.port, "Public API; 0 takes a free port")->capture_default_str();
  serve->add_option("--otlp-http-port", options->server.otlp_http_port, "OTLP over HTTP; 0 takes a free port")
      ->capture_default_str();
  serve->add_option("--host", options->server.host, "Address to listen on")->capture_default_str();
  serve->add_option("--data", options->server.data_folder, "Folder for everything stored")
      ->capture_default_str();
  serve->add_option("--public-url", options->server.public_urls,
                    "URL by which browsers reach the server; may be given several times");
  serve->add_option("--otlp-anonymous", *anonymous, "Take traces without a key from this machine")
      ->check(CLI::IsMember({"on", "off"}))
      ->capture_default_str();
  serve
      ->add_option("--voice-additions", *additions,
                   "Sessions, texts and first-token times of voice calls; off: as Langfuse shows them")
      ->check(CLI::IsMember({"on", "off"}))
      ->capture_default_str();
  serve->add_flag("--json", options->json, "First line as JSON: ports, project and keys");
  serve->footer(
      "Examples:\n  repartee serve\n  repartee serve --port 8080 --data /var/lib/repartee --host 0.0.0.0");
  serve->callback([options, anonymous, additions, &exit_code] {
    options->server.otlp_anonymous = IsOn(*anonymous);
    options->server.voice_additions = IsOn(*additions);
    options->server.init = server::InitSettings::FromEnvironment();
    const Status status = RunServe(*options);
    if (status.ok()) return;
    fmt::print(stderr, "repartee serve: {}\n", status.message());
    exit_code = 1;
  });
}

}  // namespace repartee::cli
