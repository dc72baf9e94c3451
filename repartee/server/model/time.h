// Points in time as the public API writes and reads them. Thread: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace repartee::server {

// Nanoseconds since the epoch of an ISO 8601 date and time ("2026-01-02T03:04:05.678Z",
// with offset, with or without fraction; a date alone is its midnight). No zone means UTC.
std::optional<std::int64_t> ParseIsoTime(std::string_view text);

// "2026-01-02T03:04:05.678Z": UTC, milliseconds, truncated.
std::string FormatIsoTime(std::int64_t ns);

// "20260102": the UTC day a moment falls on.
int UtcDay(std::int64_t ns);
// Fewer days would lose conversations that still go on; more are no number of days.
inline constexpr std::int64_t kLeastRetentionDays = 3;
inline constexpr std::int64_t kMaxRetentionDays = 36'500;
// The first of the last `days` whole days before today, which are kept with today; of more
// than kMaxRetentionDays that one.
int FirstKeptDay(std::int64_t now_ns, std::int64_t days);
// What hangs on a trace comes after it or, as a recording may, a little before: with a day
// to spare, what came before this moment hangs on a trace of before that day.
std::int64_t AttachedBefore(int first_kept_day);

}  // namespace repartee::server
