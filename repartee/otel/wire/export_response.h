// What a collector answers: the ExportTraceServiceResponse of a taken batch, and the
// google.rpc.Status of a refused one.
//
// Thread: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "repartee/base/clock.h"
#include "repartee/base/status.h"

namespace repartee::otel {

struct PartialSuccess {
  std::int64_t rejected = 0;  // spans that were not taken
  std::string message;        // a warning when nothing was rejected
};

// Malformed when the bytes are no such message.
Result<PartialSuccess> ParseExportResponse(std::string_view body);

// The same in OTLP's JSON form. Malformed when it is no JSON object.
Result<PartialSuccess> ParseJsonExportResponse(std::string_view body);

// How long the RetryInfo of a google.rpc.Status asks to wait; nothing without one. Never negative, at most
// a year.
std::optional<Nanos> ParseRetryDelay(std::string_view body);

// The text of a google.rpc.Status; empty if there is none.
std::string ParseStatusMessage(std::string_view body);

}  // namespace repartee::otel
