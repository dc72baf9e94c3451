// Encoder: spans as an OTLP ExportTraceServiceRequest (protobuf), the body of an export.
//
//   request > resource_spans (one a resource) > scope_spans (one a scope name) > spans
//
// Fields in ascending order, `flags` and an empty `status` always present: the form that
// OpenTelemetry's own exporters send.
//
// Thread: pure function.
#pragma once

#include <span>
#include <string>

#include "repartee/otel/span_data.h"

namespace repartee::otel {

// Appends the request to `out`. Invalid UTF-8 is mended.
void EncodeTraceRequest(std::span<const SpanPtr> spans, std::string& out);

}  // namespace repartee::otel
