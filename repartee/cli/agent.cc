#include "repartee/cli/agent.h"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>
#include <set>

#include "repartee/base/json.h"
#include "repartee/cli/agent_options.h"
#include "repartee/cli/stop_signals.h"
#include "repartee/cli/trace_target.h"
#include "repartee/otel/trace_tree.h"

namespace repartee::cli {
namespace {

void PrintJson(const AgentServer& server, const std::string& host) {
  const Json line{
      {"host", host}, {"port", server.port()}, {"language_model", server.stack().language_model()}};
  fmt::print("{}\n", line.dump());
}

void PrintText(const AgentServer& server, const std::string& host, const TraceTarget& traces) {
  fmt::print(
      "Talk here       http://{0}:{1}\nPipecat clients ws://{0}:{1}/ws\nLanguage model  {2}\nTraces          "
      "{3}\n",
      host, server.port(), server.stack().language_model(), traces.Destination());
}

// A trace's root is the last of its spans to come.
bool HasAllRoots(const std::vector<otel::SpanPtr>& spans) {
  std::set<std::string> rooted;
  for (const otel::SpanPtr& span : spans) {
    if (!span->parent_span_id.valid()) rooted.insert(span->context.trace_id.ToHex());
  }
  return std::all_of(spans.begin(), spans.end(), [&rooted](const otel::SpanPtr& span) {
    return rooted.contains(span->context.trace_id.ToHex());
  });
}

// Traces that go nowhere else are shown when nobody talks any more.
void ShowTraces(const AgentServer& server, TraceTarget& traces, bool json) {
  if (!traces.in_memory_alone() || server.conversations() > 0 || !HasAllRoots(traces.spans())) return;
  const std::vector<otel::SpanPtr> spans = traces.TakeSpans();
  if (spans.empty() || json) return;
  fmt::print("\n{}", otel::FormatTraceTree(spans, {.colours = isatty(STDOUT_FILENO) != 0}));
  std::fflush(stdout);
}

}  // namespace

Status RunAgent(AgentOptions options) {
  const StopSignals stop;
  Result<TraceTarget> traces = TraceTarget::SetUp("repartee-agent");
  if (!traces.ok()) return std::move(traces).status();
  const std::string host = options.server.host;
  if (isatty(STDERR_FILENO) != 0) fmt::print(stderr, "Loading the models ...\r");
  auto server = AgentServer::Start(std::move(options.server));
  if (!server.ok()) return std::move(server).status();
  if (options.json) {
    PrintJson(**server, host);
  } else {
    PrintText(**server, host, *traces);
  }
  std::fflush(stdout);
  while (!stop.WaitFor(std::chrono::seconds(1))) ShowTraces(**server, *traces, options.json);
  (*server)->Stop();
  if (!traces->Finish() && traces->enabled() && !traces->in_memory_alone()) {
    return Status::Unavailable("not all of the traces could be delivered to {}", traces->Destination());
  }
  ShowTraces(**server, *traces, options.json);
  return OkStatus();
}

void AddAgentCommand(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<AgentOptions>();
  CLI::App* agent =
      app.add_subcommand("agent", "Voice agents for Pipecat's clients, and a page to talk with");
  agent->add_option("--port", options->server.port, "Page and websocket; 0 takes a free port")
      ->capture_default_str();
  agent->add_option("--host", options->server.host, "Address to listen on")->capture_default_str();
  agent->add_option("--public-url", options->server.public_urls,
                    "URL by which browsers reach the agent; may be given several times");
  AddAgentServerOptions(*agent, options->server.agents);
  agent->add_flag("--json", options->json, "First line as JSON: host, port, language model");
  agent->footer(
      "Examples:\n  repartee agent\n  repartee agent --config agent.yaml --check\n  repartee agent --port "
      "8080 --greeting 'Hello! How can I help you?'\n"
      "  repartee agent --host 0.0.0.0 --public-url https://agent.example.com");
  agent->add_flag("--check", options->check, "Only look whether --config can be understood");
  agent->callback([options, &exit_code] {
    if (options->check) {
      fmt::print("The description of the agent is understood\n");
      return;
    }
    const Status status = RunAgent(*options);
    if (status.ok()) return;
    fmt::print(stderr, "repartee agent: {}\n", status.message());
    exit_code = 1;
  });
}

}  // namespace repartee::cli
