// LeadingSilence: how long a synthesized sound is silent before it is heard.
//
// Vendors deliver their first bytes early and begin with silence; the caller waits for
// both. Sound begins with the first 50 ms in a row louder than -40 dBFS (RMS of 10 ms,
// every 1 ms, without its direct current). Thread: the conversation's loop.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace repartee {

class LeadingSilence {
 public:
  explicit LeadingSilence(int rate_hz);

  // Mono. Seconds of silence before the sound, once known; then, and after 3 s without
  // any, finished() and nothing more is looked at.
  std::optional<double> Add(std::span<const std::int16_t> samples);
  bool finished() const { return finished_; }

 private:
  // Asked of each window in its turn.
  bool WindowIsLoud(std::size_t begin);

  const int rate_hz_;
  const std::size_t window_;        // samples
  const std::size_t step_;          // samples
  const int needed_;                // loud windows in a row
  std::vector<std::int16_t> seen_;  // at most 3 s
  std::size_t next_ = 0;            // where the next window begins
  int loud_ = 0;                    // windows in a row
  std::int64_t sum_ = 0;            // of the window looked at last
  std::int64_t squares_ = 0;
  bool finished_ = false;
};

}  // namespace repartee
