// Trace and span ids as numbers inside, lower-case hex outside. Thread: values.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace repartee::server {

// 16 bytes, big endian.
struct TraceId {
  std::uint64_t high = 0;
  std::uint64_t low = 0;

  friend bool operator==(const TraceId&, const TraceId&) = default;

  // From the 16 bytes of the wire; nothing for another length or all zeros.
  static std::optional<TraceId> FromBytes(std::string_view bytes);
  // From 32 hex digits.
  static std::optional<TraceId> FromHex(std::string_view hex);
  std::string Bytes() const;
  std::string Hex() const;
};

// 8 bytes, big endian; 0 is no span.
using SpanId = std::uint64_t;

// From the 8 bytes of the wire; nothing for another length or all zeros.
std::optional<SpanId> SpanIdFromBytes(std::string_view bytes);
std::optional<SpanId> SpanIdFromHex(std::string_view hex);
std::string SpanIdHex(SpanId id);
std::string SpanIdBytes(SpanId id);

// Ids that clients choose may be any text. 32 (16) lower-case hex digits are the number
// itself, everything else is a hash of the text.
TraceId TraceIdFromText(std::string_view text);
SpanId SpanIdFromText(std::string_view text);
// Whether the text is what Hex() of its id writes.
bool IsCanonical(const TraceId& id, std::string_view text);
bool IsCanonical(SpanId id, std::string_view text);

// The span that stands for what batch ingestion says of a trace itself.
inline constexpr SpanId kTraceEntryId = ~SpanId{0};

}  // namespace repartee::server

template <>
struct std::hash<repartee::server::TraceId> {
  // Ids are random; a poor one only makes a slower table.
  std::size_t operator()(const repartee::server::TraceId& id) const noexcept {
    return static_cast<std::size_t>(id.high ^ (id.low * 0x9E3779B97F4A7C15ULL));
  }
};
