#include "repartee/otel/retry.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <ctime>
#include <string>

#include "repartee/base/random.h"

namespace repartee::otel {
namespace {

// "Sun, 06 Nov 1994 08:49:37 GMT" as seconds since the epoch.
std::optional<std::int64_t> ParseHttpDate(const std::string& text) {
  static constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                               "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::tm time{};
  char month[4] = {};
  int end = 0;
  const int got =
      std::sscanf(text.c_str(), "%*3[A-Za-z], %2d %3[A-Za-z] %4d %2d:%2d:%2d GMT%n", &time.tm_mday, month,
                  &time.tm_year, &time.tm_hour, &time.tm_min, &time.tm_sec, &end);
  if (got != 6 || end != static_cast<int>(text.size())) return std::nullopt;
  const auto found = std::find(kMonths.begin(), kMonths.end(), std::string_view(month));
  if (found == kMonths.end()) return std::nullopt;
  time.tm_mon = static_cast<int>(found - kMonths.begin());
  time.tm_year -= 1900;
  return timegm(&time);
}

}  // namespace

bool IsRetryableStatus(int http_status) {
  return http_status == 429 || http_status == 502 || http_status == 503 || http_status == 504;
}

Nanos Backoff(int retry) {
  const double base = static_cast<double>(1 << std::clamp(retry - 1, 0, 6));
  const double unit = static_cast<double>(RandomBits() >> 11) * 0x1.0p-53;  // from 0 to 1
  return FromSeconds(base * (0.8 + 0.4 * unit));
}

std::optional<Nanos> ParseRetryAfter(std::string_view value, Nanos wall_now) {
  if (value.empty()) return std::nullopt;
  constexpr std::int64_t kYear = 31'536'000;  // longer waits mean the same: do not come back
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
  if (error == std::errc::result_out_of_range) return std::chrono::seconds(kYear);
  if (error == std::errc() && end == value.data() + value.size()) {
    if (seconds < 0) return std::nullopt;
    return std::chrono::seconds(std::min(seconds, kYear));
  }
  const std::optional<std::int64_t> date = ParseHttpDate(std::string(value));
  if (!date) return std::nullopt;
  const std::int64_t now = std::chrono::duration_cast<std::chrono::seconds>(wall_now).count();
  return std::chrono::seconds(std::clamp<std::int64_t>(*date - now, 0, kYear));
}

}  // namespace repartee::otel
