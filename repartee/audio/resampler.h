// Resampler: changes the sample rate of a running 16-bit sound (soxr, very high quality).
//
// A stream, so that no clicks come up between chunks: it holds samples back (about
// 80 ms of sound go in before the first comes out) until Flush. One per direction and track.
//
// Thread: one at a time. Process costs a few microseconds per 20 ms of sound.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "repartee/base/status.h"

struct soxr;

namespace repartee {

class Resampler final {
 public:
  // Rates 1000 to 768000 Hz, 1 to 64 channels, InvalidArgument otherwise. Equal rates pass sound on
  // untouched.
  static Result<Resampler> Create(int from_hz, int to_hz, int channels = 1);

  Resampler(Resampler&&) noexcept;
  Resampler& operator=(Resampler&&) noexcept;
  ~Resampler();

  // The sound that is ready now, maybe none. Interleaved both ways; an unfinished last frame is ignored.
  std::vector<std::int16_t> Process(std::span<const std::int16_t> interleaved);

  // The sound held back. The next Process begins a new sound.
  std::vector<std::int16_t> Flush();

  // Drops the sound held back. The next Process begins a new sound.
  void Clear();

  int from_hz() const { return from_hz_; }
  int to_hz() const { return to_hz_; }
  int channels() const { return channels_; }

 private:
  struct Delete {
    void operator()(soxr* stream) const;
  };

  Resampler(int from_hz, int to_hz, int channels) : from_hz_(from_hz), to_hz_(to_hz), channels_(channels) {}

  bool passes_through() const { return from_hz_ == to_hz_; }
  void OpenStream();

  int from_hz_;
  int to_hz_;
  int channels_;
  std::unique_ptr<soxr, Delete> stream_;  // null until the sound begins
};

// A whole sound at once; errors as Resampler::Create's.
Result<std::vector<std::int16_t>> Resample(std::span<const std::int16_t> interleaved, int from_hz, int to_hz,
                                           int channels = 1);

}  // namespace repartee
