#include "bench/measure.h"

#include <dlfcn.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>

namespace repartee::bench {
namespace {

// Before main.
const Nanos kLoadedAt = Clock::System().MonotonicNow();

}  // namespace

double CpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double ThreadCpuSeconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

double WallSeconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

Nanos ProcessStart() {
  const char* given = std::getenv("BENCH_T0_NS");
  const long long nanoseconds = given ? std::strtoll(given, nullptr, 10) : 0;
  return nanoseconds > 0 ? Nanos(nanoseconds) : kLoadedAt;
}

std::int64_t RssKib() {
  std::ifstream statm("/proc/self/statm");
  std::int64_t total = 0;
  std::int64_t resident = 0;
  statm >> total >> resident;
  return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

std::optional<std::uint64_t> MallocCount() {
  using Counter = unsigned long long (*)();
  static const auto counter = reinterpret_cast<Counter>(dlsym(RTLD_DEFAULT, "bench_malloc_count"));
  if (!counter) return std::nullopt;
  return counter();
}

Json Statistics(std::vector<double> values, bool with_p99) {
  if (values.empty()) return Json::object();
  std::sort(values.begin(), values.end());
  const auto last = static_cast<double>(values.size() - 1);
  Json out = {{"min", values.front()}, {"median", values[(values.size() - 1) / 2]}, {"max", values.back()}};
  if (with_p99) out["p99"] = values[static_cast<std::size_t>(std::ceil(last * 0.99))];
  return out;
}

void Print(const Report& report) {
  const Json line = {
      {"bench", report.bench}, {"params", report.params}, {"metrics", report.metrics}, {"ok", report.ok}};
  fmt::print("{}\n", line.dump());
  std::fflush(stdout);
}

void AllowManySockets() {
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) return;
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
}

}  // namespace repartee::bench
