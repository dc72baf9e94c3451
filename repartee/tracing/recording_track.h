// RecordingTrack: one side of a conversation's sound, each piece where it was heard.
//
// Pieces that follow each other within 60 ms are one sound (timers are late, networks
// jitter); what lies between sounds is silence. Holds what Take has not handed out: call it
// every second or so.
//
// Thread: one at a time.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "repartee/audio/resampler.h"
#include "repartee/base/clock.h"

namespace repartee {

class RecordingTrack {
 public:
  explicit RecordingTrack(int rate_hz) : rate_hz_(rate_hz) {}

  // Mono sound whose last sample was heard at `end`, counted from the recording's start. InvalidArgument for
  // a rate that nothing plays.
  Status Add(std::span<const std::int16_t> sound, int rate_hz, Nanos end);
  // No sound is under way: what the resampler holds back comes out.
  void Rest();
  // The next `count` samples, silence where nothing was heard.
  std::vector<std::int16_t> Take(std::size_t count);
  // Samples that Take has not handed out.
  std::size_t held() const { return samples_.size(); }

 private:
  double SampleAt(Nanos time) const { return ToSeconds(time) * rate_hz_; }
  void Append(std::span<const std::int16_t> sound);

  const int rate_hz_;
  std::map<int, Resampler> resamplers_;  // by rate
  Resampler* current_ = nullptr;         // null: no sound under way
  double heard_until_ = 0;               // in samples from the start: the end of the last piece
  std::size_t taken_ = 0;                // samples
  std::vector<std::int16_t> samples_;    // those after `taken_`
};

}  // namespace repartee
