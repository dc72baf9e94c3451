// RowBinary: rows as ClickHouse takes them in and gives them out, column after column,
// without names, types or an end mark. Writer and reader must know the columns.
//
//   integer          := its bytes, least first
//   String           := varint length, bytes;  FixedString(n) := n bytes
//   Nullable(T)      := 1 | 0 T
//   Array(T)         := varint count, each T
//
// Thread: values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "repartee/base/status.h"

namespace repartee::server::clickhouse {

class RowWriter {
 public:
  void AddUInt8(std::uint8_t value) { AddLittleEndian(value, 1); }
  void AddUInt16(std::uint16_t value) { AddLittleEndian(value, 2); }  // also Date: days since 1970
  void AddUInt32(std::uint32_t value) { AddLittleEndian(value, 4); }
  void AddUInt64(std::uint64_t value) { AddLittleEndian(value, 8); }
  void AddInt8(std::int8_t value) { AddLittleEndian(static_cast<std::uint64_t>(value), 1); }
  void AddInt32(std::int32_t value) { AddLittleEndian(static_cast<std::uint64_t>(value), 4); }
  void AddInt64(std::int64_t value) { AddLittleEndian(static_cast<std::uint64_t>(value), 8); }
  void AddString(std::string_view text);
  // As many bytes as the column has.
  void AddFixedString(std::string_view bytes) { bytes_ += bytes; }
  void AddNullableString(const std::optional<std::string>& text);
  void AddStrings(const std::vector<std::string>& texts);
  // What an array begins with.
  void AddCount(std::size_t count);

  const std::string& bytes() const { return bytes_; }
  std::string TakeBytes() && { return std::move(bytes_); }

 private:
  void AddLittleEndian(std::uint64_t value, int bytes);

  std::string bytes_;
};

// Takes values from the front. Where the bytes end too soon it gives zeros and empty texts from
// then on, and says so by status(): rows are read first and believed after.
class RowReader {
 public:
  // `bytes` must outlive the reader and what it gives out as views.
  explicit RowReader(std::string_view bytes) : all_(bytes), rest_(bytes) {}

  // No further row, or a fault.
  bool AtEnd() const { return rest_.empty() || broken_; }

  std::uint8_t TakeUInt8() { return static_cast<std::uint8_t>(TakeLittleEndian(1)); }
  std::uint16_t TakeUInt16() { return static_cast<std::uint16_t>(TakeLittleEndian(2)); }
  std::uint32_t TakeUInt32() { return static_cast<std::uint32_t>(TakeLittleEndian(4)); }
  std::uint64_t TakeUInt64() { return TakeLittleEndian(8); }
  std::int8_t TakeInt8() { return static_cast<std::int8_t>(TakeLittleEndian(1)); }
  std::int32_t TakeInt32() { return static_cast<std::int32_t>(TakeLittleEndian(4)); }
  std::int64_t TakeInt64() { return static_cast<std::int64_t>(TakeLittleEndian(8)); }
  std::string_view TakeString();
  std::string_view TakeFixedString(std::size_t size);
  std::optional<std::string> TakeNullableString();
  std::vector<std::string> TakeStrings();
  // Of an array whose elements take at least a byte each; never more than there are bytes.
  std::size_t TakeCount();

  // Malformed, with the byte where something is missing.
  Status status() const;

 private:
  std::uint64_t TakeLittleEndian(std::size_t size);
  void Break();

  std::string_view all_;
  std::string_view rest_;
  bool broken_ = false;
  std::size_t broken_at_ = 0;
};

}  // namespace repartee::server::clickhouse
