#include "repartee/server/model/time.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace repartee::server {
namespace {

using std::chrono::days;
using std::chrono::sys_days;
using std::chrono::year_month_day;

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kDay = 86'400 * kSecond;

// Reads exactly `digits` digits from the front.
std::optional<int> TakeNumber(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) return std::nullopt;
  int value = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(digits);
  return value;
}

bool TakeChar(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

// ".678" in nanoseconds; digits beyond the ninth are cut.
std::int64_t TakeFraction(std::string_view& text) {
  if (!TakeChar(text, '.')) return 0;
  std::int64_t value = 0;
  std::int64_t unit = kSecond;
  while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
    unit /= 10;
    value += (text.front() - '0') * unit;
    text.remove_prefix(1);
  }
  return value;
}

// "Z", "+02:00", "-0530" or nothing, in seconds.
std::optional<int> TakeOffset(std::string_view& text) {
  if (text.empty() || TakeChar(text, 'Z')) return 0;
  const int sign = text.front() == '-' ? -1 : 1;
  if (!TakeChar(text, '+') && !TakeChar(text, '-')) return std::nullopt;
  const std::optional<int> hours = TakeNumber(text, 2);
  TakeChar(text, ':');
  const std::optional<int> minutes = text.empty() ? std::optional<int>(0) : TakeNumber(text, 2);
  if (!hours || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  return sign * (*hours * 3600 + *minutes * 60);
}

std::int64_t FloorDays(std::int64_t ns) { return ns >= 0 ? ns / kDay : -((-ns + kDay - 1) / kDay); }

year_month_day DateOf(std::int64_t ns) { return year_month_day(sys_days(days(FloorDays(ns)))); }

}  // namespace

std::optional<std::int64_t> ParseIsoTime(std::string_view text) {
  const std::optional<int> year = TakeNumber(text, 4);
  if (!year || !TakeChar(text, '-')) return std::nullopt;
  const std::optional<int> month = TakeNumber(text, 2);
  if (!month || !TakeChar(text, '-')) return std::nullopt;
  const std::optional<int> day = TakeNumber(text, 2);
  if (!day) return std::nullopt;
  const year_month_day date(std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                            std::chrono::day(static_cast<unsigned>(*day)));
  // Outside these years nanoseconds do not fit in 64 bits.
  if (!date.ok() || *year < 1700 || *year > 2200) return std::nullopt;
  std::int64_t seconds = sys_days(date).time_since_epoch().count() * std::int64_t{86'400};
  std::int64_t fraction = 0;
  if (TakeChar(text, 'T') || TakeChar(text, ' ')) {
    const std::optional<int> hour = TakeNumber(text, 2);
    if (!hour || *hour > 24 || !TakeChar(text, ':')) return std::nullopt;
    const std::optional<int> minute = TakeNumber(text, 2);
    if (!minute || *minute > 59) return std::nullopt;
    int second = 0;
    if (TakeChar(text, ':')) {
      const std::optional<int> given = TakeNumber(text, 2);
      if (!given || *given > 60) return std::nullopt;
      second = *given;
      fraction = TakeFraction(text);
    }
    seconds += *hour * 3600 + *minute * 60 + second;
    const std::optional<int> offset = TakeOffset(text);
    if (!offset) return std::nullopt;
    seconds -= *offset;
  }
  if (!text.empty()) return std::nullopt;
  return seconds * kSecond + fraction;
}

std::string FormatIsoTime(std::int64_t ns) {
  const year_month_day date = DateOf(ns);
  const std::int64_t in_day = ns - FloorDays(ns) * kDay;
  const std::int64_t ms = in_day / 1'000'000;
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), ms / 3'600'000,
                     ms / 60'000 % 60, ms / 1'000 % 60, ms % 1'000);
}

int UtcDay(std::int64_t ns) {
  const year_month_day date = DateOf(ns);
  return static_cast<int>(date.year()) * 10'000 +
         static_cast<int>(static_cast<unsigned>(date.month())) * 100 +
         static_cast<int>(static_cast<unsigned>(date.day()));
}

// More days than that would go around the ends of 64 bits into the future, and nothing be kept.
int FirstKeptDay(std::int64_t now_ns, std::int64_t days) {
  return UtcDay(now_ns - std::min(days, kMaxRetentionDays) * kDay);
}

std::int64_t AttachedBefore(int first_kept_day) {
  const std::string date = fmt::format("{:04}-{:02}-{:02}", first_kept_day / 10'000,
                                       first_kept_day / 100 % 100, first_kept_day % 100);
  return ParseIsoTime(date).value_or(kDay) - kDay;
}

}  // namespace repartee::server
