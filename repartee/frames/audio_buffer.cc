#include "repartee/frames/audio_buffer.h"

#include <algorithm>
#include <cstring>
#include <new>

#include "repartee/base/pool.h"

namespace repartee {

struct alignas(16) AudioBuffer::Block {
  std::uint32_t references;
  std::uint32_t capacity;
  char* bytes() { return reinterpret_cast<char*>(this + 1); }
};

AudioBuffer::AudioBuffer(const AudioBuffer& other)
    : block_(other.block_), offset_(other.offset_), size_(other.size_) {
  if (block_) ++block_->references;
}

AudioBuffer::AudioBuffer(AudioBuffer&& other) noexcept
    : block_(std::exchange(other.block_, nullptr)),
      offset_(std::exchange(other.offset_, 0)),
      size_(std::exchange(other.size_, 0)) {}

AudioBuffer& AudioBuffer::operator=(AudioBuffer other) noexcept {
  std::swap(block_, other.block_);
  std::swap(offset_, other.offset_);
  std::swap(size_, other.size_);
  return *this;
}

AudioBuffer::~AudioBuffer() {
  if (block_ && --block_->references == 0) PoolFree(block_, sizeof(Block) + block_->capacity);
}

AudioBuffer AudioBuffer::Allocate(std::size_t bytes) {
  AudioBuffer buffer;
  if (bytes == 0) return buffer;
  buffer.block_ = new (PoolAllocate(sizeof(Block) + bytes)) Block{1, static_cast<std::uint32_t>(bytes)};
  buffer.size_ = static_cast<std::uint32_t>(bytes);
  return buffer;
}

AudioBuffer AudioBuffer::Copy(std::span<const std::int16_t> samples) {
  return CopyBytes({reinterpret_cast<const char*>(samples.data()), samples.size_bytes()});
}

AudioBuffer AudioBuffer::CopyBytes(std::string_view bytes) {
  AudioBuffer buffer = Allocate(bytes.size());
  if (!bytes.empty()) std::memcpy(buffer.block_->bytes(), bytes.data(), bytes.size());
  return buffer;
}

AudioBuffer AudioBuffer::Silence(std::size_t bytes) {
  AudioBuffer buffer = Allocate(bytes);
  if (bytes > 0) std::memset(buffer.block_->bytes(), 0, bytes);
  return buffer;
}

const char* AudioBuffer::data() const { return block_ ? block_->bytes() + offset_ : nullptr; }

std::span<const std::int16_t> AudioBuffer::samples() const {
  return {reinterpret_cast<const std::int16_t*>(data()), size_ / 2};
}

std::span<std::int16_t> AudioBuffer::writable() {
  return {block_ ? reinterpret_cast<std::int16_t*>(block_->bytes() + offset_) : nullptr, size_ / 2};
}

AudioBuffer AudioBuffer::Slice(std::size_t offset, std::size_t bytes) const {
  AudioBuffer slice(*this);
  const auto skipped = static_cast<std::uint32_t>(std::min<std::size_t>(offset, size_));
  slice.offset_ += skipped;
  slice.size_ = static_cast<std::uint32_t>(std::min<std::size_t>(bytes, size_ - skipped));
  return slice;
}

}  // namespace repartee
