#include "repartee/base/clock.h"

#include <fmt/core.h>

namespace repartee {
namespace {

class SystemClock final : public Clock {
 public:
  Nanos MonotonicNow() const override { return std::chrono::steady_clock::now().time_since_epoch(); }
  Nanos WallNow() const override { return std::chrono::system_clock::now().time_since_epoch(); }
};

}  // namespace

const Clock& Clock::System() {
  static const SystemClock clock;
  return clock;
}

std::string Iso8601(Nanos wall) {
  const std::chrono::sys_time<std::chrono::milliseconds> time(
      std::chrono::floor<std::chrono::milliseconds>(wall));
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}+00:00", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                     clock.subseconds().count());
}

}  // namespace repartee
