// repartee-bench: measures the library that users link, through its public classes.

#include <CLI/CLI.hpp>

#include "bench/benches.h"

namespace {

using namespace repartee::bench;  // a program's main file

void PrintCaps() {
  Report report{.bench = "caps"};
  const repartee::Json line = {{"bench", "caps"},
                               {"name", std::string("repartee ") + REPARTEE_VERSION},
                               {"benches", {"hops", "fleet", "interrupt", "turn", "startup"}},
                               {"params", repartee::Json::object()},
                               {"metrics", repartee::Json::object()},
                               {"ok", true}};
  std::puts(line.dump().c_str());
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Benchmarks of the runtime. Each prints one JSON object as its last line."};
  app.require_subcommand(1);
  bool json = true;
  const auto subcommand = [&app, &json](const char* name, const char* about) {
    CLI::App* sub = app.add_subcommand(name, about);
    sub->add_flag("--json", json, "the output is always JSON");
    return sub;
  };
  int status = 0;
  const auto run = [&status](const Report& report) {
    Print(report);
    status = report.ok ? 0 : 1;
  };

  subcommand("caps", "which benchmarks there are")->callback([] { PrintCaps(); });

  HopsOptions hops;
  CLI::App* sub = subcommand("hops", "CPU time of a hop");
  sub->add_option("--processors", hops.processors)->capture_default_str();
  sub->add_option("--frames", hops.frames)->capture_default_str();
  sub->add_option("--kind", hops.kind)
      ->check(CLI::IsMember({"audio", "text", "system"}))
      ->capture_default_str();
  sub->add_option("--observer", hops.observer)
      ->check(CLI::IsMember({"none", "one", "default"}))
      ->capture_default_str();
  sub->add_option("--batch", hops.batch)->capture_default_str();
  sub->add_option("--repeat", hops.repeat)->capture_default_str();
  sub->callback([&] { run(RunHops(hops)); });

  FleetOptions fleet;
  sub = subcommand("fleet", "agents a core");
  sub->add_option("--pipelines", fleet.pipelines)->capture_default_str();
  sub->add_option("--processors", fleet.processors)->capture_default_str();
  sub->add_option("--seconds", fleet.seconds)->capture_default_str();
  sub->add_option("--observer", fleet.observer)
      ->check(CLI::IsMember({"none", "default"}))
      ->capture_default_str();
  sub->add_option("--threads", fleet.threads)->capture_default_str();
  sub->callback([&] { run(RunFleet(fleet)); });

  InterruptOptions interrupt;
  sub = subcommand("interrupt", "how soon nothing stale is left after an interruption");
  sub->add_option("--queued", interrupt.queued)->capture_default_str();
  sub->add_option("--processors", interrupt.processors)->capture_default_str();
  sub->add_option("--observer", interrupt.observer)
      ->check(CLI::IsMember({"none", "default"}))
      ->capture_default_str();
  sub->add_option("--repeat", interrupt.repeat)->capture_default_str();
  sub->callback([&] { run(RunInterrupt(interrupt)); });

  TurnOptions turn;
  sub = subcommand("turn", "one exchange of a voice agent");
  sub->add_option("--turns", turn.turns)->capture_default_str();
  sub->add_option("--tokens", turn.tokens)->check(CLI::Range(2, 1000))->capture_default_str();
  sub->add_option("--tracing", turn.tracing)
      ->check(CLI::IsMember({"off", "memory", "otlp"}))
      ->capture_default_str();
  sub->add_option("--observer", turn.observer)
      ->check(CLI::IsMember({"none", "default"}))
      ->capture_default_str();
  sub->callback([&] { run(RunTurn(turn)); });

  StartupOptions startup;
  sub = subcommand("startup", "time to the first audio, memory of an agent");
  sub->add_option("--extra", startup.extra)->capture_default_str();
  sub->callback([&] { run(RunStartup(startup)); });

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  return status;
}
