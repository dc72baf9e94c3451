// Measuring: CPU and wall time, memory, statistics and the one JSON line that every
// benchmark prints. The rules are in bench/README.md.
//
// Thread: the benchmark's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "repartee/base/clock.h"
#include "repartee/base/json.h"

namespace repartee::bench {

double CpuSeconds();        // user and system time of the process
double ThreadCpuSeconds();  // of the calling thread alone
double WallSeconds();       // monotonic
// When the process was spawned, as BENCH_T0_NS tells it (monotonic nanoseconds), else when it was loaded.
Nanos ProcessStart();
std::int64_t RssKib();
// As many open files as the machine lets the process have.
void AllowManySockets();
// Calls of malloc so far, where a counting library is preloaded.
std::optional<std::uint64_t> MallocCount();

// {"min":, "median":, "max":}, with "p99" when asked for.
Json Statistics(std::vector<double> values, bool with_p99 = false);

struct Report {
  std::string bench;
  Json params = Json::object();
  Json metrics = Json::object();
  bool ok = true;
};
// The last line of stdout.
void Print(const Report& report);

}  // namespace repartee::bench
