// Fuzz target: a collector's answer is read or refused without crashing.
#include "repartee/otel/wire/export_response.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  static_cast<void>(repartee::otel::ParseExportResponse(body).ok());
  static_cast<void>(repartee::otel::ParseJsonExportResponse(body).ok());
  static_cast<void>(repartee::otel::ParseStatusMessage(body));
  static_cast<void>(repartee::otel::ParseRetryDelay(body));
  return 0;
}
