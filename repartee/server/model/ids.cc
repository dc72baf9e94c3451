#include "repartee/server/model/ids.h"

#include "repartee/base/encoding.h"
#include "repartee/server/model/hash.h"

namespace repartee::server {
namespace {

std::uint64_t BigEndian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char c : bytes) value = (value << 8) | static_cast<unsigned char>(c);
  return value;
}

void AppendBigEndian(std::string& out, std::uint64_t value) {
  for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>((value >> shift) & 0xff);
}

}  // namespace

std::optional<TraceId> TraceId::FromBytes(std::string_view bytes) {
  if (bytes.size() != 16) return std::nullopt;
  const TraceId id{BigEndian(bytes.substr(0, 8)), BigEndian(bytes.substr(8))};
  if (id == TraceId{}) return std::nullopt;
  return id;
}

std::optional<TraceId> TraceId::FromHex(std::string_view hex) {
  const Result<std::string> bytes = HexDecode(hex);
  if (!bytes.ok()) return std::nullopt;
  return FromBytes(*bytes);
}

std::string TraceId::Bytes() const {
  std::string bytes;
  bytes.reserve(16);
  AppendBigEndian(bytes, high);
  AppendBigEndian(bytes, low);
  return bytes;
}

std::string TraceId::Hex() const { return HexEncode(Bytes()); }

std::optional<SpanId> SpanIdFromBytes(std::string_view bytes) {
  if (bytes.size() != 8) return std::nullopt;
  const SpanId id = BigEndian(bytes);
  if (id == 0) return std::nullopt;
  return id;
}

std::optional<SpanId> SpanIdFromHex(std::string_view hex) {
  const Result<std::string> bytes = HexDecode(hex);
  if (!bytes.ok()) return std::nullopt;
  return SpanIdFromBytes(*bytes);
}

std::string SpanIdHex(SpanId id) { return HexEncode(SpanIdBytes(id)); }

std::string SpanIdBytes(SpanId id) {
  std::string bytes;
  AppendBigEndian(bytes, id);
  return bytes;
}

bool IsCanonical(const TraceId& id, std::string_view text) { return text.size() == 32 && id.Hex() == text; }
bool IsCanonical(SpanId id, std::string_view text) { return text.size() == 16 && SpanIdHex(id) == text; }

TraceId TraceIdFromText(std::string_view text) {
  const std::optional<TraceId> id = TraceId::FromHex(text);
  if (id && IsCanonical(*id, text)) return *id;
  return {Hash64(text, 0x7472), Hash64(text, 0x6163) | 1};
}

SpanId SpanIdFromText(std::string_view text) {
  const std::optional<SpanId> id = SpanIdFromHex(text);
  if (id && IsCanonical(*id, text)) return *id;
  return Hash64(text, 0x7370) | 1;
}

}  // namespace repartee::server
