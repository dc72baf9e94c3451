// ConsoleExporter: prints every span for a person to read, one block a span, to see
// that tracing works at all (OTEL_CONSOLE_EXPORT).
//
// Thread: the exporter's loop.
#pragma once

#include <cstdio>
#include <string>
#include <vector>

#include "repartee/otel/span_processor.h"

namespace repartee::otel {

class ConsoleExporter final : public SpanExporter {
 public:
  // `out` is borrowed.
  explicit ConsoleExporter(std::FILE* out = stdout) : out_(out) {}
  void Export(std::vector<SpanPtr> spans, Nanos time_limit, Done done) override;

 private:
  std::FILE* out_;
};

// The block: name, ids, times, status, attributes, events; ends with a newline.
std::string FormatSpan(const SpanData& span);

}  // namespace repartee::otel
