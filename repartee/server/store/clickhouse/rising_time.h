// RisingTime: wall time that never stands still, by which of two rows the later one counts.
//
// Thread: any.
#pragma once

#include <algorithm>
#include <cstdint>
#include <mutex>

#include "repartee/base/clock.h"

namespace repartee::server::clickhouse {

class RisingTime {
 public:
  // `clock` is borrowed and outlives the object.
  explicit RisingTime(const Clock& clock) : clock_(clock) {}

  // Nanoseconds since 1970: the first of `count` that nobody else gets from this object.
  std::int64_t Take(std::int64_t count) {
    const std::lock_guard lock(mutex_);
    const std::int64_t first = std::max(clock_.WallNow().count(), next_);
    next_ = first + count;
    return first;
  }

 private:
  const Clock& clock_;
  std::mutex mutex_;
  std::int64_t next_ = 0;  // guarded by mutex_
};

}  // namespace repartee::server::clickhouse
