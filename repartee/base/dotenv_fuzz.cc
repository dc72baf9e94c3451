// Fuzz target: ParseDotenv takes any bytes without crashing, and what it accepts can be set.
#include <cstdlib>

#include "repartee/base/dotenv.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto lookup = [](const std::string& name) {
    return name == "HOME" ? std::optional<std::string>("/home") : std::nullopt;
  };
  const auto entries = repartee::ParseDotenv(text, "fuzz", lookup);
  if (!entries.ok()) return 0;
  for (const auto& [name, value] : *entries) {
    if (name.empty() || name.find('=') != std::string::npos || value.find('\0') != std::string::npos)
      std::abort();
  }
  return 0;
}
