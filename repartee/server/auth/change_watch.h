// ChangeWatch: tells, at most once a second, whether another connection has changed a
// database, so that what is held in memory follows `repartee keys` and its like.
//
// Thread: IsDue from any; HasChanged under the lock that guards the database.
#pragma once

#include <atomic>
#include <cstdint>

#include "repartee/server/store/sqlite/database.h"

namespace repartee::server {

class ChangeWatch {
 public:
  // True for one caller a second.
  bool IsDue();
  // Since the last call. What cannot be read now counts as unchanged: it is asked again.
  bool HasChanged(Database& database);

 private:
  std::atomic<std::int64_t> looked_ns_{0};  // monotonic
  std::int64_t version_ = -1;
};

}  // namespace repartee::server
