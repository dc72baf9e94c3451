#include "repartee/server/store/sqlite/span_head.h"

#include <optional>

#include "repartee/server/store/sqlite/varint.h"

namespace repartee::server {
namespace {

// Of OTLP's Span.
std::optional<HeadField> FieldOf(std::uint64_t number) {
  switch (number) {
    case 1: return HeadField::kTraceId;
    case 2: return HeadField::kSpanId;
    case 4: return HeadField::kParentId;
    case 7: return HeadField::kStart;
    case 8: return HeadField::kEnd;
    default: return std::nullopt;
  }
}

// The bytes of a field's value, behind its tag; nothing where the message ends or is broken.
std::optional<std::string_view> TakeValue(std::string_view& in, std::uint64_t wire_type) {
  std::size_t size = 0;
  if (wire_type == 0) {
    const std::string_view before = in;
    if (!ReadVarint(in)) return std::nullopt;
    return before.substr(0, before.size() - in.size());
  }
  if (wire_type == 1) size = 8;
  if (wire_type == 5) size = 4;
  if (wire_type == 2) size = ReadVarint(in).value_or(in.size() + 1);
  if (size > in.size() || (size == 0 && wire_type != 2)) return std::nullopt;
  const std::string_view value = in.substr(0, size);
  in.remove_prefix(size);
  return value;
}

}  // namespace

SpanHead::SpanHead(const TraceId& trace_id, SpanId id, SpanId parent, std::int64_t start_ns,
                   std::int64_t end_ns) {
  PutBigEndian(0, trace_id.high);
  PutBigEndian(8, trace_id.low);
  PutBigEndian(16, id);
  PutBigEndian(24, parent);
  PutLittleEndian(32, static_cast<std::uint64_t>(start_ns));
  PutLittleEndian(40, static_cast<std::uint64_t>(end_ns));
}

void SpanHead::PutBigEndian(std::size_t at, std::uint64_t value) {
  for (std::size_t i = 8; i-- > 0; value >>= 8) bytes_[at + i] = static_cast<char>(value & 0xff);
}

void SpanHead::PutLittleEndian(std::size_t at, std::uint64_t value) {
  for (std::size_t i = 0; i < 8; ++i, value >>= 8) bytes_[at + i] = static_cast<char>(value & 0xff);
}

std::string_view SpanHead::Bytes(HeadField field) const {
  const std::string_view all(bytes_.data(), bytes_.size());
  if (field == HeadField::kTraceId) return all.substr(0, 16);
  return all.substr(static_cast<std::size_t>(field) * 8, 8);
}

std::vector<HeadCut> FindHead(std::string_view message, const SpanHead& head) {
  std::vector<HeadCut> cuts;
  cuts.reserve(kHeadFields);
  std::string_view rest = message;
  while (const std::optional<std::uint64_t> tag = ReadVarint(rest)) {
    const std::optional<std::string_view> value = TakeValue(rest, *tag & 7);
    if (!value) break;
    const std::optional<HeadField> field = FieldOf(*tag >> 3);
    if (field && *value == head.Bytes(*field))
      cuts.push_back({static_cast<std::size_t>(value->data() - message.data()), *field});
  }
  return cuts;
}

}  // namespace repartee::server
