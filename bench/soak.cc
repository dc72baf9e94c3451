// repartee-soak: many traced conversations over loopback websockets for a long time. Sound must never come
// late, nobody may be cut off, and memory must not grow.
//
// The agent's host, transports, aggregators and tracing are the product's; services answer by script. Prints
// one JSON object; exit status 1 when something was not as it must be.

#include <malloc.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <numeric>

#include "bench/measure.h"
#include "bench/soak_caller.h"
#include "repartee/agent/agent_host.h"
#include "repartee/tracing/setup.h"
#include "repartee/transports/conversation_for_test.h"

namespace repartee::bench {
namespace {

struct SoakOptions {
  int conversations = 50;
  double seconds = 1800;
  double call_seconds = 60;        // then a caller hangs up and calls anew
  double warm_up_seconds = 0;      // 0: until every caller has called twice, at most half of the run
  double cushion_ms = 60;          // of each caller's player
  std::int64_t growth_kib = 4096;  // of memory, from the end of the warm-up on
};

// Hears a question in each stretch of voice; the answer takes two seconds to say.
class ScriptedStack final : public AgentStack {
 public:
  Result<AgentServices> NewServices() override {
    VadParams vad;
    vad.min_volume = 0;
    auto analyzer = VadAnalyzer::Create(16000, std::make_unique<testing::LoudIsVoice>(), vad);
    if (!analyzer.ok()) return std::move(analyzer).status();
    AgentServices services;
    services.stt = std::make_unique<testing::ScriptedStt>(std::vector<std::string>{"a question"});
    services.llm = std::make_unique<testing::ScriptedLlm>();
    services.tts = std::make_unique<testing::ScriptedTts>();
    services.vad = std::make_unique<VadAnalyzer>(*std::move(analyzer));
    return services;
  }
  std::string language_model() const override { return "script"; }
};

// Takes each span and forgets it.
class CountingExporter final : public otel::SpanExporter {
 public:
  explicit CountingExporter(std::atomic<std::int64_t>& spans) : spans_(spans) {}
  void Export(std::vector<otel::SpanPtr> spans, Nanos, Done done) override {
    spans_ += static_cast<std::int64_t>(spans.size());
    done({});
  }

 private:
  std::atomic<std::int64_t>& spans_;
};

// What was allocated and not freed. RSS has what the allocator keeps for later besides.
double HeapKib() {
  const struct mallinfo2 heap = mallinfo2();
  return static_cast<double>(heap.uordblks + heap.hblkhd) / 1024;
}

// Memory by the second, and the line that fits it best.
class MemoryLine {
 public:
  void Note(double second, double kib) {
    seconds_.push_back(second);
    kib_.push_back(kib);
  }
  double KibPerSecond() const {
    if (seconds_.size() < 2) return 0;
    const auto count = static_cast<double>(seconds_.size());
    const double middle = std::accumulate(seconds_.begin(), seconds_.end(), 0.0) / count;
    const double height = std::accumulate(kib_.begin(), kib_.end(), 0.0) / count;
    double above = 0;
    double below = 0;
    for (std::size_t i = 0; i < seconds_.size(); ++i) {
      above += (seconds_[i] - middle) * (kib_[i] - height);
      below += (seconds_[i] - middle) * (seconds_[i] - middle);
    }
    return above / below;
  }
  double Seconds() const { return seconds_.empty() ? 0 : seconds_.back() - seconds_.front(); }

 private:
  std::vector<double> seconds_;
  std::vector<double> kib_;
};

class Soak {
 public:
  explicit Soak(const SoakOptions& options) : options_(options) {}

  Result<Report> Run() {
    const auto provider = std::make_shared<otel::TracerProvider>(otel::TracerProviderOptions{});
    provider->AddBatchExporter(std::make_unique<CountingExporter>(spans_), {});
    TraceTasksWith(provider, {});
    if (Status status = Serve(); !status.ok()) return status;
    for (int i = 0; i < options_.conversations; ++i) Call(i);
    loop_.RunFor(FromSeconds(WarmUp()));
    for (double second = WarmUp(); second < options_.seconds; second += 1) {
      loop_.RunFor(std::chrono::seconds(1));
      rss_.Note(second, static_cast<double>(RssKib()));
      heap_.Note(second, HeapKib());
    }
    const SoakTally tally = tally_;
    for (const auto& caller : callers_) caller->Stop();
    loop_.RunUntil([this] { return host_->conversations() == 0; }, std::chrono::seconds(10));
    const int left = host_->conversations();
    server_->Stop(std::chrono::milliseconds(0));
    host_->Stop(std::chrono::seconds(1));
    TraceTasksWith(nullptr, {});
    provider->Shutdown(std::chrono::seconds(5));
    return Judge(tally, left);
  }

 private:
  // A conversation grows while it lasts, and all begin together: before the second call of each nothing is
  // even.
  double TwoCalls() const { return 2 * (options_.call_seconds + kLonger * options_.conversations); }
  double WarmUp() const {
    if (options_.warm_up_seconds > 0) return std::min(options_.warm_up_seconds, options_.seconds);
    return std::min(TwoCalls(), options_.seconds / 2);
  }

  Status Serve() {
    AgentHostOptions agents;
    agents.threads = 2;
    agents.max_conversations = 4 * options_.conversations;
    host_ = std::make_unique<AgentHost>(std::make_unique<ScriptedStack>(), std::move(agents));
    HttpServerOptions http;
    http.on_websocket = [this](HttpRequest, WebSocketUpgrade upgrade) { host_->Take(std::move(upgrade)); };
    auto server = HttpServer::Listen(std::move(http), [](HttpRequest, HttpResponder responder) {
      responder.Send(HttpResponse::Text(404, ""));
    });
    if (!server.ok()) return std::move(server).status();
    server_ = *std::move(server);
    url_ = fmt::format("ws://127.0.0.1:{}/ws", server_->port());
    return OkStatus();
  }

  // Every fifth asks before it has heard the answer. Nobody begins or hangs up together with another.
  void Call(int number) {
    SoakPace pace;
    pace.question = std::chrono::milliseconds(number % 5 == 0 ? 3200 : 5000 + number % 7 * 100);
    pace.conversation = FromSeconds(options_.call_seconds + kLonger * number);
    pace.cushion = FromSeconds(options_.cushion_ms / 1000);
    callers_.push_back(std::make_unique<SoakCaller>(loop_, url_, pace, tally_));
    callers_.back()->Start(std::chrono::milliseconds(20 + number * 23));
  }

  Report Judge(const SoakTally& tally, int left) const {
    const double growth = rss_.KibPerSecond() * rss_.Seconds();
    Report report{.bench = "soak",
                  .params = {{"conversations", options_.conversations},
                             {"seconds", options_.seconds},
                             {"call_seconds", options_.call_seconds},
                             {"warm_up_seconds", WarmUp()},
                             {"cushion_ms", options_.cushion_ms}}};
    report.metrics = {{"conversations", tally.conversations},
                      {"broken", tally.broken},
                      {"never_ended", left},
                      {"answers", tally.answers},
                      {"interruptions", tally.interruptions},
                      {"chunks", tally.chunks},
                      {"late_chunks", tally.late_chunks},
                      {"late_ms_max", tally.late_ms_max},
                      {"spans", spans_.load()},
                      {"rss_kib", RssKib()},
                      {"rss_kib_per_hour", rss_.KibPerSecond() * 3600},
                      {"rss_growth_kib", growth},
                      {"heap_kib", HeapKib()},
                      {"heap_kib_per_hour", heap_.KibPerSecond() * 3600},
                      {"warmed_up", WarmUp() >= TwoCalls()},
                      {"cpu_cores", CpuSeconds() / options_.seconds}};
    // An answer takes less than six seconds from question to question; a spoilt run has none.
    const auto expected = static_cast<std::int64_t>(options_.conversations * options_.seconds / 12);
    report.ok = tally.broken == 0 && left == 0 && tally.late_chunks == 0 && tally.answers >= expected &&
                tally.interruptions > 0 && spans_ > tally.answers &&
                growth <= static_cast<double>(options_.growth_kib);
    return report;
  }

  static constexpr double kLonger = 0.037;  // seconds, that each call is longer than the one before

  const SoakOptions options_;
  MemoryLine rss_;
  MemoryLine heap_;
  EventLoop loop_;
  std::atomic<std::int64_t> spans_{0};
  std::string url_;
  SoakTally tally_;
  std::unique_ptr<AgentHost> host_;
  std::unique_ptr<HttpServer> server_;
  std::vector<std::unique_ptr<SoakCaller>> callers_;
};

}  // namespace
}  // namespace repartee::bench

int main(int argc, char** argv) {
  using namespace repartee::bench;  // a program's main file
  SoakOptions options;
  CLI::App app{"Many conversations at once for a long time. Prints one JSON object as its last line."};
  app.add_option("--conversations", options.conversations)
      ->check(CLI::Range(1, 10000))
      ->capture_default_str();
  app.add_option("--seconds", options.seconds)->check(CLI::Range(10.0, 1e6))->capture_default_str();
  app.add_option("--call-seconds", options.call_seconds, "after which a caller hangs up and calls anew")
      ->check(CLI::Range(1.0, 1e6))
      ->capture_default_str();
  app.add_option("--warm-up-seconds", options.warm_up_seconds,
                 "before memory is measured; 0: until every caller has called twice, at most half of the run")
      ->check(CLI::Range(0.0, 1e6))
      ->capture_default_str();
  app.add_option("--cushion-ms", options.cushion_ms, "sound that a player has in hand before it begins")
      ->check(CLI::Range(0.0, 1000.0))
      ->capture_default_str();
  app.add_option("--growth-kib", options.growth_kib, "of memory behind the warm-up, at most")
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  AllowManySockets();
  const auto report = Soak(options).Run();
  if (!report.ok()) {
    std::fprintf(stderr, "repartee-soak: %s\n", report.status().message().c_str());
    return 1;
  }
  Print(*report);
  return report->ok ? 0 : 1;
}
