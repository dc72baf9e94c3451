// repartee-bench: measures the library that users link, through its public classes.

#include <CLI/CLI.hpp>

#include "bench/benches.h"

namespace {

using namespace repartee::bench;  // a program's main file

void PrintCaps() {
  Report report{.bench = "caps"};
  const repartee::Json line = {{"bench", "caps"},
                               {"name", std::string("repartee ") + REPARTEE_VERSION},
                               {"benches", {"hops", "fleet"}},
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
  sub->add_option("--kind", hops.kind)->check(CLI::IsMember({"audio", "text", "system"}))->capture_default_str();
  sub->add_option("--observer", hops.observer)->check(CLI::IsMember({"none", "one", "default"}))->capture_default_str();
  sub->add_option("--batch", hops.batch)->capture_default_str();
  sub->add_option("--repeat", hops.repeat)->capture_default_str();
  sub->callback([&] { run(RunHops(hops)); });

  FleetOptions fleet;
  sub = subcommand("fleet", "agents a core");
  sub->add_option("--pipelines", fleet.pipelines)->capture_default_str();
  sub->add_option("--processors", fleet.processors)->capture_default_str();
  sub->add_option("--seconds", fleet.seconds)->capture_default_str();
  sub->add_option("--observer", fleet.observer)->check(CLI::IsMember({"none", "default"}))->capture_default_str();
  sub->add_option("--threads", fleet.threads)->capture_default_str();
  sub->callback([&] { run(RunFleet(fleet)); });

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  return status;
}
