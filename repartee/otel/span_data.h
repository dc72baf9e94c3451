// SpanData: a finished (or provisional) span as processors and exporters see it, and
// the ids that tie spans together. Ids stay bytes; hexadecimal is for people.
//
// Thread: values; shared as immutable once a span has ended.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "repartee/base/clock.h"
#include "repartee/otel/attributes.h"

namespace repartee::otel {

template <std::size_t N>
struct Id {
  std::array<std::uint8_t, N> bytes{};

  // All zeros means none.
  bool valid() const { return bytes != decltype(bytes){}; }
  std::string_view view() const { return {reinterpret_cast<const char*>(bytes.data()), N}; }
  std::string ToHex() const;
  friend bool operator==(const Id&, const Id&) = default;
  friend auto operator<=>(const Id&, const Id&) = default;
};
using TraceId = Id<16>;
using SpanId = Id<8>;

// From this thread's generator (base/random.h).
TraceId RandomTraceId();
SpanId RandomSpanId();

// What a child needs to know of its parent.
struct SpanContext {
  TraceId trace_id{};
  SpanId span_id{};
  bool sampled = false;
  bool is_remote = false;  // came from another process

  bool valid() const { return trace_id.valid() && span_id.valid(); }
};

enum class SpanKind : std::uint8_t {
  kInternal = 1,
  kServer,
  kClient,
  kProducer,
  kConsumer
};  // OTLP's numbers
enum class SpanStatus : std::uint8_t {
  kUnset,
  kOk,
  kError
};  // OTLP's numbers

struct SpanEvent {
  std::string name{};
  Nanos time{0};  // since the Unix epoch
  Attributes attributes{};
  std::uint32_t dropped_attributes = 0;
};

struct SpanLink {
  SpanContext context{};
  Attributes attributes{};
  std::uint32_t dropped_attributes = 0;
};

struct Resource {
  Attributes attributes{};
};

struct SpanData {
  std::string name;
  SpanContext context;
  SpanId parent_span_id;  // none: a root
  bool parent_is_remote = false;
  SpanKind kind = SpanKind::kInternal;
  Nanos start{0};  // since the Unix epoch
  Nanos end{0};    // never before start
  Attributes attributes;
  std::vector<SpanEvent> events;
  std::vector<SpanLink> links;
  SpanStatus status = SpanStatus::kUnset;
  std::string status_description;  // with kError alone
  std::uint32_t dropped_attributes = 0;
  std::uint32_t dropped_events = 0;
  std::uint32_t dropped_links = 0;
  std::string scope_name;
  std::shared_ptr<const Resource> resource;  // one for all spans of a provider
};

// Shared by every processor and exporter that holds the span still.
using SpanPtr = std::shared_ptr<const SpanData>;

// The attribute that marks a snapshot of a span which has not ended.
inline constexpr char kProvisionalKey[] = "repartee.provisional";
bool IsProvisional(const SpanData& span);

}  // namespace repartee::otel
