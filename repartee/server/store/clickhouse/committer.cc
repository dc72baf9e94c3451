#include "repartee/server/store/clickhouse/committer.h"

#include <utility>

#include "repartee/base/log.h"
#include "repartee/server/limits.h"

namespace repartee::server::clickhouse {
namespace {

std::size_t BytesOf(const ShipRows& rows) { return rows.span_rows.size() + rows.day_rows.size(); }

}  // namespace

Committer::Committer(ShipLog& log, const Clock& clock, std::function<void()> on_commit)
    : log_(log), clock_(clock), on_commit_(std::move(on_commit)), thread_([this] { Run(); }) {}

void Committer::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

Status Committer::AdmitsLocked(std::size_t bytes) const {
  if (stopping_) return Status::Unavailable("the server is stopping");
  if (queue_.size() >= kMaxQueuedBatches || queued_bytes_ + bytes > kMaxQueuedBytes)
    return Status::ResourceExhausted("the queue before the store is full, try again");
  return log_.Admits(queued_bytes_ + bytes);
}

Status Committer::Admits(std::size_t bytes) const {
  const std::lock_guard lock(mutex_);
  return AdmitsLocked(bytes);
}

Status Committer::Push(ShipRows rows, Store::AppendDone done) {
  {
    const std::lock_guard lock(mutex_);
    if (Status status = AdmitsLocked(BytesOf(rows)); !status.ok()) return status;
    queued_bytes_ += BytesOf(rows);
    queue_.push_back({std::move(rows), std::move(done)});
  }
  wake_.notify_one();
  return OkStatus();
}

Status Committer::health() const {
  const std::lock_guard lock(mutex_);
  return health_;
}

std::vector<Committer::Pending> Committer::TakeGroup() {
  std::vector<Pending> group;
  std::unique_lock lock(mutex_);
  wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
  std::size_t spans = 0;
  while (!queue_.empty() && spans < kMaxSpansPerCommit) {
    spans += queue_.front().rows.spans;
    queued_bytes_ -= BytesOf(queue_.front().rows);
    group.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  return group;
}

void Committer::Run() {
  while (true) {
    std::vector<Pending> group = TakeGroup();
    if (group.empty()) return;
    Commit(std::move(group));
  }
}

void Committer::Commit(std::vector<Pending> group) {
  std::vector<ShipRows> rows;
  std::vector<std::size_t> spans;
  rows.reserve(group.size());
  for (Pending& pending : group) {
    spans.push_back(pending.rows.spans);
    rows.push_back(std::move(pending.rows));
  }
  const Status status = log_.Append(rows);
  {
    const std::lock_guard lock(mutex_);
    if (!status.ok() && status.message() != health_.message()) LogError("store: {}", status.message());
    health_ = status;
  }
  if (status.ok()) {
    ++commits_;
    for (const std::size_t count : spans) spans_ += count;
    last_commit_ns_ = clock_.WallNow().count();
    on_commit_();
  }
  for (std::size_t i = 0; i < group.size(); ++i) {
    if (status.ok()) {
      group[i].done(AppendOutcome{.added = spans[i]});
    } else {
      group[i].done(status);
    }
  }
}

}  // namespace repartee::server::clickhouse
