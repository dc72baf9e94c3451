// SampleRing: sound on its way between two threads, neither of which waits for the other.
//
// Limit: the capacity; what does not fit is refused. Thread: one writes, one reads; Clear is the
// writer's and takes effect with the next read.
#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <vector>

namespace repartee {

class SampleRing {
 public:
  explicit SampleRing(std::size_t capacity) : samples_(capacity) {}

  // All or nothing.
  bool Write(std::span<const std::int16_t> samples);
  // As many as there are.
  std::size_t Read(std::span<std::int16_t> samples);
  void Clear() { cleared_to_.store(written_.load(std::memory_order_relaxed), std::memory_order_release); }
  std::size_t size() const;

 private:
  std::vector<std::int16_t> samples_;
  // Counted from the beginning, never wrapped.
  std::atomic<std::uint64_t> written_{0};
  std::atomic<std::uint64_t> read_{0};
  std::atomic<std::uint64_t> cleared_to_{0};
};

}  // namespace repartee
