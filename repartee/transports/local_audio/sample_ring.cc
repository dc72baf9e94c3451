#include "repartee/transports/local_audio/sample_ring.h"

#include <algorithm>

namespace repartee {

bool SampleRing::Write(std::span<const std::int16_t> samples) {
  const std::uint64_t at = written_.load(std::memory_order_relaxed);
  if (at - read_.load(std::memory_order_acquire) + samples.size() > samples_.size()) return false;
  for (std::size_t i = 0; i < samples.size(); ++i) samples_[(at + i) % samples_.size()] = samples[i];
  written_.store(at + samples.size(), std::memory_order_release);
  return true;
}

std::size_t SampleRing::Read(std::span<std::int16_t> samples) {
  // In this order: what was cleared was written before, so `at` is never beyond `to`.
  const std::uint64_t at =
      std::max(read_.load(std::memory_order_relaxed), cleared_to_.load(std::memory_order_acquire));
  const std::uint64_t to = written_.load(std::memory_order_acquire);
  const std::size_t count = std::min<std::size_t>(samples.size(), to - at);
  for (std::size_t i = 0; i < count; ++i) samples[i] = samples_[(at + i) % samples_.size()];
  read_.store(at + count, std::memory_order_release);
  return count;
}

std::size_t SampleRing::size() const {
  const std::uint64_t from =
      std::max(read_.load(std::memory_order_acquire), cleared_to_.load(std::memory_order_acquire));
  return written_.load(std::memory_order_acquire) - from;
}

}  // namespace repartee
