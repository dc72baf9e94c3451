// repartee-bench-server: loads an empty trace server with voice10 and reports what that cost, what is on
// disk and how long its questions take. One JSON object is its last line.

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <thread>

#include "bench/measure.h"
#include "bench/server/measured_server.h"
#include "bench/server/queries.h"
#include "bench/server/senders.h"
#include "bench/server/voice10.h"

namespace {

using namespace repartee;         // a program's main file
using namespace repartee::bench;  // likewise

constexpr int kAhead = 200'000;           // spans encoded before the clock starts, at a time
constexpr double kSecondsToSettle = 600;  // at most, for the work behind the commit
constexpr int kReadBacks = 3;
constexpr std::uint64_t kFirstReadBack = 10'000'000;  // conversation number
constexpr std::uint64_t kFirstWhileLoading = 20'000'000;
constexpr int kSpansWhileLoading = 500;  // at a time
constexpr std::chrono::milliseconds kPauseWhileLoading(250);

struct Options {
  std::string program;
  std::string folder;
  int spans = 100'000;
  bool gzip = false;
  bool is_mixed = false;
};

std::string BesideThis(const char* name) {
  return (std::filesystem::read_symlink("/proc/self/exe").parent_path() / name).string();
}

// A whole hour, 25 h back.
Nanos Day() {
  const auto hours = std::chrono::duration_cast<std::chrono::hours>(Clock::System().WallNow());
  return hours - std::chrono::hours(25);
}

double BytesIn(const std::string& folder) {
  double bytes = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) bytes += static_cast<double>(entry.file_size());
  }
  return bytes;
}

std::string TracesUrl(const MeasuredServer& server) { return server.url() + "/api/public/otel/v1/traces"; }

Sent Load(const MeasuredServer& server, const Options& options) {
  Voice10 workload({.day = Day(), .is_mixed = options.is_mixed, .gzip = options.gzip});
  Sent sent;
  for (int left = options.spans; left > 0 && sent.failure.empty(); left -= kAhead) {
    SendAll(TracesUrl(server), server.basic(), options.gzip, workload.Next(std::min(left, kAhead)), sent);
  }
  return sent;
}

Json ReadBacks(const MeasuredServer& server) {
  Voice10 workload({.day = Day(), .first = kFirstReadBack});
  Json times = Json::array();
  for (int i = 0; i < kReadBacks; ++i) {
    Sent sent;
    SendAll(TracesUrl(server), server.basic(), false, workload.Next(kSpansInConversation), sent);
    times.push_back(ReadBackMs(server.url(), server.basic(), sent.last_trace_id));
  }
  return times;
}

// The questions once more, while 2,000 spans a second come in.
Json AskWhileLoading(const MeasuredServer& server, const std::string& trace_id) {
  const std::jthread loader([&server](const std::stop_token& stop) {
    Voice10 workload({.day = Day(), .first = kFirstWhileLoading});
    while (!stop.stop_requested()) {
      Sent sent;
      SendAll(TracesUrl(server), server.basic(), false, workload.Next(kSpansWhileLoading), sent);
      std::this_thread::sleep_for(kPauseWhileLoading);
    }
  });
  return AskQueries(server.url(), server.basic(), trace_id);
}

Json Cost(const MeasuredServer& server, const Sent& sent, double cpu_seconds) {
  const auto spans = static_cast<double>(std::max<std::int64_t>(1, sent.spans));
  const Json request_ms = Statistics(sent.request_ms, true);
  return {{"acknowledged_spans", sent.spans},
          {"spans_per_s", spans / sent.seconds},
          {"server_cpu_s_per_million", cpu_seconds / spans * 1e6},
          {"sender_cores", sent.cpu_seconds / sent.seconds},
          {"request_ms_median", request_ms.value("median", 0.0)},
          {"request_ms_p99", request_ms.value("p99", 0.0)},
          {"put_off", sent.put_off},
          {"peak_rss_mb", server.PeakRssMb()}};
}

Result<Json> Measure(const Options& options) {
  Json metrics = Json::object();
  double spans = 0;
  std::string last_trace_id;
  {
    auto server = MeasuredServer::Start(options.program, options.folder);
    if (!server.ok()) return std::move(server).status();
    metrics["cold_start_s"] = server->seconds_to_start();
    metrics["idle_rss_mb"] = server->RssMb();
    const double cpu = server->CpuSeconds();
    const Sent sent = Load(*server, options);
    if (!sent.failure.empty()) return Status::Unavailable("the server refused a batch: {}", sent.failure);
    server->WaitUntilIdle(kSecondsToSettle);
    metrics.update(Cost(*server, sent, server->CpuSeconds() - cpu));
    metrics["read_back_ms"] = ReadBacks(*server);
    last_trace_id = sent.last_trace_id;
    metrics["queries"] = AskQueries(server->url(), server->basic(), last_trace_id);
    spans = static_cast<double>(sent.spans + std::int64_t{kReadBacks} * kSpansInConversation);
  }
  metrics["bytes_per_span"] = BytesIn(options.folder) / spans;
  const auto again = MeasuredServer::Start(options.program, options.folder);
  if (!again.ok()) return again.status();
  metrics["cold_start_stored_s"] = again->seconds_to_start();
  metrics["queries_while_loading"] = AskWhileLoading(*again, last_trace_id);
  return metrics;
}

int Run(const Options& options) {
  std::error_code failed;
  if (!std::filesystem::is_empty(options.folder, failed) && !failed) {
    fmt::print(stderr, "repartee-bench-server: {} is not empty; name a folder that is, or none\n",
               options.folder);
    return 1;
  }
  Report report{.bench = "server",
                .params = {{"spans", options.spans}, {"gzip", options.gzip}, {"mixed", options.is_mixed}}};
  auto metrics = Measure(options);
  if (!metrics.ok()) {
    fmt::print(stderr, "repartee-bench-server: {}\n", metrics.status().message());
    return 1;
  }
  report.metrics = std::move(*metrics);
  Print(report);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{
      "Loads an empty trace server with voice10 and measures it. Prints one JSON object as its last line."};
  Options options;
  options.program = BesideThis("repartee");
  std::string kept;
  app.add_option("--program", options.program, "the repartee to measure")->capture_default_str();
  app.add_option("--data", kept, "an empty folder for the store, which is left there; else a temporary one");
  app.add_option("--spans", options.spans, "at least; whole conversations of 41")
      ->check(CLI::Range(41, 1'000'000'000))
      ->capture_default_str();
  app.add_flag("--gzip", options.gzip, "compressed bodies");
  app.add_flag("--mixed", options.is_mixed, "1,000 conversations open at once");
  CLI11_PARSE(app, argc, argv);
  if (!kept.empty()) {
    options.folder = kept;
    return Run(options);
  }
  const auto temporary =
      std::filesystem::temp_directory_path() / fmt::format("repartee-bench-server-{}", getpid());
  options.folder = temporary.string();
  const int status = Run(options);
  std::filesystem::remove_all(temporary);
  return status;
}
