// fleet: many conversations on one core, one frame each every 20 ms.

#include <atomic>
#include <optional>
#include <thread>

#include "bench/benches.h"
#include "bench/chain.h"
#include "bench/tracing.h"
#include "repartee/otel/setup.h"

namespace repartee::bench {
namespace {

constexpr Nanos kFrame = std::chrono::milliseconds(20);

// A turn that ends now, and its three services.
void TraceTurn(const otel::Tracer& tracer) {
  const otel::Span turn =
      tracer.StartSpan("turn", {.attributes = {{"turn.number", 1}, {"turn.was_interrupted", false}}});
  for (const char* service : {"stt", "llm", "tts"}) {
    tracer.StartSpan(service, {.parent = turn.context(),
                               .attributes = {{"gen_ai.operation.name", service},
                                              {"gen_ai.request.model", "bench-1"},
                                              {"output", "what a caller or an agent says in one turn"},
                                              {"metrics.ttfb", 0.1}}});
  }
}

// The pipelines of one worker thread. The thread makes them, runs them, drops them.
class Worker {
 public:
  Worker(const FleetOptions& options, int first, int count) : options_(options), first_(first) {
    for (int i = 0; i < count; ++i) {
      agents_.push_back(std::make_unique<Agent>(loop_, options));
      agents_.back()->chain.sink().OnFrame(
          [this, agent = agents_.back().get()](const Frame&) { Arrived(*agent); });
    }
  }

  void Start() {
    for (auto& agent : agents_) {
      loop_.Post([this, &agent] { agent->chain.task().Start(loop_); });
    }
    loop_.RunFor(std::chrono::milliseconds(10));
  }

  // Sends until `end`; frame s of pipeline p is due at start + s * 20 ms + its phase.
  void Run(Nanos start, Nanos end) {
    const auto total = options_.pipelines;
    for (std::size_t i = 0; i < agents_.size(); ++i) {
      Agent& agent = *agents_[i];
      agent.due = start + kFrame * (first_ + static_cast<int>(i)) / total;
      agent.timer.emplace(loop_, [this, &agent, end] { Send(agent, end); });
      if (options_.tracing == "off") continue;
      agent.next_turn = start + FromSeconds(options_.turn_every) * (first_ + static_cast<int>(i)) / total;
      agent.turn_timer.emplace(loop_, [this, &agent, end] { EndTurn(agent, end); });
    }
    loop_.Post([this] {
      for (auto& agent : agents_) {
        agent->timer->ArmAt(agent->due);
        if (agent->turn_timer) agent->turn_timer->ArmAt(agent->next_turn);
      }
    });
    loop_.RunFor(end - start + std::chrono::milliseconds(200));
  }

  std::vector<float> late_ms;
  std::int64_t sent = 0;
  bool in_order() const {
    for (const auto& agent : agents_) {
      if (!agent->chain.sink().in_order()) return false;
    }
    return true;
  }

 private:
  struct Agent {
    Agent(EventLoop&, const FleetOptions& options)
        : chain(options.processors, FrameContent::kAudio, options.observer) {}
    Chain chain;
    std::optional<Timer> timer;
    std::optional<Timer> turn_timer;  // none when not traced
    Nanos due{0};                     // of the next frame to send
    Nanos next_turn{0};               // when it is traced
    Nanos next_arrival{0};
    std::int64_t sequence = 0;
  };

  void Send(Agent& agent, Nanos end) {
    if (agent.due >= end) return;
    if (agent.sequence == 0) agent.next_arrival = agent.due;
    agent.chain.task().QueueFrame(MakeFrame(FrameContent::kAudio, ++agent.sequence));
    ++sent;
    agent.due += kFrame;
    agent.timer->ArmAt(agent.due);
  }

  void EndTurn(Agent& agent, Nanos end) {
    if (agent.next_turn >= end) return;
    TraceTurn(tracer_);
    agent.next_turn += FromSeconds(options_.turn_every);
    agent.turn_timer->ArmAt(agent.next_turn);
  }

  void Arrived(Agent& agent) {
    const Nanos late = loop_.clock().MonotonicNow() - agent.next_arrival;
    agent.next_arrival += kFrame;
    late_ms.push_back(static_cast<float>(static_cast<double>(late.count()) / 1e6));
  }

  const FleetOptions& options_;
  const int first_;
  const otel::Tracer tracer_ = GlobalTracerProvider()->GetTracer("bench");
  EventLoop loop_;
  std::vector<std::unique_ptr<Agent>> agents_;
};

}  // namespace

Report RunFleet(const FleetOptions& options) {
  Report report{.bench = "fleet",
                .params = {{"pipelines", options.pipelines},
                           {"processors", options.processors},
                           {"seconds", options.seconds},
                           {"observer", options.observer},
                           {"threads", options.threads},
                           {"tracing", options.tracing},
                           {"turn_every", options.turn_every}}};
  BenchTracing tracing;
  if (options.tracing != "off" && !tracing.SetUp(options.tracing)) {
    report.ok = false;
    return report;
  }
  const std::int64_t rss_before = RssKib();
  const double build_start = WallSeconds();
  std::vector<std::unique_ptr<Worker>> workers(static_cast<std::size_t>(options.threads));
  std::atomic<int> ready{0};
  std::atomic<bool> go{false};
  std::atomic<std::int64_t> start_ns{0};
  std::vector<std::thread> threads;
  const Nanos duration = FromSeconds(options.seconds);
  for (int t = 0; t < options.threads; ++t) {
    threads.emplace_back([&, t] {
      const int first = options.pipelines * t / options.threads;
      const int count = options.pipelines * (t + 1) / options.threads - first;
      auto& worker = workers[static_cast<std::size_t>(t)];
      worker = std::make_unique<Worker>(options, first, count);
      worker->Start();
      ready.fetch_add(1);
      go.wait(false);
      const Nanos start(start_ns.load());
      if (duration > Nanos(0)) worker->Run(start, start + duration);
    });
  }
  while (ready.load() < options.threads) std::this_thread::yield();
  const double build_seconds = WallSeconds() - build_start;
  const std::int64_t rss_started = RssKib();
  const double cpu = CpuSeconds();
  const double wall = WallSeconds();
  start_ns = (Clock::System().MonotonicNow() + std::chrono::milliseconds(20)).count();
  go = true;
  go.notify_all();
  for (std::thread& thread : threads) thread.join();
  const double cpu_used = CpuSeconds() - cpu;
  const double wall_used = WallSeconds() - wall;

  std::vector<double> late;
  std::int64_t sent = 0;
  for (const auto& worker : workers) {
    late.insert(late.end(), worker->late_ms.begin(), worker->late_ms.end());
    sent += worker->sent;
    report.ok = report.ok && worker->in_order();
  }
  std::sort(late.begin(), late.end());
  const auto percentile = [&late](double p) {
    return late.empty() ? 0.0 : late[static_cast<std::size_t>(p * static_cast<double>(late.size() - 1))];
  };
  const auto missed = static_cast<double>(late.end() - std::upper_bound(late.begin(), late.end(), 20.0));
  const double pipelines = options.pipelines;
  report.metrics = {
      {"cpu_cores", duration > Nanos(0) ? cpu_used / wall_used : 0.0},
      {"late_ms_p50", percentile(0.5)},
      {"late_ms_p99", percentile(0.99)},
      {"late_ms_max", percentile(1.0)},
      {"missed_20ms_share", late.empty() ? 0.0 : missed / static_cast<double>(late.size())},
      {"delivered_share", sent == 0 ? 1.0 : static_cast<double>(late.size()) / static_cast<double>(sent)},
      {"rss_kib_per_pipeline", static_cast<double>(rss_started - rss_before) / pipelines},
      {"rss_kib_total", RssKib()},
      {"build_ms_per_pipeline", build_seconds * 1000 / pipelines}};
  if (options.tracing != "off") tracing.ReportCounters(report.metrics);
  report.ok = report.ok && static_cast<std::int64_t>(late.size()) == sent;
  return report;
}

}  // namespace repartee::bench
