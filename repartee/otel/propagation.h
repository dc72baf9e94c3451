// Propagation: a trace that goes on in another process, by W3C's `traceparent` header.
// Nothing is sent along by itself: a program that wants the service it asks to continue the
// trace injects the context into that request.
//
// Thread: pure functions; FromEnvironment reads the environment.
#pragma once

#include <string>
#include <string_view>

#include "repartee/net/http.h"
#include "repartee/otel/environment.h"
#include "repartee/otel/span_data.h"

namespace repartee::otel {

// "00-<trace>-<span>-01"; the last part is 00 when the trace is not sampled. Empty if the context is not
// valid.
std::string ToTraceParent(const SpanContext& context);
// The context of another process (is_remote). Malformed names the fault. Of versions to come the part that
// is known counts, as the recommendation asks.
Result<SpanContext> ParseTraceParent(std::string_view text);

// OTEL_PROPAGATORS: a list. `tracecontext` (also when unset) is offered; baggage is nothing that is kept
// here; anything else but none is logged.
class Propagator {
 public:
  static Propagator FromEnvironment(const Environment& environment = {});

  // Puts the context into a request, in the place of one that is there. Nothing when the context is not
  // valid.
  void Inject(const SpanContext& context, HttpHeaders& headers) const;
  // Whose request it is: a parent for a span. Not valid without a well-formed header.
  SpanContext Extract(const HttpHeaders& headers) const;

 private:
  bool trace_context_ = true;
};

}  // namespace repartee::otel
