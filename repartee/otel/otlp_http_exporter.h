// OtlpHttpExporter: sends spans to a collector by OTLP over HTTP (protobuf or JSON).
//
// Thread: any; what is made belongs to the exporter's loop.
#pragma once

#include <memory>

#include "repartee/otel/otlp_options.h"
#include "repartee/otel/span_processor.h"

namespace repartee::otel {

struct OtlpHttpExporter {
  // Null, and an error logged, if the environment names no usable endpoint: SetupProvider then says so too.
  static std::unique_ptr<SpanExporter> FromEnvironment(const Environment& environment = {});
  // InvalidArgument when options.url is no http(s) URL or the protocol is not HTTP's.
  static Result<std::unique_ptr<SpanExporter>> Create(OtlpOptions options);
};

}  // namespace repartee::otel
