// Fuzz target: a spool file is read back as it was written, or refused.
#include <cstdlib>

#include "repartee/otel/spool.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  static_cast<void>(repartee::otel::ParseSpoolFile(bytes).ok());
  const auto again = repartee::otel::ParseSpoolFile(repartee::otel::EncodeSpoolFile(
      {.spans = static_cast<std::int64_t>(size), .body = std::string(bytes)}));
  if (!again.ok() || again->body != bytes) std::abort();
  return 0;
}
