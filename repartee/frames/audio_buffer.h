// AudioBuffer: a counted, pooled block of 16-bit little-endian PCM, and slices of it.
//
// Filled once by whoever makes it, then shared: slicing and passing on copy nothing.
// The count is plain: a buffer stays on one thread; what goes to another is copied.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

namespace repartee {

class AudioBuffer {
 public:
  AudioBuffer() = default;
  AudioBuffer(const AudioBuffer& other);
  AudioBuffer(AudioBuffer&& other) noexcept;
  AudioBuffer& operator=(AudioBuffer other) noexcept;
  ~AudioBuffer();

  // `bytes` of unspecified content; at most 4 GiB.
  static AudioBuffer Allocate(std::size_t bytes);
  static AudioBuffer Copy(std::span<const std::int16_t> samples);
  static AudioBuffer CopyBytes(std::string_view bytes);
  static AudioBuffer Silence(std::size_t bytes);

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  const char* data() const;
  std::string_view bytes() const { return {data(), size_}; }
  // Whole samples; an odd last byte is not among them.
  std::span<const std::int16_t> samples() const;
  // To fill it, before it is shared.
  std::span<std::int16_t> writable();

  // The same block from `offset`, at most `bytes` of it.
  AudioBuffer Slice(std::size_t offset, std::size_t bytes) const;

 private:
  struct Block;
  Block* block_ = nullptr;
  std::uint32_t offset_ = 0;
  std::uint32_t size_ = 0;
};

}  // namespace repartee
