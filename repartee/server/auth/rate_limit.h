// RateLimit: how many requests a key may send: a bucket that fills at a steady rate and
// holds ten seconds of it, so that a burst after a pause is taken.
//
// Counted by the Authorization field as it came, before it is checked: keys that are
// guessed are slowed down too. 10,000 are remembered; beyond, full buckets are let go.
// Thread: any.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "repartee/base/clock.h"

namespace repartee::server {

class RateLimit {
 public:
  static constexpr std::size_t kMaxKeys = 10'000;
  static constexpr double kBurstSeconds = 10;

  // 0 requests a second: no limit. `clock` is borrowed.
  explicit RateLimit(double per_second, const Clock& clock = Clock::System())
      : per_second_(per_second), clock_(clock) {}

  // Nothing if the request may go on; else how long until the next one may.
  std::optional<Nanos> Take(std::string_view authorization);
  double per_second() const { return per_second_; }
  double burst() const { return per_second_ * kBurstSeconds; }

 private:
  struct Bucket {
    double tokens = 0;
    Nanos filled{0};  // monotonic
  };
  void ForgetFull(Nanos now);

  const double per_second_;
  const Clock& clock_;
  std::mutex mutex_;
  std::unordered_map<std::size_t, Bucket> buckets_;  // by the field's hash; guarded by mutex_
};

}  // namespace repartee::server
