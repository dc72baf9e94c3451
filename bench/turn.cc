// turn: one exchange of a voice agent whose services take no time: what is left is what
// the runtime costs, with and without tracing.

#include "bench/benches.h"
#include "bench/tracing.h"
#include "bench/turn_agent.h"
#include "repartee/frames/speaking_frames.h"

namespace repartee::bench {
namespace {

constexpr int kWarmUpTurns = 5;
constexpr std::size_t kChunksPerTurn = 10;
constexpr Nanos kPause = std::chrono::milliseconds(2);
constexpr Nanos kLimit = std::chrono::seconds(5);

double Microseconds(Nanos duration) { return static_cast<double>(duration.count()) / 1e3; }

class Conversation {
 public:
  explicit Conversation(const TurnOptions& options)
      : agent_(
            {.tokens = options.tokens, .observer = options.observer, .tracing = options.tracing != "off"}) {}
  bool Start() { return StartTask(loop_, agent_.task()); }

  bool Turn(bool measured) {
    agent_.ResetContext();
    agent_.wire().Forget();
    agent_.spy().Forget();
    const double cpu = CpuSeconds();
    loop_.Post([this] { Enter(Make<VADUserStartedSpeakingFrame>(0.2, WallNow())); });
    loop_.RunFor(kPause);
    Nanos begin{0};
    loop_.Post([this, &begin] {
      begin = loop_.clock().MonotonicNow();
      Enter(Make<VADUserStoppedSpeakingFrame>(0.2, WallNow()));
    });
    const bool ended = loop_.RunUntil([this] { return agent_.spy().bot_stopped() > Nanos(0); }, kLimit);
    loop_.RunFor(kPause);
    if (!ended || agent_.wire().writes().size() != kChunksPerTurn) return false;
    if (!measured) return true;
    cpu_us.push_back((CpuSeconds() - cpu) * 1e6);
    first_audio_us.push_back(Microseconds(agent_.wire().writes().front() - begin));
    return true;
  }

  void End() {
    agent_.task().Cancel();
    loop_.RunUntil([this] { return agent_.task().finished(); }, kLimit);
  }

  std::vector<double> first_audio_us, cpu_us;

 private:
  void Enter(FramePtr frame) { agent_.task().QueueFrame(std::move(frame)); }
  double WallNow() const { return ToSeconds(loop_.wall_now()); }

  EventLoop loop_;
  TurnAgent agent_;
};

}  // namespace

Report RunTurn(const TurnOptions& options) {
  Report report{.bench = "turn",
                .params = {{"turns", options.turns},
                           {"tokens", options.tokens},
                           {"tracing", options.tracing},
                           {"observer", options.observer}}};
  BenchTracing tracing;
  const bool traced = options.tracing != "off";
  if (traced && !tracing.SetUp(options.tracing)) {
    report.ok = false;
    return report;
  }
  Conversation conversation(options);
  report.ok = conversation.Start();
  const int turns = options.turns + kWarmUpTurns;
  double begun = CpuSeconds();
  for (int i = 0; report.ok && i < turns; ++i) {
    if (i == kWarmUpTurns) begun = CpuSeconds();
    report.ok = conversation.Turn(i >= kWarmUpTurns);
  }
  conversation.End();
  if (traced) tracing.Flush();
  const double whole_us = (CpuSeconds() - begun) * 1e6 / options.turns;
  report.metrics = {{"stop_to_first_audio_us", Statistics(conversation.first_audio_us, true)},
                    {"cpu_us_per_turn", Statistics(conversation.cpu_us)},
                    {"cpu_us_per_turn_whole", whole_us}};
  if (traced) tracing.ReportTurns(report.metrics, turns);
  return report;
}

}  // namespace repartee::bench
