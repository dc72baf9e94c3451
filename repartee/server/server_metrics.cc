#include "repartee/server/server_metrics.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <fstream>

namespace repartee::server {
namespace {

// One family with a single value.
void Append(std::string& out, std::string_view name, std::string_view type, std::string_view help,
            double value) {
  fmt::format_to(std::back_inserter(out), "# HELP {0} {2}\n# TYPE {0} {1}\n{0} {3}\n", name, type, help,
                 value);
}

double CpuSeconds() {
  rusage usage{};
  if (getrusage(RUSAGE_SELF, &usage) != 0) return 0;
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double ResidentBytes() {
  std::ifstream file("/proc/self/statm");
  double total = 0;
  double resident = 0;
  file >> total >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}

}  // namespace

void ServerMetrics::CountAnswer(std::string_view face, int status) {
  const std::lock_guard lock(mutex_);
  ++answers_[{std::string(face), status}];
}

std::string ServerMetrics::Text(const Store& store, const IngestHealth& health) const {
  std::string out =
      "# HELP repartee_answers_total Answers to requests, by face and status\n"
      "# TYPE repartee_answers_total counter\n";
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [key, count] : answers_) {
      fmt::format_to(std::back_inserter(out), "repartee_answers_total{{face=\"{}\",status=\"{}\"}} {}\n",
                     key.first, key.second, count);
    }
  }
  const StoreStats stats = store.stats();
  const auto count = [](std::uint64_t number) { return static_cast<double>(number); };
  Append(out, "repartee_spans_total", "counter", "Spans committed since the start", count(stats.spans));
  Append(out, "repartee_commits_total", "counter", "Commits since the start", count(stats.commits));
  Append(out, "repartee_last_commit_timestamp_seconds", "gauge", "When spans were committed last",
         static_cast<double>(stats.last_commit_ns) / 1e9);
  Append(out, "repartee_live_trace_hits_total", "counter", "Open traces found in memory",
         count(stats.cache_hits));
  Append(out, "repartee_live_trace_reloads_total", "counter", "Open traces read again from disk",
         count(stats.cache_reloads));
  Append(out, "repartee_live_trace_evictions_total", "counter", "Open traces that memory had no room for",
         count(stats.cache_evictions));
  Append(out, "repartee_index_backlog_traces", "gauge", "Committed traces that wait for the trace index",
         count(stats.index_backlog));
  Append(out, "repartee_store_healthy", "gauge", "0 while commits fail, as on a full disk",
         store.Health().ok() ? 1 : 0);
  Append(out, "repartee_ingest_requests_total", "counter", "Requests that brought traces",
         static_cast<double>(health.report().requests));
  Append(out, "process_cpu_seconds_total", "counter", "CPU time of the process", CpuSeconds());
  Append(out, "process_resident_memory_bytes", "gauge", "Resident memory of the process", ResidentBytes());
  return out;
}

}  // namespace repartee::server
