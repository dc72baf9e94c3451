// The benchmarks of repartee-bench, one file each; what they measure and how is in
// bench/README.md.
//
// Thread: main.
#pragma once

#include <string>

#include "bench/measure.h"

namespace repartee::bench {

struct HopsOptions {
  int processors = 10;
  int frames = 20000;
  std::string kind = "audio";     // audio, text, system
  std::string observer = "none";  // none, one, default
  int batch = 256;
  int repeat = 5;
};
Report RunHops(const HopsOptions& options);

struct FleetOptions {
  int pipelines = 100;
  int processors = 10;
  double seconds = 3;
  std::string observer = "none";
  int threads = 1;
  std::string tracing = "off";  // off, otlp (to BENCH_OTLP_URL)
  double turn_every = 2;        // seconds; a turn of three services is traced
};
Report RunFleet(const FleetOptions& options);

struct InterruptOptions {
  int queued = 100;
  int processors = 4;
  std::string observer = "default";  // none, default
  int repeat = 10;
};
Report RunInterrupt(const InterruptOptions& options);

struct TurnOptions {
  int turns = 200;
  int tokens = 20;
  std::string tracing = "off";       // off, memory, otlp (to BENCH_OTLP_URL)
  std::string observer = "default";  // none, default
};
Report RunTurn(const TurnOptions& options);

struct StartupOptions {
  int extra = 50;  // further agents
};
Report RunStartup(const StartupOptions& options);

struct SerdeOptions {
  std::string kind = "audio";  // audio, text, transcription, message
  int frames = 20000;
  int repeat = 5;
};
Report RunSerde(const SerdeOptions& options);

struct WsEchoOptions {
  int port = 8765;  // 0: a free one
  int threads = 1;
  std::string observer = "default";  // none, default
};
// Serves until SIGINT or SIGTERM; the exit status.
int RunWsEcho(const WsEchoOptions& options);

struct WsLoadOptions {
  int port = 8765;
  int clients = 100;
  double seconds = 3;
  bool bad = false;  // and three that are no good callers
};
Report RunWsLoad(const WsLoadOptions& options);

}  // namespace repartee::bench
