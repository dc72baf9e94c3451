#include "repartee/rtvi/audio_level.h"

namespace repartee {
namespace {

constexpr Nanos kPeriod = std::chrono::milliseconds(150);
constexpr int kLeastRate = 4000;  // Hz; below it there is no loudness

}  // namespace

std::optional<float> AudioLevel::Add(Nanos now, std::span<const std::int16_t> samples, int rate_hz) {
  if (rate_hz < kLeastRate) return std::nullopt;
  if (!volume_ || rate_hz_ != rate_hz) {
    volume_.emplace(rate_hz);
    rate_hz_ = rate_hz;
  }
  const float level = volume_->Update(samples);
  if (told_at_ && now - *told_at_ < kPeriod) return std::nullopt;
  told_at_ = now;
  return level;
}

}  // namespace repartee
