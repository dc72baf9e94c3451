#include "repartee/audio/loudness.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>

#include "repartee/audio/pcm.h"

namespace repartee {
namespace {

constexpr double kGateLufs = -70;
constexpr double kLowestLufs = -110;
constexpr double kHighestLufs = -10;
constexpr double kSmoothing = 0.2;

double VolumeOf(double lufs) {
  if (lufs < kGateLufs) return 0;
  return std::clamp((lufs - kLowestLufs) / (kHighestLufs - kLowestLufs), 0.0, 1.0);
}

}  // namespace

double LoudnessMeter::Section::Step(double x) {
  const double y = b0 * x + z1;
  z1 = b1 * x - a1 * y + z2;
  z2 = b2 * x - a2 * y;
  return y;
}

// After some seconds of digital silence the state would be denormal numbers, which are slow.
void LoudnessMeter::Section::DropDenormals() {
  constexpr double kTiny = 1e-30;
  if (std::abs(z1) < kTiny) z1 = 0;
  if (std::abs(z2) < kTiny) z2 = 0;
}

// BS.1770 tabulates its two sections for 48 kHz alone. These are the analogue prototypes behind the
// table, carried to the rate by the bilinear transform.
std::array<LoudnessMeter::Section, 2> LoudnessMeter::WeightingFilter(int rate_hz) {
  const auto warp = [rate_hz](double hz) { return std::tan(std::numbers::pi * hz / rate_hz); };

  // The head: a shelf that lifts the highs by 4 dB.
  const double shelf_q = 0.7071752369554196;
  const double high_gain = std::pow(10.0, 3.999843853973347 / 20);
  const double band_gain = std::pow(high_gain, 0.4996667741545416);
  double k = warp(1681.974450955533);
  double a0 = 1 + k / shelf_q + k * k;
  const Section shelf{.b0 = (high_gain + band_gain * k / shelf_q + k * k) / a0,
                      .b1 = 2 * (k * k - high_gain) / a0,
                      .b2 = (high_gain - band_gain * k / shelf_q + k * k) / a0,
                      .a1 = 2 * (k * k - 1) / a0,
                      .a2 = (1 - k / shelf_q + k * k) / a0};

  // Nobody hears the deepest rumble: a high-pass.
  const double pass_q = 0.5003270373238773;
  k = warp(38.13547087602444);
  a0 = 1 + k / pass_q + k * k;
  const Section high_pass{
      .b0 = 1, .b1 = -2, .b2 = 1, .a1 = 2 * (k * k - 1) / a0, .a2 = (1 - k / pass_q + k * k) / a0};
  return {shelf, high_pass};
}

LoudnessMeter::LoudnessMeter(int rate_hz)
    : sections_(WeightingFilter(rate_hz)), energies_(static_cast<std::size_t>(rate_hz) * 2 / 5) {
  assert(rate_hz >= 4000);
}

void LoudnessMeter::Add(std::span<const std::int16_t> samples) {
  for (const std::int16_t sample : samples) {
    const double weighted = sections_[1].Step(sections_[0].Step(Int16ToFloat(sample)));
    const auto energy = static_cast<float>(weighted * weighted);
    sum_ += static_cast<double>(energy) - static_cast<double>(energies_[next_]);
    energies_[next_] = energy;
    if (++next_ == energies_.size()) {
      next_ = 0;
      // Summed anew at each turn of the ring, so that rounding cannot build up over hours.
      sum_ = std::accumulate(energies_.begin(), energies_.end(), 0.0);
    }
  }
  for (Section& section : sections_) section.DropDenormals();
  seen_ = std::min(seen_ + samples.size(), energies_.size());
}

double LoudnessMeter::Lufs() const {
  if (!ready() || sum_ <= 0) return -std::numeric_limits<double>::infinity();
  return -0.691 + 10 * std::log10(sum_ / static_cast<double>(energies_.size()));
}

float LoudnessVolume::Update(std::span<const std::int16_t> window) {
  meter_.Add(window);
  smoothed_ += kSmoothing * (VolumeOf(meter_.Lufs()) - smoothed_);
  return static_cast<float>(smoothed_);
}

}  // namespace repartee
