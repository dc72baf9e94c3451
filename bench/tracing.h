// BenchTracing: where the spans of a benchmark go: kept in memory, or sent to the collector
// that BENCH_OTLP_URL names.
//
// Thread: the benchmark's.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "repartee/base/json.h"
#include "repartee/otel/in_memory_exporter.h"

namespace repartee::bench {

class BenchTracing {
 public:
  // `mode` is memory or otlp. False, with nothing set up, without a collector to send to.
  bool SetUp(const std::string& mode);
  // Until all spans that ended have been exported.
  void Flush();
  // Adds `spans_per_turn` and, of spans that were kept, `span_thread_ns`; then tracing is over. Flush first.
  void ReportTurns(Json& metrics, int turns);
  // Adds what became of the spans, counted before those that wait are given up; then tracing is over.
  void ReportCounters(Json& metrics);

 private:
  std::shared_ptr<otel::SpanStore> store_;  // shared with the exporter; null when spans are sent
};

}  // namespace repartee::bench
