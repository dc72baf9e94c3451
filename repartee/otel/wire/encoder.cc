#include "repartee/otel/wire/encoder.h"

#include <algorithm>

#include "repartee/otel/wire/groups.h"
#include "repartee/otel/wire/protobuf_writer.h"
#include "repartee/otel/wire/utf8.h"

namespace repartee::otel {
namespace {

class TraceEncoder {
 public:
  explicit TraceEncoder(std::string& out) : writer_(out) {}

  void EncodeGroup(const ResourceGroup& group) {
    writer_.Message(1, [&] {
      writer_.Message(1, [&] {
        if (group.resource) EncodeAttributes(1, group.resource->attributes);
      });
      for (const ScopeGroup& scope : group.scopes) {
        writer_.Message(2, [&] {
          writer_.Message(1, [&] { String(1, *scope.name); });
          for (const SpanData* span : scope.spans) writer_.Message(2, [&] { EncodeSpan(*span); });
        });
      }
    });
  }

 private:
  void EncodeSpan(const SpanData& span) {
    writer_.Bytes(1, span.context.trace_id.view());
    writer_.Bytes(2, span.context.span_id.view());
    if (span.parent_span_id.valid()) writer_.Bytes(4, span.parent_span_id.view());
    String(5, span.name);
    writer_.Varint(6, static_cast<std::uint64_t>(span.kind));
    writer_.Fixed64(7, UnixNanos(span.start));
    writer_.Fixed64(8, UnixNanos(span.end));
    EncodeAttributes(9, span.attributes);
    Count(10, span.dropped_attributes);
    for (const SpanEvent& event : span.events) writer_.Message(11, [&] { EncodeEvent(event); });
    Count(12, span.dropped_events);
    for (const SpanLink& link : span.links) writer_.Message(13, [&] { EncodeLink(link); });
    Count(14, span.dropped_links);
    writer_.Message(15, [&] {
      String(2, span.status_description);
      Count(3, static_cast<std::uint32_t>(span.status));
    });
    writer_.Fixed32(16, ParentFlags(span.parent_is_remote));
  }

  void EncodeEvent(const SpanEvent& event) {
    writer_.Fixed64(1, UnixNanos(event.time));
    String(2, event.name);
    EncodeAttributes(3, event.attributes);
    Count(4, event.dropped_attributes);
  }

  void EncodeLink(const SpanLink& link) {
    writer_.Bytes(1, link.context.trace_id.view());
    writer_.Bytes(2, link.context.span_id.view());
    EncodeAttributes(4, link.attributes);
    Count(5, link.dropped_attributes);
    writer_.Fixed32(6, ParentFlags(link.context.is_remote));
  }

  template <class List>
  void EncodeAttributes(std::uint32_t field, const List& attributes) {
    for (const Attribute& attribute : attributes) {
      writer_.Message(field, [&] {
        String(1, attribute.key.view());
        EncodeAnyValue(2, attribute.value);
      });
    }
  }

  void EncodeAnyValue(std::uint32_t field, const AttributeValue& value) {
    writer_.Message(field, [&] { std::visit(*this, value.get()); });
  }

  // Fields that are absent when they have their default.
  void Count(std::uint32_t field, std::uint32_t value) {
    if (value > 0) writer_.Varint(field, value);
  }
  void String(std::uint32_t field, std::string_view text) {
    if (!text.empty()) OneofString(field, text);
  }
  void OneofString(std::uint32_t field, std::string_view text) {
    IsValidUtf8(text) ? writer_.Bytes(field, text) : writer_.Bytes(field, ToValidUtf8(text));
  }
  static std::uint64_t UnixNanos(Nanos time) {
    return static_cast<std::uint64_t>(std::max(time, Nanos(0)).count());
  }

 public:
  // The alternatives of AnyValue, for std::visit.
  void operator()(std::monostate) {}
  void operator()(bool value) { writer_.Varint(2, value ? 1 : 0); }
  void operator()(std::int64_t value) { writer_.Varint(3, static_cast<std::uint64_t>(value)); }
  void operator()(double value) { writer_.Double(4, value); }
  void operator()(const std::string& value) { OneofString(1, value); }
  void operator()(const AttributeValue::Array& values) {
    writer_.Message(5, [&] {
      for (const AttributeValue& value : values) EncodeAnyValue(1, value);
    });
  }
  void operator()(const AttributeValue::KeyValueList& values) {
    writer_.Message(6, [&] { EncodeAttributes(1, values); });
  }

 private:
  ProtobufWriter writer_;
};

}  // namespace

void EncodeTraceRequest(std::span<const SpanPtr> spans, std::string& out) {
  TraceEncoder encoder(out);
  for (const ResourceGroup& group : GroupSpans(spans)) encoder.EncodeGroup(group);
}

}  // namespace repartee::otel
