// startup: from the start of the process to the first audio of an agent, and what each
// further agent costs.

#include "bench/benches.h"
#include "bench/turn_agent.h"

namespace repartee::bench {
namespace {

constexpr std::size_t kChunkBytes = 640;  // 20 ms

double MsSince(Nanos begin) {
  return static_cast<double>((Clock::System().MonotonicNow() - begin).count()) / 1e6;
}

}  // namespace

Report RunStartup(const StartupOptions& options) {
  Report report{.bench = "startup", .params = {{"extra", options.extra}}};
  const double import_ms = MsSince(ProcessStart());
  EventLoop loop;
  TurnAgent first({});
  report.ok = StartTask(loop, first.task());
  const double built_ms = MsSince(ProcessStart());
  loop.Post([&first] {
    first.task().QueueFrame(
        FramePtr(Make<OutputAudioRawFrame>(AudioBuffer::Silence(kChunkBytes), kWireRateHz, 1)));
  });
  report.ok = report.ok &&
              loop.RunUntil([&first] { return !first.wire().writes().empty(); }, std::chrono::seconds(5));
  const double first_frame_ms = MsSince(ProcessStart());
  const std::int64_t rss_idle = RssKib();

  const Nanos begin = Clock::System().MonotonicNow();
  std::vector<std::unique_ptr<TurnAgent>> agents;
  for (int i = 0; i < options.extra; ++i) {
    agents.push_back(std::make_unique<TurnAgent>(TurnAgentOptions{}));
    report.ok = StartTask(loop, agents.back()->task()) && report.ok;
  }
  const double extra = std::max(1, options.extra);
  report.metrics = {{"first_frame_ms", first_frame_ms},
                    {"import_ms", import_ms},
                    {"build_ms", built_ms - import_ms},
                    {"rss_idle_kib", rss_idle},
                    {"rss_kib_per_extra_agent", static_cast<double>(RssKib() - rss_idle) / extra},
                    {"build_ms_per_extra_agent", MsSince(begin) / extra}};
  return report;
}

}  // namespace repartee::bench
