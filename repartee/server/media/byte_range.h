// One range of bytes of a file, as browsers ask for it when they seek in a recording.
//
// Thread: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "repartee/net/http.h"

namespace repartee::server {

struct ByteRange {
  std::int64_t first = 0;
  std::int64_t count = 0;
};

// What of `size` bytes a Range header (empty: none) asks for; sets status and headers of
// the answer. Nothing when there is no such range: the answer is then whole (416).
std::optional<ByteRange> ApplyRange(std::string_view asked, std::int64_t size, HttpResponse& response);

}  // namespace repartee::server
