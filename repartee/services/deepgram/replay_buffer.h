// ReplayBuffer: the sound that a recognizer has not settled yet, so that a broken
// connection loses none of it: what came since the last final transcript is sent again.
//
// Positions are bytes since the first sound ever. Limit: at the constructor; beyond,
// the oldest sound is forgotten. Thread: the conversation's loop.
#pragma once

#include <cstdint>
#include <deque>

#include "repartee/frames/audio_buffer.h"

namespace repartee::deepgram {

class ReplayBuffer {
 public:
  ReplayBuffer(std::size_t max_bytes, double bytes_per_second)
      : max_bytes_(max_bytes), bytes_per_second_(bytes_per_second) {}

  void Append(AudioBuffer audio);
  // A connection begins: what is kept goes out first, and the vendor counts its seconds from there.
  void Reconnected();
  // What is to be sent next on this connection; empty if all was.
  AudioBuffer TakeUnsent();
  // The vendor has settled this connection's sound up to here: never sent again.
  void Settle(double seconds);
  // All that was sent is settled.
  void SettleSent();

  std::size_t size() const { return static_cast<std::size_t>(end_ - begin_); }

 private:
  void DropBefore(std::int64_t position);

  const std::size_t max_bytes_;
  const double bytes_per_second_;
  std::deque<AudioBuffer> kept_;
  std::int64_t begin_ = 0;       // of what is kept
  std::int64_t end_ = 0;         // of what is kept
  std::int64_t sent_ = 0;        // on this connection, up to here
  std::int64_t link_begin_ = 0;  // where this connection began
  std::size_t next_ = 0;         // the first of kept_ that was not sent; its part before sent_ was
};

}  // namespace repartee::deepgram
