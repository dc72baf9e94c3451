// Any text: refused, or a context that is written as it was read.
#include <cstdlib>

#include "repartee/otel/propagation.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const auto context = repartee::otel::ParseTraceParent({reinterpret_cast<const char*>(data), size});
  if (!context.ok()) return 0;
  const auto again = repartee::otel::ParseTraceParent(repartee::otel::ToTraceParent(*context));
  if (!again.ok() || again->trace_id != context->trace_id || again->span_id != context->span_id ||
      again->sampled != context->sampled)
    std::abort();
  return 0;
}
