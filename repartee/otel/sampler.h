// Sampler: which traces are kept. Decided at a span's start, from the trace id alone,
// so every process that sees the trace decides alike.
//
// Thread: immutable.
#pragma once

#include "repartee/otel/environment.h"
#include "repartee/otel/span_data.h"

namespace repartee::otel {

class Sampler {
 public:
  // Keeps everything; a child follows its parent.
  Sampler() = default;

  static Sampler AlwaysOn() { return Sampler(1.0, false); }
  static Sampler AlwaysOff() { return Sampler(0.0, false); }
  // `ratio` of all traces, from 0 to 1 (values outside are taken as the nearer end).
  static Sampler Ratio(double ratio) { return Sampler(ratio, false); }
  // Roots as `root` decides, children as their parent.
  static Sampler ParentBased(Sampler root);
  // OTEL_TRACES_SAMPLER and _ARG. An unknown name or a bad ratio is logged, and parentbased_always_on
  // or ratio 1 taken.
  static Sampler FromEnvironment(const Environment& environment = {});

  // `parent` is not valid for a root.
  bool Keeps(const SpanContext& parent, const TraceId& trace_id) const;

 private:
  Sampler(double ratio, bool parent_based);

  double ratio_ = 1.0;
  bool parent_based_ = true;
};

}  // namespace repartee::otel
