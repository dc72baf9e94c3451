// InferencePool: the threads on which local models run, away from the conversations.
//
// Jobs stand in four lanes by urgency. The speech threads take the most urgent first; the
// language model has a thread of its own, so that a long answer holds up nobody's ears or
// voice. A full lane refuses. Results come back on the loop that asked.
//
// With `run_inline` (virtual time) a job is run at once by Submit, on the caller's
// thread: the models count no time, and a run is the same every time.
//
// Thread: Submit and CancelToken any. Destroy the pool before the loops it serves.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "repartee/base/event_loop.h"
#include "repartee/base/status.h"
#include "repartee/base/unique_function.h"

namespace repartee::local {

enum class InferenceLane : std::uint8_t {
  kVoiceActivity,
  kSpeechToText,
  kTextToSpeech,
  kLanguageModel
};

// Two owners: who asked for a job, and the job. Copies are one token.
class CancelToken {
 public:
  CancelToken() : flag_(std::make_shared<std::atomic<bool>>(false)) {}
  void Cancel() const { flag_->store(true); }
  bool cancelled() const { return flag_->load(); }
  // For models that look at it while they work.
  const std::atomic<bool>& flag() const { return *flag_; }

 private:
  std::shared_ptr<std::atomic<bool>> flag_;
};

class InferencePool {
 public:
  struct Options {
    int speech_threads = 1;
    int language_threads = 1;
    bool run_inline = false;
    // Waiting jobs a lane takes, in the order of InferenceLane.
    std::array<std::size_t, 4> limits{256, 64, 64, 16};
  };

  explicit InferencePool(Options options);
  // Cancels every job, waits for those that run, and starts no other.
  ~InferencePool();
  InferencePool(const InferencePool&) = delete;
  InferencePool& operator=(const InferencePool&) = delete;

  // Runs `work()` on the pool and then `done(its result)` on `loop`, which keeps virtual time still until
  // then. Once `token` is cancelled, work that has not started is skipped and `done` is not called; it is
  // destroyed on the loop in any case. `work` must hold nothing that belongs to the loop.
  // ResourceExhausted, and nothing happens, when the lane is full.
  template <class Work, class Done>
  Status Submit(EventLoop& loop, InferenceLane lane, CancelToken token, Work work, Done done) {
    return Enqueue(lane, token,
                   [&loop, hold = EventLoop::Hold(loop), token, work = std::move(work),
                    done = std::move(done)]() mutable {
                     std::optional<std::invoke_result_t<Work&>> result;
                     if (!token.cancelled()) result.emplace(work());
                     loop.Post([token, result = std::move(result), done = std::move(done)]() mutable {
                       if (result && !token.cancelled()) done(*std::move(result));
                     });
                   });
  }

 private:
  struct Job {
    CancelToken token;
    UniqueFunction<void()> run;
  };
  using Lane = std::deque<Job>;

  Status Enqueue(InferenceLane lane, const CancelToken& token, UniqueFunction<void()> run);
  // Serves lanes [first, last), the lowest first.
  void Work(std::size_t first, std::size_t last);

  const Options options_;
  std::mutex mutex_;  // guards lanes_, running_ and stopping_
  std::condition_variable wake_;
  std::array<Lane, 4> lanes_;
  std::vector<CancelToken*> running_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace repartee::local
