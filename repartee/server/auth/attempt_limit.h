// AttemptLimit: how often a thing may fail before one has to wait: passwords that are
// guessed, by account and by address.
//
// Ten failures within fifteen minutes close the name until the first of them is that
// old. 10,000 names are remembered; beyond, the one that failed longest ago is let go.
// Thread: any.
#pragma once

#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "repartee/base/clock.h"

namespace repartee::server {

class AttemptLimit {
 public:
  static constexpr std::size_t kMaxFailures = 10;
  static constexpr Nanos kWindow = std::chrono::minutes(15);
  static constexpr std::size_t kMaxNames = 10'000;

  // `clock` is borrowed and outlives this.
  explicit AttemptLimit(const Clock& clock) : clock_(clock) {}

  // How long to wait; nothing if an attempt is free.
  std::optional<Nanos> WaitOf(const std::string& name);
  void NoteFailure(const std::string& name);
  // Its failures are forgotten.
  void Clear(const std::string& name);

 private:
  void Forget(std::deque<Nanos>& failures) const;

  const Clock& clock_;
  std::mutex mutex_;
  std::map<std::string, std::deque<Nanos>> failures_;  // monotonic, oldest first; guarded by mutex_
};

}  // namespace repartee::server
