// How a command that serves is stopped: by SIGINT or SIGTERM.
//
// Thread: made on the main one before any other thread begins; waited for there.
#pragma once

#include <signal.h>

#include <chrono>

namespace repartee::cli {

class StopSignals {
 public:
  // Blocks both in this thread and in every one that is made from now on. Writing to a peer
  // that has gone, and reaching a file size limit, become errors and end no process.
  StopSignals();

  // Returns when one of them comes.
  void Wait() const;
  // False if none came within `time`.
  bool WaitFor(std::chrono::seconds time) const;

 private:
  sigset_t signals_;
};

}  // namespace repartee::cli
