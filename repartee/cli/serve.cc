#include "repartee/cli/serve.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <map>
#include <memory>

#include "repartee/cli/grpc_door.h"
#include "repartee/cli/server_greeting.h"
#include "repartee/cli/stop_signals.h"

namespace repartee::cli {

Status RunServe(ServeOptions options) {
  const StopSignals stop;
  Result<std::unique_ptr<server::TraceServer>> server = server::TraceServer::Start(options.server);
  if (!server.ok()) return std::move(server).status();
  auto grpc = ListenGrpc(**server, options.server);
  if (!grpc.ok()) return std::move(grpc).status();
  const int grpc_port = *grpc ? (*grpc)->port() : 0;
  (*server)->set_otlp_grpc_port(grpc_port);
  fmt::print("{}", options.json ? GreetingAsJson(**server, options.server, grpc_port) + "\n"
                                : GreetingAsText(**server, options.server, grpc_port));
  std::fflush(stdout);
  stop.Wait();
  (*server)->BeginDrain();
  // A second signal does not wait.
  if (options.drain_seconds > 0) (void)stop.WaitFor(std::chrono::seconds(options.drain_seconds));
  if (*grpc) (*grpc)->Stop();
  (*server)->Stop();
  return OkStatus();
}

void AddServerOptions(CLI::App& command, server::TraceServerOptions& options) {
  const std::map<std::string, bool> on_off{{"on", true}, {"off", false}};
  options.data_folder = server::DefaultDataFolder();
  command.add_option("--port", options.port, "Public API; 0 takes a free port")->capture_default_str();
  command.add_option("--otlp-http-port", options.otlp_http_port, "OTLP over HTTP; 0 takes a free port")
      ->capture_default_str();
  command.add_option("--otlp-grpc-port", options.otlp_grpc_port, "OTLP over gRPC; 0 takes a free port")
      ->each([&options](const std::string&) { options.is_grpc_port_given = true; })
      ->capture_default_str();
  command.add_option("--host", options.host, "Address to listen on")->capture_default_str();
  command.add_option("--data", options.data_folder, "Folder for everything stored")->capture_default_str();
  command
      .add_option("--rate-limit", options.requests_per_second,
                  "Requests a second that one key may send, in the long run; 0: no limit")
      ->check(CLI::Range(0.0, 1e6))
      ->capture_default_str();
  command.add_option("--public-url", options.public_urls,
                     "URL by which browsers reach the server; may be given several times");
  command.add_option("--agent-url", options.agent_url,
                     "Agent to talk with in the dashboard; without it the one that “repartee up” starts");
  command
      .add_option("--retention-days", options.retention_days,
                  "Days to keep traces of projects that do not say; 0 keeps them for ever")
      ->check(CLI::Range(0, 36'500))
      ->capture_default_str();
  command
      .add_option("--otlp-anonymous", options.otlp_anonymous, "Take traces without a key from this machine")
      ->transform(CLI::CheckedTransformer(on_off))
      ->default_str("on");
  command
      .add_option("--voice-additions", options.voice_additions,
                  "Sessions, texts and first-token times of voice calls; off: as Langfuse shows them")
      ->transform(CLI::CheckedTransformer(on_off))
      ->default_str("on");
}

void AddServeCommand(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<ServeOptions>();
  CLI::App* serve =
      app.add_subcommand("serve", "The trace server: takes traces over OTLP, stores and shows them");
  AddServerOptions(*serve, options->server);
  serve
      ->add_option("--drain", options->drain_seconds,
                   "Seconds to go on after SIGTERM while /api/public/ready says 500, for a balancer")
      ->check(CLI::Range(0, 600))
      ->capture_default_str();
  serve->add_flag("--json", options->json, "First line as JSON: ports, project and keys");
  serve->footer(
      "Examples:\n  repartee serve\n  repartee serve --port 8080 --data /var/lib/repartee --host 0.0.0.0");
  serve->callback([options, &exit_code] {
    options->server.init = server::InitSettings::FromEnvironment();
    const Status status = RunServe(*options);
    if (status.ok()) return;
    fmt::print(stderr, "repartee serve: {}\n", status.message());
    exit_code = 1;
  });
}

}  // namespace repartee::cli
