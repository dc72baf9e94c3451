#include "repartee/server/store/sqlite/damage_log.h"

#include "repartee/base/log.h"

namespace repartee::server {

bool DamageLog::Notes(int day, const Status& status) {
  if (status.code() != StatusCode::kMalformed) return false;
  const std::lock_guard lock(mutex_);
  if (days_.insert(day).second)
    LogError("store: the file of {} is damaged and passed over: {}. Restore it from a backup.", day,
             status.message());
  return true;
}

std::vector<int> DamageLog::days() const {
  const std::lock_guard lock(mutex_);
  return {days_.begin(), days_.end()};
}

}  // namespace repartee::server
