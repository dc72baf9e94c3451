#include "bench/tracing.h"

#include <cstdlib>

#include "bench/measure.h"
#include "repartee/otel/otlp_http_exporter.h"
#include "repartee/otel/setup.h"
#include "repartee/tracing/setup.h"

namespace repartee::bench {
namespace {

constexpr std::size_t kMaxSpans = 1'000'000;

// What the conversation's thread spends in the tracer for a span: the spans of the run are made once
// more, with all that was recorded in them, and nothing else happens meanwhile.
double ThreadTimePerSpan(const std::vector<otel::SpanPtr>& recorded) {
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

}  // namespace

bool BenchTracing::SetUp(const std::string& mode) {
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

void BenchTracing::Flush() { GlobalTracerProvider()->ForceFlush(std::chrono::seconds(10)); }

void BenchTracing::ReportTurns(Json& metrics, int turns) {
  const auto spans =
      store_ ? static_cast<std::int64_t>(store_->spans().size()) : GlobalTracerProvider()->counters().sent;
  metrics["spans_per_turn"] = static_cast<double>(spans) / turns;
  if (store_) metrics["span_thread_ns"] = ThreadTimePerSpan(store_->spans());
  ShutdownTracing();
}

void BenchTracing::ReportCounters(Json& metrics) {
  const auto provider = GlobalTracerProvider();
  provider->ForceFlush(std::chrono::seconds(1));
  const otel::ExportCounters counters = provider->counters();
  metrics["spans_sent"] = counters.sent;
  metrics["spans_dropped"] = counters.dropped;
  metrics["spans_failed"] = counters.failed;
  ShutdownTracing();
}

}  // namespace repartee::bench
