// JSON for building messages and reading configuration: nlohmann with keys kept in
// the order they were written, since wire formats and goldens show that order.
// Large bodies are read with simdjson where they arrive. Thread: values.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "repartee/base/status.h"

namespace repartee {

using Json = nlohmann::ordered_json;

// Malformed, with the byte where it went wrong, or nested deeper than 256. Duplicate keys: the last wins.
Result<Json> ParseJson(std::string_view text);

// As Python's json.dumps writes it: ", " and ": " between parts; non-ASCII as
// \uXXXX if `ascii`. Invalid UTF-8 becomes U+FFFD.
std::string DumpPythonStyle(const Json& value, bool ascii);

}  // namespace repartee
