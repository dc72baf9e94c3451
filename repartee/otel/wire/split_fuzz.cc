// Any bytes: refused, or two halves that are requests themselves and have all the spans.
#include <cstdlib>

#include "repartee/otel/wire/pull_parser.h"
#include "repartee/otel/wire/split.h"

namespace {

struct Counter final : repartee::otel::TraceVisitor {
  std::size_t spans = 0;
  void OnSpan(const repartee::otel::ResourceView&, const repartee::otel::ScopeView&,
              const repartee::otel::SpanView&) override {
    ++spans;
  }
};

void Check(const std::string& half, std::size_t spans) {
  Counter counter;
  if (!repartee::otel::ParseTraceRequest(half, {}, counter).ok() || counter.spans != spans) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const auto split = repartee::otel::SplitTraceRequest({reinterpret_cast<const char*>(data), size});
  if (!split.ok()) return 0;
  if (split->first_spans == 0 || split->second_spans == 0) std::abort();
  // Within the limits of those who read it.
  if (split->second_spans > 4000) return 0;
  Check(split->first, split->first_spans);
  Check(split->second, split->second_spans);
  return 0;
}
