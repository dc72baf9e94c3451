#include "repartee/server/media/byte_range.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace repartee::server {
namespace {

// "bytes=first-last" as first and count within `size`; nothing if it is no single range of it.
std::optional<std::pair<std::int64_t, std::int64_t>> ReadRange(std::string_view text, std::int64_t size) {
  if (!text.starts_with("bytes=") || text.find(',') != std::string_view::npos) return std::nullopt;
  text.remove_prefix(6);
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const auto number = [](std::string_view digits, std::int64_t fallback) {
    std::int64_t value = fallback;
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return value;
  };
  std::int64_t first = number(text.substr(0, dash), -1);
  std::int64_t last = number(text.substr(dash + 1), size - 1);
  if (first < 0) {  // the last so many bytes
    first = std::max<std::int64_t>(size - last, 0);
    last = size - 1;
  }
  last = std::min(last, size - 1);
  if (first >= size || last < first) return std::nullopt;
  return std::pair(first, last - first + 1);
}

}  // namespace

std::optional<ByteRange> ApplyRange(std::string_view asked, std::int64_t size, HttpResponse& response) {
  response.headers.Set("Accept-Ranges", "bytes");
  if (asked.empty()) return ByteRange{0, size};
  const auto given = ReadRange(asked, size);
  if (!given) {
    response.status = 416;
    response.headers.Set("Content-Range", fmt::format("bytes */{}", size));
    return std::nullopt;
  }
  response.status = 206;
  response.headers.Set("Content-Range",
                       fmt::format("bytes {}-{}/{}", given->first, given->first + given->second - 1, size));
  return ByteRange{given->first, given->second};
}

}  // namespace repartee::server
