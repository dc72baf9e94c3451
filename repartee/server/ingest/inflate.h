// Request bodies that came compressed. Thread: pure function.
#pragma once

#include <string>
#include <string_view>

#include "repartee/base/status.h"

namespace repartee::server {

enum class ContentCoding : unsigned char {
  kIdentity,
  kGzip,
  kDeflate
};

// The bytes behind `body`. Malformed if they are no such stream; ResourceExhausted
// above `limit` bytes, found before more than that is unpacked.
Result<std::string> Inflate(std::string_view body, ContentCoding coding, std::size_t limit);

}  // namespace repartee::server
