// ExportThread: the one thread on which a provider's exporters wait for the network.
//
// Thread: any; Stop not from the thread itself.
#pragma once

#include <thread>

#include "repartee/base/event_loop.h"

namespace repartee::otel {

class ExportThread {
 public:
  ExportThread();
  ~ExportThread() { Stop(); }
  ExportThread(const ExportThread&) = delete;
  ExportThread& operator=(const ExportThread&) = delete;

  EventLoop& loop() { return loop_; }
  // Lets the event in hand finish and joins. The second call does nothing.
  void Stop();

 private:
  EventLoop loop_;
  std::thread thread_;  // last: runs the loop above
};

}  // namespace repartee::otel
