// Guarded: runs what a program has given us: a handler, an observer, a callback. What it
// throws is logged and goes no further, so that one fault does not end the process and with it
// every conversation. Thread: any.
#pragma once

#include <utility>

namespace repartee {

// Logs the exception in hand; in a catch clause alone. `what` threw it: "an observer".
void LogThrown(const char* what);

template <class F>
void Guarded(const char* what, F&& function) {
  try {
    std::forward<F>(function)();
  } catch (...) {
    LogThrown(what);
  }
}

}  // namespace repartee
