// The body of an answer that comes piece by piece: filled by a handler, emptied by the
// connection. Who fills it learns when the connection is to be told to look.
// Internal to net/. Thread: any.
#pragma once

#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>

namespace repartee {

class StreamBuffer {
 public:
  // `chunked` wraps each piece and the end as HTTP/1.1 wants it.
  explicit StreamBuffer(bool chunked) : chunked_(chunked) {}

  enum class Added : unsigned char {
    kWaits,     // the connection will look by itself
    kTell,      // tell the connection to look
    kClosed,    // nothing more is taken
    kOverflow,  // over 1 MiB waits for a slow peer: closed by this piece
  };
  Added Add(std::string_view bytes);
  // The end, behind what waits. True: tell the connection to look.
  bool End();
  // Takes nothing more; what waits still goes out, and no end behind it.
  void Cut();
  // Takes nothing more and forgets what waits.
  void Drop();
  bool open() const;
  bool chunked() const { return chunked_; }

  enum class Taken : unsigned char {
    kBytes,
    kNothingYet,
    kEnded,
    kCut
  };
  // What waits, swapped into `out` (empty before); else how the stream stands.
  Taken Take(std::string& out);

 private:
  const bool chunked_;
  mutable std::mutex mutex_;
  // All below guarded by mutex_.
  std::string pending_;
  bool open_ = true;
  bool ended_ = false;   // by End
  bool looking_ = true;  // the connection will look again by itself
};

}  // namespace repartee
