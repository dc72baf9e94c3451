// Follower: the thread behind the writer. It enters new traces into index.db and
// moves write-ahead logs into their files while the writer goes on.
//
// Thread: Push and RequestCheckpoint from the writer; applied() from any.
#pragma once

#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "repartee/server/store/sqlite/index_file.h"

namespace repartee::server {

class Follower {
 public:
  // `index` is caught up already, with each day to the batch in `applied`.
  Follower(std::string folder, std::unique_ptr<IndexFile> index, std::map<int, std::int64_t> applied);
  // Applies what is queued, then ends.
  ~Follower();

  void Push(IndexUpdate update);
  void RequestCheckpoint(int day);
  // Traces not entered yet; the store refuses new batches above a limit.
  std::size_t queued() const { return queued_.load(std::memory_order_relaxed); }
  // The last batch of that day which the index holds.
  std::int64_t applied(int day) const;

 private:
  void Run();
  void ApplyAll(std::vector<IndexUpdate>& updates);
  void Checkpoint(int day);

  const std::string folder_;
  const std::unique_ptr<IndexFile> index_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<IndexUpdate> updates_;     // guarded by mutex_; bounded by kMaxQueuedIndexEntries at the door
  std::set<int> checkpoints_;            // guarded by mutex_
  std::map<int, std::int64_t> applied_;  // guarded by mutex_
  bool stopping_ = false;                // guarded by mutex_
  std::atomic<std::size_t> queued_{0};
  std::thread thread_;  // last: runs on the members above
};

}  // namespace repartee::server
