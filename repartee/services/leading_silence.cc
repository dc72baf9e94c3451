#include "repartee/services/leading_silence.h"

#include <algorithm>

namespace repartee {
namespace {

constexpr double kGatePower = 327.68 * 327.68;  // -40 dBFS, squared
constexpr std::size_t kMaxSeconds = 3;

}  // namespace

LeadingSilence::LeadingSilence(int rate_hz)
    : rate_hz_(rate_hz),
      window_(static_cast<std::size_t>(rate_hz / 100)),
      step_(std::max<std::size_t>(1, static_cast<std::size_t>(rate_hz / 1000))),
      // Windows that begin within 40 ms reach over 50 ms.
      needed_(41) {}

std::optional<double> LeadingSilence::Add(std::span<const std::int16_t> samples) {
  if (finished_) return std::nullopt;
  seen_.insert(seen_.end(), samples.begin(), samples.end());
  for (; next_ + window_ <= seen_.size(); next_ += step_) {
    loud_ = WindowIsLoud(next_) ? loud_ + 1 : 0;
    if (loud_ < needed_) continue;
    finished_ = true;
    const std::size_t begin = next_ - static_cast<std::size_t>(needed_ - 1) * step_;
    seen_ = {};
    return static_cast<double>(begin) / rate_hz_;
  }
  if (seen_.size() >= kMaxSeconds * static_cast<std::size_t>(rate_hz_)) {
    finished_ = true;
    seen_ = {};
  }
  return std::nullopt;
}

// The windows overlap by nine tenths: what leaves is taken off the sums, what comes is added.
bool LeadingSilence::WindowIsLoud(std::size_t begin) {
  if (begin == 0) {
    for (const std::int64_t sample : std::span(seen_).first(window_)) {
      sum_ += sample;
      squares_ += sample * sample;
    }
  } else {
    const std::int16_t* leaves = seen_.data() + begin - step_;
    const std::int16_t* comes = leaves + window_;
    for (std::size_t i = 0; i < step_; ++i) {
      const std::int64_t more = comes[i] - leaves[i];
      sum_ += more;
      squares_ += more * (comes[i] + leaves[i]);  // the difference of their squares
    }
  }
  const auto count = static_cast<double>(window_);
  const double mean = static_cast<double>(sum_) / count;
  return static_cast<double>(squares_) / count - mean * mean >= kGatePower;
}

}  // namespace repartee
