// Clock: where time comes from. Everything that asks for the time is given one,
// so that tests and replays run in virtual time.
//
// Monotonic time is for intervals and deadlines; wall time (since the Unix
// epoch) only for what is shown or sent. Thread: any.
#pragma once

#include <chrono>

namespace repartee {

using Nanos = std::chrono::nanoseconds;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Nanos MonotonicNow() const = 0;
  virtual Nanos WallNow() const = 0;

  // The machine's own clock.
  static const Clock& System();
};

// Stands still until it is told to move. Wall time starts at `wall_start`,
// monotonic time at one second (0 means "no time" in many protocols).
class VirtualClock final : public Clock {
 public:
  explicit VirtualClock(Nanos wall_start = System().WallNow()) : wall_start_(wall_start) {}
  Nanos MonotonicNow() const override { return now_; }
  Nanos WallNow() const override { return wall_start_ + (now_ - kStart); }

  // Never backwards.
  void AdvanceTo(Nanos monotonic) { now_ = monotonic > now_ ? monotonic : now_; }

 private:
  static constexpr Nanos kStart{std::chrono::seconds(1)};
  Nanos wall_start_;
  Nanos now_ = kStart;
};

// Seconds with fraction, as spans, frames and JSON carry them.
inline double ToSeconds(Nanos duration) { return std::chrono::duration<double>(duration).count(); }
inline Nanos FromSeconds(double seconds) {
  return std::chrono::duration_cast<Nanos>(std::chrono::duration<double>(seconds));
}

}  // namespace repartee
