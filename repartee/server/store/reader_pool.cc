#include "repartee/server/store/reader_pool.h"

#include <utility>

#include "repartee/server/limits.h"

namespace repartee::server {

void ReaderPool::AddThread(UniqueFunction<void(Store::ReadJob)> run) {
  threads_.emplace_back([this, r = std::move(run)]() mutable { Run(r); });
}

Status ReaderPool::Push(Store::ReadJob job) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return Status::Unavailable("the server is stopping");
    if (jobs_.size() >= kMaxQueuedReads) return Status::ResourceExhausted("too many queries wait, try again");
    jobs_.push_back(std::move(job));
  }
  wake_.notify_one();
  return OkStatus();
}

void ReaderPool::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

void ReaderPool::Run(UniqueFunction<void(Store::ReadJob)>& run) {
  while (true) {
    Store::ReadJob job;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
      if (jobs_.empty()) return;
      job = std::move(jobs_.front());
      jobs_.pop_front();
    }
    run(std::move(job));
  }
}

}  // namespace repartee::server
