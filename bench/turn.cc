// turn: one exchange of a voice agent whose services take no time: what is left is what
// the runtime costs, with and without tracing.

#include <cstdlib>

#include "bench/benches.h"
#include "bench/turn_agent.h"
#include "repartee/frames/speaking_frames.h"
#include "repartee/otel/in_memory_exporter.h"
#include "repartee/tracing/setup.h"

namespace repartee::bench {
namespace {

constexpr int kWarmUpTurns = 5;
constexpr std::size_t kChunksPerTurn = 10;
constexpr Nanos kPause = std::chrono::milliseconds(2);
constexpr Nanos kLimit = std::chrono::seconds(5);
constexpr std::size_t kMaxSpans = 1'000'000;

double Microseconds(Nanos duration) { return static_cast<double>(duration.count()) / 1e3; }

// The spans of the run, where they are kept or sent.
class Tracing {
 public:
  // False if the environment or the options leave nothing to trace with.
  bool SetUp(const std::string& mode) {
    if (mode == "memory") {
      store_ = std::make_shared<otel::SpanStore>(kMaxSpans);
      return SetupTracing(
          {.service_name = "bench", .exporter = std::make_unique<otel::InMemoryExporter>(store_)});
    }
    const char* url = std::getenv("BENCH_OTLP_URL");
    if (url == nullptr) return false;
    auto exporter = otel::OtlpHttpExporter::Create({.url = url});
    return exporter.ok() && SetupTracing({.service_name = "bench", .exporter = *std::move(exporter)});
  }

  void Report(Json& metrics, int turns) {
    const auto provider = GlobalTracerProvider();
    provider->ForceFlush(std::chrono::seconds(10));
    const auto spans = store_ ? static_cast<std::int64_t>(store_->spans().size()) : provider->counters().sent;
    metrics["spans_per_turn"] = static_cast<double>(spans) / turns;
    if (store_) metrics["span_thread_ns"] = ThreadTimePerSpan(store_->spans());
    ShutdownTracing();
  }

 private:
  // What the conversation's thread spends in the tracer for a span: the spans of the run are made once
  // more, with all that was recorded in them, and nothing else happens meanwhile.
  static double ThreadTimePerSpan(const std::vector<otel::SpanPtr>& recorded) {
    if (recorded.empty()) return 0;
    const otel::Tracer tracer = GlobalTracerProvider()->GetTracer("bench");
    std::vector<otel::SpanData> copies;
    for (const otel::SpanPtr& span : recorded) copies.push_back(*span);
    const double begin = ThreadCpuSeconds();
    for (otel::SpanData& data : copies) {
      otel::Span span = tracer.StartSpan(data.name);
      for (otel::Attribute& attribute : data.attributes) {
        span.SetAttribute(std::move(attribute.key), std::move(attribute.value));
      }
      for (otel::SpanEvent& event : data.events) span.AddEvent(event.name, std::move(event.attributes));
      span.End();
    }
    return (ThreadCpuSeconds() - begin) * 1e9 / static_cast<double>(recorded.size());
  }

  std::shared_ptr<otel::SpanStore> store_;  // shared with the exporter; null when spans are sent
};

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
  Tracing tracing;
  const bool traced = options.tracing != "off";
  if (traced && !tracing.SetUp(options.tracing)) {
    report.ok = false;
    return report;
  }
  Conversation conversation(options);
  report.ok = conversation.Start();
  const int turns = options.turns + kWarmUpTurns;
  for (int i = 0; report.ok && i < turns; ++i) report.ok = conversation.Turn(i >= kWarmUpTurns);
  conversation.End();
  report.metrics = {{"stop_to_first_audio_us", Statistics(conversation.first_audio_us, true)},
                    {"cpu_us_per_turn", Statistics(conversation.cpu_us)}};
  if (traced) tracing.Report(report.metrics, turns);
  return report;
}

}  // namespace repartee::bench
