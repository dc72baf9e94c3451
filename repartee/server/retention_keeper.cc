#include "repartee/server/retention_keeper.h"

#include <chrono>

#include "repartee/base/log.h"
#include "repartee/server/model/time.h"

namespace repartee::server {
namespace {
constexpr std::chrono::hours kInterval{1};
}

std::vector<KeptDays> KeptBy(const std::vector<Project>& projects, std::int64_t default_days,
                             std::int64_t now_ns) {
  std::vector<KeptDays> kept;
  for (const Project& project : projects) {
    const std::int64_t days = project.retention_days > 0 ? project.retention_days : default_days;
    if (days > 0) kept.push_back({project.key, FirstKeptDay(now_ns, days)});
  }
  return kept;
}

RetentionKeeper::RetentionKeeper(Store& store, const KeyStore& keys, std::int64_t default_days)
    : store_(store), keys_(keys), default_days_(default_days), thread_([this] { Run(); }) {}

RetentionKeeper::~RetentionKeeper() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void RetentionKeeper::Run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const Status status =
        store_.Retain(KeptBy(keys_.projects(), default_days_, Clock::System().WallNow().count()));
    if (!status.ok()) LogWarning("retention: {}", status.message());
    wake_.wait_for(lock, kInterval, [this] { return stopping_; });
  }
}

}  // namespace repartee::server
