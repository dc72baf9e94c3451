#include "repartee/base/iso_time.h"

#include <fmt/compile.h>
#include <fmt/format.h>

namespace repartee {

std::string FormatIsoMillis(Nanos wall) {
  using std::chrono::floor;
  const auto since_epoch = floor<std::chrono::milliseconds>(wall);
  const auto day = floor<std::chrono::days>(since_epoch);
  const std::chrono::year_month_day date{std::chrono::sys_days(day)};
  const std::chrono::hh_mm_ss time(since_epoch - day);
  return fmt::format(FMT_COMPILE("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}+00:00"),
                     static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()), time.hours().count(), time.minutes().count(),
                     time.seconds().count(), time.subseconds().count());
}

}  // namespace repartee
