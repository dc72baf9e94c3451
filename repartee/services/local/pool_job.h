// RunOnPool: a model's work as something a coroutine waits for.
//
// Destroying the waiting coroutine cancels the job: it is skipped if it has not begun,
// and what it answers is thrown away. Thread: the conversation's loop.
#pragma once

#include <optional>
#include <utility>

#include "repartee/base/mailbox.h"
#include "repartee/base/task.h"
#include "repartee/services/local/models/inference_pool.h"

namespace repartee::local {

// What `work()`, a Result<T>, came to. `work` runs on another thread and must hold nothing that belongs to
// the loop. ResourceExhausted when too many jobs wait.
template <class T, class Work>
Task<Result<T>> RunOnPool(InferencePool& pool, EventLoop& loop, InferenceLane lane, CancelToken token,
                          Work work) {
  std::optional<Result<T>> answer;
  Mailbox<bool> answered(loop, 1);
  const Finally cancel([token] { token.Cancel(); });
  const auto take = [&answer, &answered](Result<T> result) {
    answer.emplace(std::move(result));
    answered.Send(true);
  };
  const Status submitted = pool.Submit(loop, lane, token, std::move(work), take);
  if (!submitted.ok()) co_return submitted;
  co_await answered.Receive();
  co_return *std::move(answer);
}

}  // namespace repartee::local
