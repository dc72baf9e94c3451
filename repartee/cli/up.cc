#include "repartee/cli/up.h"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <optional>
#include <utility>

#include "repartee/base/json.h"
#include "repartee/cli/agent_options.h"
#include "repartee/cli/first_question.h"
#include "repartee/cli/grpc_door.h"
#include "repartee/cli/serve.h"
#include "repartee/cli/server_greeting.h"
#include "repartee/cli/stop_signals.h"
#include "repartee/cli/trace_target.h"

namespace repartee::cli {
namespace {

using server::TraceServer;

// The agent's spans go over OTLP, as any other program's.
Result<TraceTarget> TracesOfTheAgent(const TraceServer& server, const std::string& host) {
  return TraceTarget::SetUp("repartee-agent", fmt::format("http://{}:{}", host, server.otlp_http_port()));
}

// An agent that lacks a model or a key leaves the trace server useful; a port in use is a mistake.
bool MayDoWithout(const Status& status) {
  return status.code() == StatusCode::kNotFound || status.code() == StatusCode::kMalformed ||
         status.code() == StatusCode::kUnimplemented;
}

void PrintJson(const TraceServer& server, const UpOptions& options, int grpc_port, const AgentServer* agent) {
  const auto greeting = ParseJson(GreetingAsJson(server, options.server, grpc_port));
  Json line = greeting.ok() ? *greeting : Json::object();
  line["agent_port"] = agent != nullptr ? Json(agent->port()) : Json(nullptr);
  fmt::print("{}\n", line.dump());
}

void PrintAgent(const std::string& host, const AgentServer& agent, const TraceTarget& traces) {
  fmt::print(
      "Talk          http://{0}:{1}\nClients       ws://{0}:{1}/ws\nModel         {2}\nAgent traces  {3}\n",
      host, agent.port(), agent.stack().language_model(), traces.Destination());
}

Result<std::unique_ptr<AgentServer>> StartAgent(const UpOptions& options, const TraceServer& server) {
  AgentServerOptions agent = options.agent;
  agent.host = options.server.host;
  agent.public_urls = options.server.public_urls;
  agent.dashboard_url = fmt::format("http://{}:{}", options.server.host, server.port());
  return AgentServer::Start(std::move(agent));
}

}  // namespace

Status RunUp(UpOptions options) {
  const StopSignals stop;
  auto server = TraceServer::Start(options.server);
  if (!server.ok()) return std::move(server).status();
  auto grpc = ListenGrpc(**server, options.server);
  if (!grpc.ok()) return std::move(grpc).status();
  const int grpc_port = *grpc ? (*grpc)->port() : 0;
  (*server)->set_otlp_grpc_port(grpc_port);
  if (!options.json) fmt::print("{}", GreetingAsText(**server, options.server, grpc_port));
  std::fflush(stdout);
  Result<TraceTarget> traces = TracesOfTheAgent(**server, options.server.host);
  if (!traces.ok()) return std::move(traces).status();
  if (isatty(STDERR_FILENO) != 0) fmt::print(stderr, "Loading the models ...\r");
  auto agent = StartAgent(options, **server);
  if (!agent.ok() && !MayDoWithout(agent.status())) {
    const bool is_port_taken = agent.status().code() == StatusCode::kAlreadyExists;
    return std::move(agent).status().Annotate("agent{}", is_port_taken ? " (--agent-port)" : "");
  }
  if (options.json) PrintJson(**server, options, grpc_port, agent.ok() ? agent->get() : nullptr);
  if (!agent.ok()) fmt::print(stderr, "repartee up: no agent to talk with: {}\n", agent.status().message());
  if (agent.ok()) (*server)->set_agent_port((*agent)->port());
  if (agent.ok() && !options.json) PrintAgent(options.server.host, **agent, *traces);
  std::fflush(stdout);
  {
    std::optional<FirstQuestion> question;
    const bool first_start = (*server)->init().created.has_value();
    if (agent.ok() && first_start && options.first_question && !options.json) {
      question.emplace((*agent)->stack(), options.agent.agents.agent);
    }
    stop.Wait();
  }
  if (agent.ok()) (*agent)->Stop();
  traces->Finish();
  if (*grpc) (*grpc)->Stop();
  (*server)->Stop();
  return OkStatus();
}

void AddUpCommand(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<UpOptions>();
  CLI::App* up = app.add_subcommand("up", "Trace server, dashboard and a voice agent to talk with");
  AddServerOptions(*up, options->server);
  up->add_option("--agent-port", options->agent.port, "Talk page and websocket; 0 takes a free port")
      ->capture_default_str();
  AddAgentServerOptions(*up, options->agent.agents);
  up->add_flag("!--no-first-question", options->first_question,
               "At the first start, do not ask the agent a recorded question");
  up->add_flag("--json", options->json, "First line as JSON: ports, project and keys");
  up->footer("Examples:\n  repartee up\n  repartee up --port 8080 --agent-port 8081 --data ./traces");
  up->callback([options, &exit_code] {
    options->server.init = server::InitSettings::FromEnvironment();
    const Status status = RunUp(*options);
    if (status.ok()) return;
    fmt::print(stderr, "repartee up: {}\n", status.message());
    exit_code = 1;
  });
}

}  // namespace repartee::cli
