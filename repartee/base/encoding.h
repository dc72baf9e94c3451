// Hexadecimal, base64 and percent coding. Thread: pure functions.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "repartee/base/status.h"

namespace repartee {

// Lower case.
std::string HexEncode(std::string_view bytes);
// Malformed on odd length or other characters; either case is taken.
Result<std::string> HexDecode(std::string_view hex);

// Standard alphabet, padded.
std::string Base64Encode(std::string_view bytes);
// Padding may be missing; the url-safe alphabet is taken too. Malformed else.
Result<std::string> Base64Decode(std::string_view text);

// %XX becomes its byte; a broken escape stays as it is; '+' stays '+'.
std::string PercentDecode(std::string_view text);
// All but unreserved characters (RFC 3986) become %XX.
std::string PercentEncode(std::string_view text);

}  // namespace repartee
