// Committer: writes the spans of all requests that wait into the log at once, and then answers
// them: one fsync for many.
//
// Thread: its own; Push from any.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "repartee/base/clock.h"
#include "repartee/server/store/clickhouse/ship_log.h"
#include "repartee/server/store/store.h"

namespace repartee::server::clickhouse {

class Committer {
 public:
  // `log` and `clock` are borrowed and outlive the committer; `on_commit` is called on its thread.
  Committer(ShipLog& log, const Clock& clock, std::function<void()> on_commit);
  ~Committer() { Stop(); }
  Committer(const Committer&) = delete;
  Committer& operator=(const Committer&) = delete;

  // `done` is called once, on the committer's thread, when the rows are on the disk or why they are not. An
  // error by return (the queue or the log is full, or stopping): it is not called.
  Status Push(ShipRows rows, Store::AppendDone done);
  Status Admits(std::size_t bytes) const;
  // Why the last commit failed, or OK.
  Status health() const;
  std::uint64_t commits() const { return commits_; }
  std::uint64_t spans() const { return spans_; }
  std::int64_t last_commit_ns() const { return last_commit_ns_; }
  // Commits what waits first. Idempotent.
  void Stop();

 private:
  struct Pending {
    ShipRows rows;
    Store::AppendDone done;
  };
  void Run();
  Status AdmitsLocked(std::size_t bytes) const;
  std::vector<Pending> TakeGroup();
  void Commit(std::vector<Pending> group);

  ShipLog& log_;
  const Clock& clock_;
  const std::function<void()> on_commit_;
  std::atomic<std::uint64_t> commits_{0};
  std::atomic<std::uint64_t> spans_{0};
  std::atomic<std::int64_t> last_commit_ns_{0};
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Pending> queue_;  // guarded by mutex_, as the next three; at most kMaxQueuedBatches
  std::size_t queued_bytes_ = 0;
  Status health_;
  bool stopping_ = false;
  std::thread thread_;  // last: it uses the rest
};

}  // namespace repartee::server::clickhouse
