#include "repartee/server/retention_keeper.h"

#include <chrono>

#include "repartee/base/log.h"
#include "repartee/server/api/comments.h"
#include "repartee/server/api/recording_retention.h"
#include "repartee/server/model/time.h"

namespace repartee::server {
namespace {
constexpr std::chrono::hours kInterval{1};
}

std::vector<KeptDays> KeptBy(const std::vector<Project>& projects, std::int64_t default_days,
                             std::int64_t now_ns) {
  std::vector<KeptDays> kept;
  for (const Project& project : projects) {
    const std::int64_t days = RetentionOf(project, default_days);
    if (days > 0) kept.push_back({project.key, FirstKeptDay(now_ns, days)});
  }
  return kept;
}

RetentionKeeper::RetentionKeeper(Store& store, const KeyStore& keys, ConfigStore& config, MediaStore& media,
                                 std::int64_t default_days)
    : store_(store),
      keys_(keys),
      config_(config),
      media_(media),
      default_days_(default_days),
      thread_([this] { Run(); }) {}

RetentionKeeper::~RetentionKeeper() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

Status RetentionKeeper::Free(const KeptDays& kept) {
  const std::int64_t before_ns = AttachedBefore(kept.first_day);
  Status status = ForgetMediaBefore(media_, kept.project, before_ns);
  for (const std::string_view type : {kTraceComment, kObservationComment}) {
    if (status.ok())
      status = config_.RemoveBefore(kept.project, kCommentKind, CommentSubject(type, ""), before_ns);
  }
  return status;
}

void RetentionKeeper::Run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    const std::int64_t now_ns = Clock::System().WallNow().count();
    const std::vector<Project> projects = keys_.projects();
    const std::vector<KeptDays> kept = KeptBy(projects, default_days_, now_ns);
    Status status = store_.Retain(kept);
    for (const KeptDays& rule : kept) {
      if (status.ok()) status = Free(rule);
    }
    if (status.ok()) status = ForgetOldRecordings(config_, media_, projects, now_ns);
    if (!status.ok()) LogWarning("retention: {}", status.message());
    lock.lock();
    wake_.wait_for(lock, kInterval, [this] { return stopping_; });
  }
}

}  // namespace repartee::server
