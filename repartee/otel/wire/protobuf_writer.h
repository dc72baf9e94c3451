// ProtobufWriter: the protobuf wire format, appended to a string. Lengths are written
// minimal, so the bytes are those that the generated code would write.
//
// A nested message is written in place and moved up by the few bytes that its length
// needs, which is cheaper than measuring everything twice; unless it is known before.
//
// Thread: one at a time.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace repartee::otel {

class ProtobufWriter {
 public:
  // Appends to `out`, borrowed.
  explicit ProtobufWriter(std::string& out) : out_(out) {}

  void Varint(std::uint32_t field, std::uint64_t value) {
    Tag(field, 0);
    Raw(value);
  }
  void Fixed64(std::uint32_t field, std::uint64_t value) {
    Tag(field, 1);
    LittleEndian(value, 8);
  }
  void Fixed32(std::uint32_t field, std::uint32_t value) {
    Tag(field, 5);
    LittleEndian(value, 4);
  }
  void Double(std::uint32_t field, double value) { Fixed64(field, std::bit_cast<std::uint64_t>(value)); }
  void Bytes(std::uint32_t field, std::string_view bytes) {
    Tag(field, 2);
    Raw(bytes.size());
    out_ += bytes;
  }
  // `body()` writes the fields of the nested message.
  template <class Body>
  void Message(std::uint32_t field, Body&& body) {
    Tag(field, 2);
    const std::size_t at = out_.size();
    out_ += '\0';
    body();
    PatchLength(at);
  }
  // `body()` writes `size` bytes.
  template <class Body>
  void MessageOfSize(std::uint32_t field, std::size_t size, Body&& body) {
    Tag(field, 2);
    Raw(size);
    body();
  }

 private:
  void Tag(std::uint32_t field, std::uint32_t type) { Raw((field << 3) | type); }
  void Raw(std::uint64_t value) {
    if (value < 0x80) {
      out_ += static_cast<char>(value);
      return;
    }
    char bytes[10];
    std::size_t size = 0;
    for (; value >= 0x80; value >>= 7) bytes[size++] = static_cast<char>((value & 0x7f) | 0x80);
    bytes[size++] = static_cast<char>(value);
    out_.append(bytes, size);
  }
  void LittleEndian(std::uint64_t value, std::size_t size) {
    char bytes[8];
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>((value >> (8 * i)) & 0xff);
    out_.append(bytes, size);
  }
  void PatchLength(std::size_t at) {
    std::uint64_t length = out_.size() - at - 1;
    std::size_t more = 0;
    for (std::uint64_t rest = length >> 7; rest > 0; rest >>= 7) ++more;
    if (more > 0) out_.insert(at, more, '\0');
    for (std::size_t i = 0; i < more; ++i, length >>= 7)
      out_[at + i] = static_cast<char>((length & 0x7f) | 0x80);
    out_[at + more] = static_cast<char>(length);
  }

  std::string& out_;
};

}  // namespace repartee::otel
