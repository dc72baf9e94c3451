// Pull parser for OTLP's ExportTraceServiceRequest: walks the protobuf bytes once
// and shows each span as string views into them. Nothing is copied, so a span
// costs some hundred nanoseconds; the bytes must outlive what is seen.
//
// Every fault of the input (truncated, wrong types, too deep, too many) is
// Malformed with the path of the place; unknown fields are passed over.
// Text is not checked for UTF-8: whoever shows it repairs it.
//
// Thread: one parser a thread; the free functions anywhere.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "repartee/base/status.h"

namespace repartee::otel {

// One attribute value. Arrays and key-value lists keep their message bytes and are
// opened on demand (ForEachItem, ForEachKeyValue); they were checked already.
struct AnyValueView {
  enum class Kind : std::uint8_t {
    kEmpty,
    kString,
    kBool,
    kInt,
    kDouble,
    kArray,
    kKeyValues,
    kBytes
  };
  Kind kind = Kind::kEmpty;
  std::string_view bytes;  // string and bytes: the content; array and key-value list: the message
  union {
    std::int64_t integer = 0;
    double number;
    bool boolean;
  };
};

struct KeyValueView {
  std::string_view key;
  AnyValueView value;
};

struct EventView {
  std::uint64_t time_ns = 0;
  std::string_view name;
  std::span<const KeyValueView> attributes;
};

struct ResourceView {
  std::span<const KeyValueView> attributes;
  std::string_view raw;  // the message
};

struct ScopeView {
  std::string_view name;
  std::string_view version;
  std::span<const KeyValueView> attributes;
  std::string_view raw;  // the message
};

struct SpanView {
  std::string_view trace_id;  // as sent: 16 bytes if well made
  std::string_view span_id;   // as sent: 8 bytes if well made
  std::string_view parent_span_id;
  std::string_view name;
  std::uint64_t start_ns = 0;  // 0: not given
  std::uint64_t end_ns = 0;
  int status_code = 0;  // 2 is an error
  std::string_view status_message;
  bool has_status_message = false;
  std::span<const KeyValueView> attributes;
  std::span<const EventView> events;
  std::string_view raw;  // the message
};

struct ParseLimits {
  int max_nesting = 100;               // of values in values
  std::size_t max_spans = 65'536;      // a request
  std::size_t max_attributes = 4'096;  // a span, a resource, a scope, an event
  std::size_t max_events = 4'096;      // a span
};

class TraceVisitor {
 public:
  virtual ~TraceVisitor() = default;
  // The views live until the call returns; what they point to lives in the body.
  virtual void OnSpan(const ResourceView& resource, const ScopeView& scope, const SpanView& span) = 0;
};

// Reads single messages; keeps its tables between calls, so reuse it.
class SpanParser {
 public:
  explicit SpanParser(ParseLimits limits = {}) : limits_(limits) {}

  // The view is good until the next call of the same function.
  Result<SpanView> ParseSpan(std::string_view raw);
  Result<ResourceView> ParseResource(std::string_view raw);
  Result<ScopeView> ParseScope(std::string_view raw);

 private:
  struct EventPlace {
    EventView view;
    std::size_t first = 0;
    std::size_t count = 0;
  };
  Status ParseSpanInto(std::string_view raw, SpanView& span);
  Status ParseEvent(std::string_view raw);
  Status AddAttribute(std::string_view raw, std::vector<KeyValueView>& to, std::size_t first);

  ParseLimits limits_;
  std::vector<KeyValueView> span_attributes_;
  std::vector<KeyValueView> event_attributes_;
  std::vector<KeyValueView> resource_attributes_;
  std::vector<KeyValueView> scope_attributes_;
  std::vector<EventPlace> event_places_;
  std::vector<EventView> events_;
};

// Calls the visitor once a span, in the order sent. Malformed stops at the fault:
// spans before it have been seen, so the caller acts only on an OK.
Status ParseTraceRequest(std::string_view body, const ParseLimits& limits, TraceVisitor& visitor);

namespace internal {
// The protobuf field in hand; `bytes` for length-delimited, `value` for the rest.
struct WireField {
  std::uint32_t number = 0;
  std::uint32_t type = 0;
  std::uint64_t value = 0;
  std::string_view bytes;
};

// Field after field of one message.
class WireReader {
 public:
  explicit WireReader(std::string_view message) : next_(message.data()), end_(next_ + message.size()) {}
  // False at the end and at a fault; `broken` tells which.
  bool Next(WireField& field);
  bool broken() const { return fault_ != nullptr; }
  const char* fault() const { return fault_; }

 private:
  bool Varint(std::uint64_t& value);
  bool Fail(const char* fault) {
    fault_ = fault;
    return false;
  }

  const char* next_;
  const char* end_;
  const char* fault_ = nullptr;
};

// A value that ParseAnyValue has accepted before.
AnyValueView OpenAnyValue(std::string_view raw);
KeyValueView OpenKeyValue(std::string_view raw);
}  // namespace internal

// Items of a kArray value, in order.
template <class F>
void ForEachItem(const AnyValueView& array, F&& f) {
  internal::WireReader reader(array.bytes);
  internal::WireField field;
  while (reader.Next(field)) {
    if (field.number == 1 && field.type == 2) f(internal::OpenAnyValue(field.bytes));
  }
}

// Entries of a kKeyValues value, in order.
template <class F>
void ForEachKeyValue(const AnyValueView& list, F&& f) {
  internal::WireReader reader(list.bytes);
  internal::WireField field;
  while (reader.Next(field)) {
    if (field.number == 1 && field.type == 2) f(internal::OpenKeyValue(field.bytes));
  }
}

}  // namespace repartee::otel
