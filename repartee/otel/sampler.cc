#include "repartee/otel/sampler.h"

#include <algorithm>
#include <cstdlib>

#include "repartee/base/log.h"

namespace repartee::otel {
namespace {

double RatioFrom(const Environment& environment) {
  const std::string text = environment.Get("OTEL_TRACES_SAMPLER_ARG");
  if (text.empty()) return 1.0;
  char* end = nullptr;
  const double ratio = std::strtod(text.c_str(), &end);
  if (*end == '\0' && ratio >= 0.0 && ratio <= 1.0) return ratio;
  LogError("OTEL_TRACES_SAMPLER_ARG: \"{}\" is not a number from 0 to 1; every trace is kept", text);
  return 1.0;
}

}  // namespace

Sampler::Sampler(double ratio, bool parent_based)
    : ratio_(std::clamp(ratio, 0.0, 1.0)), parent_based_(parent_based) {}

Sampler Sampler::ParentBased(Sampler root) { return Sampler(root.ratio_, true); }

Sampler Sampler::FromEnvironment(const Environment& environment) {
  const std::string name = ToLower(environment.Get("OTEL_TRACES_SAMPLER"));
  if (name.empty() || name == "parentbased_always_on") return ParentBased(AlwaysOn());
  if (name == "always_on") return AlwaysOn();
  if (name == "always_off") return AlwaysOff();
  if (name == "parentbased_always_off") return ParentBased(AlwaysOff());
  if (name == "traceidratio") return Ratio(RatioFrom(environment));
  if (name == "parentbased_traceidratio") return ParentBased(Ratio(RatioFrom(environment)));
  LogError(
      "OTEL_TRACES_SAMPLER: \"{}\" is unknown; every trace is kept (known: always_on, always_off, "
      "traceidratio, each "
      "also with parentbased_ before it)",
      name);
  return ParentBased(AlwaysOn());
}

bool Sampler::Keeps(const SpanContext& parent, const TraceId& trace_id) const {
  if (parent_based_ && parent.valid()) return parent.sampled;
  if (ratio_ >= 1.0) return true;
  // The specification's random part of a trace id: its last 56 bits.
  std::uint64_t random = 0;
  for (std::size_t i = 9; i < 16; ++i) random = (random << 8) | trace_id.bytes[i];
  constexpr double kRange = 72057594037927936.0;  // 2^56
  return static_cast<double>(random) < ratio_ * kRange;
}

}  // namespace repartee::otel
