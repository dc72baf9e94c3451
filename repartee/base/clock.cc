#include "repartee/base/clock.h"

namespace repartee {
namespace {

class SystemClock final : public Clock {
 public:
  Nanos MonotonicNow() const override { return std::chrono::steady_clock::now().time_since_epoch(); }
  Nanos WallNow() const override { return std::chrono::system_clock::now().time_since_epoch(); }
};

}  // namespace

const Clock& Clock::System() {
  static const SystemClock clock;
  return clock;
}

}  // namespace repartee
