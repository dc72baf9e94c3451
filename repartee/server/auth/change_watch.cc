#include "repartee/server/auth/change_watch.h"

#include "repartee/base/clock.h"

namespace repartee::server {
namespace {
constexpr std::int64_t kLookEveryNs = 1'000'000'000;
}

bool ChangeWatch::IsDue() {
  const std::int64_t now = Clock::System().MonotonicNow().count();
  std::int64_t looked = looked_ns_;
  return now - looked >= kLookEveryNs && looked_ns_.compare_exchange_strong(looked, now);
}

bool ChangeWatch::HasChanged(Database& database) {
  const Result<std::int64_t> version = database.QueryInteger("PRAGMA data_version", 0);
  if (!version.ok() || *version == version_) return false;
  version_ = *version;
  return true;
}

}  // namespace repartee::server
