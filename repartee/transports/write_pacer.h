// WritePacer: makes writing sound take as long as playing it.
//
// Sound that is sent at once would leave nothing to interrupt. The pacer knows until
// when the receiver has sound and lets the writer run ahead of that by a given time;
// it counts from the end of the sound, not from its own wake-ups, so it does not
// drift, and after a gap it begins anew. Thread: the conversation's loop.
#pragma once

#include <algorithm>

#include "repartee/base/task.h"

namespace repartee {

class WritePacer {
 public:
  WritePacer(EventLoop& loop, Nanos ahead) : loop_(loop), ahead_(ahead) {}

  // When sound that is written now will begin to play, in the loop's time.
  Nanos next_start() const { return std::max(until_, loop_.now()); }

  // Sound of this length was written: returns when the next may be.
  Task<Status> Written(Nanos duration) {
    until_ = next_start() + duration;
    const Nanos left = until_ - loop_.now() - ahead_;
    if (left > Nanos(0)) co_await Sleep(loop_, left);
    co_return OkStatus();
  }
  // The receiver dropped what it had.
  void Reset() { until_ = Nanos(0); }

 private:
  EventLoop& loop_;
  const Nanos ahead_;
  Nanos until_{0};
};

}  // namespace repartee
