// UTF-8 checks. One wrong byte in a string makes receivers refuse a whole batch, so
// text is mended before it is sent.
//
// Thread: pure functions.
#pragma once

#include <string>
#include <string_view>

namespace repartee::otel {

bool IsValidUtf8(std::string_view text);
// Every byte that is not part of a valid character becomes U+FFFD.
std::string ToValidUtf8(std::string_view text);

}  // namespace repartee::otel
