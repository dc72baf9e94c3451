#include "repartee/net/stream_buffer.h"

#include <fmt/format.h>

#include <iterator>
#include <utility>

namespace repartee {
namespace {

constexpr std::size_t kMaxPending = 1 << 20;

}  // namespace

StreamBuffer::Added StreamBuffer::Add(std::string_view bytes) {
  const std::lock_guard lock(mutex_);
  if (!open_) return Added::kClosed;
  if (bytes.empty()) return Added::kWaits;  // an empty chunk would be the end
  if (pending_.size() > kMaxPending) {
    open_ = false;
    return Added::kOverflow;
  }
  if (chunked_) fmt::format_to(std::back_inserter(pending_), "{:x}\r\n", bytes.size());
  pending_ += bytes;
  if (chunked_) pending_ += "\r\n";
  return std::exchange(looking_, true) ? Added::kWaits : Added::kTell;
}

bool StreamBuffer::End() {
  const std::lock_guard lock(mutex_);
  if (!open_) return false;
  open_ = false;
  ended_ = true;
  if (chunked_) pending_ += "0\r\n\r\n";
  return !std::exchange(looking_, true);
}

void StreamBuffer::Cut() {
  const std::lock_guard lock(mutex_);
  open_ = false;
}

void StreamBuffer::Drop() {
  const std::lock_guard lock(mutex_);
  open_ = false;
  pending_ = {};
}

bool StreamBuffer::open() const {
  const std::lock_guard lock(mutex_);
  return open_;
}

StreamBuffer::Taken StreamBuffer::Take(std::string& out) {
  const std::lock_guard lock(mutex_);
  out.swap(pending_);
  looking_ = !out.empty();
  if (looking_) return Taken::kBytes;
  if (ended_) return Taken::kEnded;
  return open_ ? Taken::kNothingYet : Taken::kCut;
}

}  // namespace repartee
