// JSON encoder: spans as an OTLP ExportTraceServiceRequest in OTLP's JSON form: ids in
// hex, 64-bit integers as text, enums as numbers, names in lowerCamelCase. One line.
//
// Thread: pure function.
#pragma once

#include <span>
#include <string>

#include "repartee/otel/span_data.h"

namespace repartee::otel {

// Appends the request to `out`, without a newline. Invalid UTF-8 is mended.
void EncodeTraceRequestJson(std::span<const SpanPtr> spans, std::string& out);

}  // namespace repartee::otel
