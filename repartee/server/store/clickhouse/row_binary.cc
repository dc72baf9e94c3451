#include "repartee/server/store/clickhouse/row_binary.h"

#include "repartee/server/store/sqlite/varint.h"

namespace repartee::server::clickhouse {

void RowWriter::AddLittleEndian(std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i, value >>= 8) bytes_ += static_cast<char>(value & 0xff);
}

void RowWriter::AddCount(std::size_t count) { AppendVarint(bytes_, count); }

void RowWriter::AddString(std::string_view text) {
  AddCount(text.size());
  bytes_ += text;
}

void RowWriter::AddNullableString(const std::optional<std::string>& text) {
  AddUInt8(text ? 0 : 1);
  if (text) AddString(*text);
}

void RowWriter::AddStrings(const std::vector<std::string>& texts) {
  AddCount(texts.size());
  for (const std::string& text : texts) AddString(text);
}

void RowReader::Break() {
  if (broken_) return;
  broken_ = true;
  broken_at_ = all_.size() - rest_.size();
  rest_ = {};
}

std::uint64_t RowReader::TakeLittleEndian(std::size_t size) {
  const std::string_view bytes = TakeFixedString(size);
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) value = (value << 8) | static_cast<unsigned char>(bytes[i]);
  return value;
}

std::string_view RowReader::TakeFixedString(std::size_t size) {
  if (size > rest_.size()) {
    Break();
    return {};
  }
  const std::string_view bytes = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return bytes;
}

std::size_t RowReader::TakeCount() {
  const std::string_view before = rest_;
  const std::optional<std::uint64_t> count = ReadVarint(rest_);
  if (count && *count <= rest_.size()) return static_cast<std::size_t>(*count);
  rest_ = before;
  Break();
  return 0;
}

std::string_view RowReader::TakeString() { return TakeFixedString(TakeCount()); }

std::optional<std::string> RowReader::TakeNullableString() {
  if (TakeUInt8() != 0 || broken_) return std::nullopt;
  return std::string(TakeString());
}

std::vector<std::string> RowReader::TakeStrings() {
  std::vector<std::string> texts;
  for (std::size_t left = TakeCount(); left > 0 && !broken_; --left) texts.emplace_back(TakeString());
  return texts;
}

Status RowReader::status() const {
  if (!broken_) return OkStatus();
  return Status::Malformed(
      "ClickHouse's answer of {} bytes ends within a row: at byte {} something is missing", all_.size(),
      broken_at_);
}

}  // namespace repartee::server::clickhouse
