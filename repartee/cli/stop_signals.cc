#include "repartee/cli/stop_signals.h"

#include <pthread.h>
#include <time.h>

namespace repartee::cli {

StopSignals::StopSignals() : signals_() {
  sigemptyset(&signals_);
  sigaddset(&signals_, SIGINT);
  sigaddset(&signals_, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);
}

void StopSignals::Wait() const {
  int received = 0;
  sigwait(&signals_, &received);
}

bool StopSignals::WaitFor(std::chrono::seconds time) const {
  const timespec limit{.tv_sec = time.count(), .tv_nsec = 0};
  return sigtimedwait(&signals_, nullptr, &limit) >= 0;
}

}  // namespace repartee::cli
