// AudioDevice: a microphone and a loudspeaker, as the local audio transports see them: what was
// recorded is read, what is to be heard is written, and neither waits.
//
// Thread: the conversation's loop; the sound card's own thread is behind it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "repartee/base/status.h"

namespace repartee {

class AudioDevice {
 public:
  virtual ~AudioDevice() = default;

  // Hz, mono 16-bit; of what is recorded and of what is played.
  virtual int input_rate() const = 0;
  virtual int output_rate() const = 0;

  // From here on sound is recorded. Unavailable says what the card refused.
  virtual Status StartRecording() = 0;
  virtual void StopRecording() = 0;
  // From here on sound is played; the end of the one does not touch the other.
  virtual Status StartPlaying() = 0;
  virtual void StopPlaying() = 0;

  // Takes what was recorded, oldest first, and says how much. What nobody reads for two seconds is lost.
  virtual std::size_t Read(std::span<std::int16_t> samples) = 0;
  // Puts sound behind what is still to be played; false, and nothing is taken, when that is two seconds
  // already.
  virtual bool Write(std::span<const std::int16_t> samples) = 0;
  // Samples that are still to be played.
  virtual std::size_t queued() const = 0;
  // Falls silent at once.
  virtual void Clear() = 0;
};

}  // namespace repartee
