// Compression of request bodies (OTEL_EXPORTER_OTLP_COMPRESSION). Thread: pure function.
#pragma once

#include <string>
#include <string_view>

#include "repartee/base/status.h"

namespace repartee::otel {

enum class Compression : unsigned char {
  kNone,
  kGzip,
  kDeflate
};

// The Content-Encoding; empty for kNone.
std::string_view ContentEncoding(Compression compression);

// kDeflate is zlib-wrapped, as HTTP means it. ResourceExhausted without memory.
Result<std::string> Compress(std::string_view bytes, Compression compression);

}  // namespace repartee::otel
