// DamageLog: the day files that SQLite calls damaged. Each is named in the log once,
// and passed over by queries; the other days go on.
//
// Thread: any.
#pragma once

#include <mutex>
#include <set>
#include <vector>

#include "repartee/base/status.h"

namespace repartee::server {

class DamageLog {
 public:
  // True if the status tells of damage, which is noted then.
  bool Notes(int day, const Status& status);
  // Ascending, YYYYMMDD.
  std::vector<int> days() const;

 private:
  mutable std::mutex mutex_;
  std::set<int> days_;  // guarded by mutex_
};

}  // namespace repartee::server
