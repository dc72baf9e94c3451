#include "repartee/tracing/recording_track.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace repartee {
namespace {

constexpr double kSmallestGapSecs = 0.06;

}  // namespace

Status RecordingTrack::Add(std::span<const std::int16_t> sound, int rate_hz, Nanos end) {
  if (sound.empty()) return OkStatus();
  auto resampler = resamplers_.find(rate_hz);
  if (resampler == resamplers_.end()) {
    Result<Resampler> made = Resampler::Create(rate_hz, rate_hz_);
    if (!made.ok()) return std::move(made).status().Annotate("recording");
    resampler = resamplers_.emplace(rate_hz, *std::move(made)).first;
  }
  const double length = static_cast<double>(sound.size()) * rate_hz_ / rate_hz;
  const double begin = SampleAt(end) - length;
  if (current_ != &resampler->second || begin > heard_until_ + kSmallestGapSecs * rate_hz_) {
    Rest();
    current_ = &resampler->second;
    const auto at = static_cast<std::size_t>(std::llround(std::max(begin, 0.0)));
    if (at > taken_ + samples_.size()) samples_.resize(at - taken_, 0);
    heard_until_ = static_cast<double>(taken_ + samples_.size());
  }
  heard_until_ += length;
  Append(current_->Process(sound));
  return OkStatus();
}

void RecordingTrack::Rest() {
  if (Resampler* last = std::exchange(current_, nullptr)) Append(last->Flush());
}

void RecordingTrack::Append(std::span<const std::int16_t> sound) {
  samples_.insert(samples_.end(), sound.begin(), sound.end());
}

std::vector<std::int16_t> RecordingTrack::Take(std::size_t count) {
  const auto have = static_cast<std::ptrdiff_t>(std::min(count, samples_.size()));
  std::vector<std::int16_t> out(samples_.begin(), samples_.begin() + have);
  samples_.erase(samples_.begin(), samples_.begin() + have);
  out.resize(count, 0);
  taken_ += count;
  return out;
}

}  // namespace repartee
