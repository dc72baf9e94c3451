// DamageLog: the day files that SQLite calls damaged. Each is named in the log once,
// and passed over by queries; the other days go on. The index of a day's words is
// derived: who finds it damaged says so, and it is made again.
//
// Thread: any.
#pragma once

#include <functional>
#include <mutex>
#include <set>
#include <vector>

#include "repartee/base/status.h"

namespace repartee::server {

class DamageLog {
 public:
  // True if the status tells of damage, which is noted then.
  bool Notes(int day, const Status& status);
  // Called with a day whose index of words is damaged; set before use.
  void set_on_text_damage(std::function<void(int)> on_text_damage) {
    on_text_damage_ = std::move(on_text_damage);
  }
  void NoteText(int day) const {
    if (on_text_damage_) on_text_damage_(day);
  }
  // Ascending, YYYYMMDD.
  std::vector<int> days() const;

 private:
  std::function<void(int)> on_text_damage_;
  mutable std::mutex mutex_;
  std::set<int> days_;  // guarded by mutex_
};

}  // namespace repartee::server
