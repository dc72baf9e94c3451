// hops: what one processor costs a frame, in CPU time.

#include "bench/benches.h"
#include "bench/chain.h"

namespace repartee::bench {
namespace {

FrameContent ParseContent(const std::string& kind) {
  if (kind == "text") return FrameContent::kText;
  if (kind == "system") return FrameContent::kSystem;
  return FrameContent::kAudio;
}

// Feeds frames in batches and waits for the last of each at the sink.
class Feeder {
 public:
  Feeder(EventLoop& loop, Chain& chain, FrameContent content)
      : loop_(loop), chain_(chain), content_(content) {}

  void Pass(int frames, int batch) {
    while (frames > 0) {
      const int now = std::min(frames, batch);
      frames -= now;
      loop_.Post([this, now] {
        for (int i = 0; i < now; ++i) chain_.task().QueueFrame(MakeFrame(content_, ++sequence_));
      });
      loop_.RunUntil([this] { return chain_.sink().count() >= sequence_ && sequence_ > before_; },
                     std::chrono::minutes(1));
      before_ = sequence_;
    }
  }
  std::int64_t sequence() const { return sequence_; }

 private:
  EventLoop& loop_;
  Chain& chain_;
  const FrameContent content_;
  std::int64_t sequence_ = 0;
  std::int64_t before_ = 0;
};

}  // namespace

Report RunHops(const HopsOptions& options) {
  Report report{.bench = "hops",
                .params = {{"processors", options.processors},
                           {"frames", options.frames},
                           {"kind", options.kind},
                           {"observer", options.observer},
                           {"batch", options.batch},
                           {"repeat", options.repeat}}};
  EventLoop loop;
  Chain chain(options.processors, ParseContent(options.kind), options.observer);
  bool started = false;
  chain.task().on_pipeline_started.Connect([&started] { started = true; });
  loop.Post([&] { chain.task().Start(loop); });
  loop.RunUntil([&started] { return started; }, std::chrono::seconds(5));

  Feeder feeder(loop, chain, ParseContent(options.kind));
  feeder.Pass(options.frames / 10, options.batch);
  const double hops = static_cast<double>(options.processors) * options.frames;
  std::vector<double> hops_per_s, frames_per_s, wall_ns, cpu_ns, mallocs;
  std::int64_t rss_after_first = 0;
  for (int round = 0; round < options.repeat; ++round) {
    const auto mallocs_before = MallocCount();
    const double wall = WallSeconds();
    const double cpu = CpuSeconds();
    feeder.Pass(options.frames, options.batch);
    const double cpu_used = CpuSeconds() - cpu;
    const double wall_used = WallSeconds() - wall;
    hops_per_s.push_back(hops / wall_used);
    frames_per_s.push_back(options.frames / wall_used);
    wall_ns.push_back(wall_used * 1e9 / hops);
    cpu_ns.push_back(cpu_used * 1e9 / hops);
    if (mallocs_before) mallocs.push_back(static_cast<double>(*MallocCount() - *mallocs_before) / hops);
    if (round == 0) rss_after_first = RssKib();
  }
  const double later_frames = static_cast<double>(options.frames) * std::max(1, options.repeat - 1);
  report.metrics = {
      {"hops_per_s", Statistics(hops_per_s)},
      {"frames_per_s", Statistics(frames_per_s)},
      {"ns_per_hop", Statistics(wall_ns)},
      {"cpu_ns_per_hop", Statistics(cpu_ns)},
      {"rss_growth_bytes_per_frame", static_cast<double>(RssKib() - rss_after_first) * 1024 / later_frames}};
  if (!mallocs.empty()) report.metrics["mallocs_per_hop"] = Statistics(mallocs);
  report.ok = chain.sink().in_order() && chain.sink().count() == feeder.sequence();
  if (options.observer == "one") {
    // Every frame crosses each link of the chain, the task's own ends included.
    report.ok = report.ok &&
                chain.observed() >= static_cast<std::uint64_t>(feeder.sequence() * (options.processors + 1));
  }
  chain.task().Cancel();
  loop.RunUntil([&chain] { return chain.task().finished(); }, std::chrono::seconds(5));
  return report;
}

}  // namespace repartee::bench
