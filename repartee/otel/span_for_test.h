// Spans for tests of exporters, and their export to the end. Thread: any; the loop's.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "repartee/otel/span_processor.h"

namespace repartee::otel {

inline SpanPtr SpanForTest(std::string name = "s0") {
  auto span = std::make_shared<SpanData>();
  span->name = std::move(name);
  span->context = {.trace_id = RandomTraceId(), .span_id = RandomSpanId(), .sampled = true};
  span->attributes = {{"n", 0}, {"long", "0123456789abcdef"}, {"third", true}};
  return span;
}

// s0, s1, …
inline std::vector<SpanPtr> SpansForTest(int count) {
  std::vector<SpanPtr> spans;
  for (int i = 0; i < count; ++i) spans.push_back(SpanForTest("s" + std::to_string(i)));
  return spans;
}

struct ExportedForTest {
  bool done = false;
  ExportResult result{};
  Nanos took{0};  // of the loop's time
};

inline ExportedForTest ExportForTest(EventLoop& loop, SpanExporter& exporter, std::vector<SpanPtr> spans) {
  ExportedForTest exported;
  const Nanos start = loop.clock().MonotonicNow();
  exporter.Export(std::move(spans), std::chrono::seconds(30), [&exported](ExportResult result) {
    exported.result = std::move(result);
    exported.done = true;
  });
  loop.RunUntil([&exported] { return exported.done; }, std::chrono::seconds(60));
  exported.took = loop.clock().MonotonicNow() - start;
  return exported;
}

}  // namespace repartee::otel
