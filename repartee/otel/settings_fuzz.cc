// Fuzz target: what comes from the environment and from servers in text (header lists, resource
// attributes, Retry-After) is taken or refused without crashing, and no header can end its line.
#include <cstdlib>

#include "repartee/otel/otlp_options.h"
#include "repartee/otel/resource.h"
#include "repartee/otel/retry.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  std::vector<std::string> warnings;
  for (const auto& [name, value] : repartee::otel::ParseOtlpHeaders(text, warnings)) {
    if (name.empty() || value.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) std::abort();
  }
  static_cast<void>(repartee::otel::ParseResourceAttributes(text).ok());
  const auto wait = repartee::otel::ParseRetryAfter(text, std::chrono::hours(500'000));
  if (wait && *wait < repartee::Nanos(0)) std::abort();
  return 0;
}
