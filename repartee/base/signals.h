// SignalWatcher: SIGINT and SIGTERM as events of a loop.
//
// Thread: the loop's. At most one watcher at a time.
#pragma once

#include <initializer_list>
#include <memory>

#include "repartee/base/event_loop.h"

namespace repartee {

class SignalWatcher {
 public:
  SignalWatcher(EventLoop& loop, std::initializer_list<int> signals, UniqueFunction<void(int)> on_signal);
  ~SignalWatcher();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace repartee
