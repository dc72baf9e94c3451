// The trace as a tree for a terminal: what `repartee talk` and `repartee trace` show.
//
//   conversation customer-123                  0 ms    8309 ms
//   ├── turn-1                                26 ms    4031 ms  latency 932 ms
//   │   ├── stt_deepgramsttservice           296 ms    1125 ms  ttfb 285 ms  "What is ..."
//
// Columns: name, start since the trace's first span, duration, then key facts.
//
// Thread: pure function.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "repartee/otel/span_data.h"

namespace repartee::otel {

struct TraceTreeOptions {
  bool colours = false;         // ANSI, for a terminal
  std::size_t text_width = 60;  // characters of a transcript or answer that are shown
};

// Spans of one or several traces in any order; siblings are sorted by start. A span whose parent is
// not there is shown as a root. Of a snapshot and the finished span, the finished one is shown.
std::string FormatTraceTree(std::span<const SpanPtr> spans, const TraceTreeOptions& options = {});

}  // namespace repartee::otel
