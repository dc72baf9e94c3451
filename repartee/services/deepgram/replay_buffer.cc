#include "repartee/services/deepgram/replay_buffer.h"

#include <algorithm>
#include <cmath>

namespace repartee::deepgram {

void ReplayBuffer::Append(AudioBuffer audio) {
  if (audio.empty()) return;
  end_ += static_cast<std::int64_t>(audio.size());
  kept_.push_back(std::move(audio));
  if (size() > max_bytes_) DropBefore(end_ - static_cast<std::int64_t>(max_bytes_));
}

void ReplayBuffer::Reconnected() {
  link_begin_ = sent_ = begin_;
  next_ = 0;
}

AudioBuffer ReplayBuffer::TakeUnsent() {
  if (next_ >= kept_.size()) return {};
  AudioBuffer next = kept_[next_++];
  sent_ += static_cast<std::int64_t>(next.size());
  return next;
}

void ReplayBuffer::Settle(double seconds) {
  if (!(seconds > 0) || seconds > 1e9) return;
  // Whole samples, and never what the vendor has not even got.
  const auto bytes = static_cast<std::int64_t>(std::floor(seconds * bytes_per_second_ / 2)) * 2;
  DropBefore(std::min(link_begin_ + bytes, sent_));
}

void ReplayBuffer::SettleSent() { DropBefore(sent_); }

void ReplayBuffer::DropBefore(std::int64_t position) {
  while (!kept_.empty() && begin_ < position) {
    AudioBuffer& first = kept_.front();
    const auto size = static_cast<std::int64_t>(first.size());
    const std::int64_t gone = std::min(size, position - begin_);
    begin_ += gone;
    if (gone < size) {
      first = first.Slice(static_cast<std::size_t>(gone), static_cast<std::size_t>(size - gone));
      break;
    }
    kept_.pop_front();
    if (next_ > 0) --next_;
  }
  sent_ = std::max(sent_, begin_);
}

}  // namespace repartee::deepgram
