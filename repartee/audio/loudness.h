// Loudness: how loud the last 0.4 s were to an ear (ITU-R BS.1770), as the voice detector's volume.
//
// The weighting filter runs on through the sound and a ring keeps the energy of
// the last 0.4 s, so that a window costs its own samples and not 0.4 s of them.
//
// Thread: one at a time; each conversation has its own.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace repartee {

// The loudness of the last 0.4 s of a mono sound.
class LoudnessMeter {
 public:
  // `rate_hz` is the sound's sample rate, 4000 or more.
  explicit LoudnessMeter(int rate_hz);

  void Add(std::span<const std::int16_t> samples);

  // True once 0.4 s of sound were seen.
  bool ready() const { return seen_ >= energies_.size(); }

  // LUFS; minus infinity before 0.4 s were seen and for digital silence.
  double Lufs() const;

 private:
  // A second-order filter section, transposed direct form II.
  struct Section {
    double b0, b1, b2, a1, a2;
    double z1 = 0;
    double z2 = 0;

    double Step(double x);
    void DropDenormals();
  };

  static std::array<Section, 2> WeightingFilter(int rate_hz);

  std::array<Section, 2> sections_;
  std::vector<float> energies_;  // a ring of 0.4 s
  std::size_t next_ = 0;
  std::size_t seen_ = 0;  // stops counting at 0.4 s
  double sum_ = 0;        // of energies_
};

// Where the voice detector takes the volume of each window from.
class VolumeMeter {
 public:
  virtual ~VolumeMeter() = default;
  // The smoothed volume, 0 to 1, after this window.
  virtual float Update(std::span<const std::int16_t> window) = 0;
};

// -110 to -10 LUFS as 0 to 1, 0 below -70 LUFS and in the first 0.4 s, then smoothed window by window.
class LoudnessVolume final : public VolumeMeter {
 public:
  explicit LoudnessVolume(int rate_hz) : meter_(rate_hz) {}

  float Update(std::span<const std::int16_t> window) override;

 private:
  LoudnessMeter meter_;
  double smoothed_ = 0;
};

}  // namespace repartee
