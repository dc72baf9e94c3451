// repartee-bench: measures the library that users link, through its public classes.

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <filesystem>

#include "bench/benches.h"

namespace {

using namespace repartee::bench;  // a program's main file

// Beside this one, where the local models are built.
std::string VadProgram() {
  return (std::filesystem::read_symlink("/proc/self/exe").parent_path() / "repartee-bench-vad").string();
}

// In the place of this program; returns only if there is none.
int RunVad(const CLI::App& command) {
  std::vector<std::string> words{VadProgram()};
  for (const std::string& word : command.remaining()) words.push_back(word);
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  execv(words.front().c_str(), arguments.data());
  std::fputs("repartee-bench vad: built without the local models\n", stderr);
  return 1;
}

void PrintCaps() {
  repartee::Json benches{"hops", "fleet", "interrupt", "turn", "startup", "serde", "ws-echo"};
  if (access(VadProgram().c_str(), X_OK) == 0) benches.push_back("vad");
  const repartee::Json line = {{"bench", "caps"},
                               {"name", std::string("repartee ") + REPARTEE_VERSION},
                               {"benches", std::move(benches)},
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
  sub->add_option("--tracing", fleet.tracing)->check(CLI::IsMember({"off", "otlp"}))->capture_default_str();
  sub->add_option("--turn-every", fleet.turn_every, "seconds")
      ->check(CLI::Range(0.05, 3600.0))
      ->capture_default_str();
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

  SerdeOptions serde;
  sub = subcommand("serde", "a frame to bytes and back");
  sub->add_option("--kind", serde.kind)
      ->check(CLI::IsMember({"audio", "text", "transcription", "message"}))
      ->capture_default_str();
  sub->add_option("--frames", serde.frames)->check(CLI::Range(1, 100000000))->capture_default_str();
  sub->add_option("--repeat", serde.repeat)->check(CLI::Range(1, 1000))->capture_default_str();
  sub->callback([&] { run(RunSerde(serde)); });

  WsEchoOptions echo;
  sub = subcommand("ws-echo", "a websocket server that gives each caller back what it says");
  sub->add_option("--port", echo.port)->capture_default_str();
  sub->add_option("--threads", echo.threads)->check(CLI::Range(1, 64))->capture_default_str();
  sub->add_option("--observer", echo.observer)
      ->check(CLI::IsMember({"none", "default"}))
      ->capture_default_str();
  sub->callback([&] { status = RunWsEcho(echo); });

  WsLoadOptions load;
  sub = subcommand("ws-load", "many callers of such a server, and how late their echoes are");
  sub->add_option("--port", load.port)->capture_default_str();
  sub->add_option("--clients", load.clients)->check(CLI::Range(1, 20000))->capture_default_str();
  sub->add_option("--seconds", load.seconds)->check(CLI::Range(0.1, 3600.0))->capture_default_str();
  sub->add_flag("--bad", load.bad, "three more that stall, send garbage, vanish");
  sub->callback([&] { run(RunWsLoad(load)); });

  CLI::App* const vad = subcommand("vad", "a window of voice activity detection");
  vad->allow_extras();
  vad->callback([&status, vad] { status = RunVad(*vad); });

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  return status;
}
