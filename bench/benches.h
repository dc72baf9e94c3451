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
};
Report RunFleet(const FleetOptions& options);

}  // namespace repartee::bench
