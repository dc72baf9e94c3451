// SplitTraceRequest: an encoded ExportTraceServiceRequest in two halves, for a receiver that
// takes less at once. Nothing is decoded further than to its spans, whose bytes stay as
// they are.
//
// Thread: a pure function.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "repartee/base/status.h"

namespace repartee::otel {

struct SplitRequest {
  std::string first{};
  std::string second{};
  std::size_t first_spans = 0;
  std::size_t second_spans = 0;
};

// Malformed when it is no such request; FailedPrecondition with fewer than two spans.
Result<SplitRequest> SplitTraceRequest(std::string_view body);

}  // namespace repartee::otel
