// ReaderPool: a store's reader threads and the jobs that wait for one.
//
// Thread: any; jobs run on the pool's own threads.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "repartee/base/status.h"
#include "repartee/base/unique_function.h"
#include "repartee/server/store/store.h"

namespace repartee::server {

class ReaderPool {
 public:
  ReaderPool() = default;
  ~ReaderPool() { Stop(); }
  ReaderPool(const ReaderPool&) = delete;
  ReaderPool& operator=(const ReaderPool&) = delete;

  // One more thread, which does each job that it takes by `run` and so owns the reader in it.
  void AddThread(UniqueFunction<void(Store::ReadJob)> run);
  // ResourceExhausted when kMaxQueuedReads wait, Unavailable when stopping.
  Status Push(Store::ReadJob job);
  // Does what waits, then ends the threads. Idempotent.
  void Stop();

 private:
  void Run(UniqueFunction<void(Store::ReadJob)>& run);

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Store::ReadJob> jobs_;  // guarded by mutex_; at most kMaxQueuedReads
  bool stopping_ = false;            // guarded by mutex_
  std::vector<std::thread> threads_;
};

}  // namespace repartee::server
