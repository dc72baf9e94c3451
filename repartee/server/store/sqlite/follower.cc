#include "repartee/server/store/sqlite/follower.h"

#include <chrono>

#include "repartee/base/log.h"
#include "repartee/server/store/sqlite/day_file.h"

namespace repartee::server {
namespace {
// Between tries while index.db cannot be written (a full disk).
constexpr std::chrono::seconds kRetry{1};
}  // namespace

Follower::Follower(std::string folder, std::unique_ptr<IndexFile> index, std::map<int, std::int64_t> applied)
    : folder_(std::move(folder)),
      index_(std::move(index)),
      applied_(std::move(applied)),
      thread_([this] { Run(); }) {}

Follower::~Follower() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
  if (const Status status = index_->Checkpoint(); !status.ok())
    LogWarning("trace index: {}", status.message());
}

void Follower::Push(IndexUpdate update) {
  queued_.fetch_add(update.traces.size(), std::memory_order_relaxed);
  {
    const std::lock_guard lock(mutex_);
    updates_.push_back(std::move(update));
  }
  wake_.notify_one();
}

void Follower::RequestCheckpoint(int day) {
  {
    const std::lock_guard lock(mutex_);
    checkpoints_.insert(day);
  }
  wake_.notify_one();
}

std::int64_t Follower::applied(int day) const {
  const std::lock_guard lock(mutex_);
  const auto found = applied_.find(day);
  return found == applied_.end() ? 0 : found->second;
}

void Follower::ApplyAll(std::vector<IndexUpdate>& updates) {
  while (true) {
    const Status status = index_->Apply(updates);
    if (status.ok()) break;
    LogError("trace index: {}", status.message());
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, kRetry, [this] { return stopping_; });
    // Nothing is lost: the next start catches up from the day files.
    if (stopping_) return;
  }
  std::size_t traces = 0;
  const std::lock_guard lock(mutex_);
  for (const IndexUpdate& update : updates) {
    if (update.is_gone) {
      applied_.erase(update.day);
    } else {
      applied_[update.day] = update.batch;
    }
    traces += update.traces.size();
  }
  queued_.fetch_sub(traces, std::memory_order_relaxed);
}

void Follower::Checkpoint(int day) {
  Result<std::unique_ptr<Database>> database =
      Database::Open(DayPath(folder_, day), {.create = false, .cache_kib = 256});
  if (!database.ok()) return LogWarning("checkpoint: {}", database.status().message());
  const Status status = (*database)->RunCheckpoint(Database::Checkpoint::kPassive);
  if (!status.ok()) LogWarning("checkpoint: {}", status.message());
}

void Follower::Run() {
  while (true) {
    std::vector<IndexUpdate> updates;
    std::set<int> checkpoints;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || !updates_.empty() || !checkpoints_.empty(); });
      updates.swap(updates_);
      checkpoints.swap(checkpoints_);
      if (stopping_ && updates.empty()) return;
    }
    if (!updates.empty()) ApplyAll(updates);
    for (const int day : checkpoints) Checkpoint(day);
  }
}

}  // namespace repartee::server
