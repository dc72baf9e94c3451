// OtlpGrpcExporter: sends spans to a collector by OTLP over gRPC, with the encoder and
// the rules of OTLP over HTTP: no generated message is linked.
//
// Thread: any; what is made belongs to the exporter's loop.
#pragma once

#include <memory>

#include "repartee/otel/otlp_options.h"
#include "repartee/otel/span_processor.h"

namespace repartee::otel {

struct OtlpGrpcExporter {
  // `options.url` is http (no TLS) or https; its path is left out. InvalidArgument when it is neither or a
  // certificate's file cannot be read.
  static Result<std::unique_ptr<SpanExporter>> Create(OtlpOptions options);
};

// Over HTTP or gRPC, as `options.protocol` says.
Result<std::unique_ptr<SpanExporter>> MakeOtlpExporter(OtlpOptions options);

}  // namespace repartee::otel
