// How OTLP orders the spans of a request: by resource, then by scope, each in order of
// first appearance; and the flags of a span. Shared by both encoders.
//
// Thread: pure functions.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "repartee/otel/span_data.h"

namespace repartee::otel {

struct ScopeGroup {
  const std::string* name;
  std::vector<const SpanData*> spans;
};
struct ResourceGroup {
  const Resource* resource;
  std::vector<ScopeGroup> scopes;
};

// The spans outlive the groups. A process has one resource and a handful of scopes.
std::vector<ResourceGroup> GroupSpans(std::span<const SpanPtr> spans);

// Bits of `flags`: that "remote" is known, and whether the parent (or linked span) is remote.
inline std::uint32_t ParentFlags(bool remote) { return 0x100u | (remote ? 0x200u : 0u); }

}  // namespace repartee::otel
