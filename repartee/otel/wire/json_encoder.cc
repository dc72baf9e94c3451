#include "repartee/otel/wire/json_encoder.h"

#include <algorithm>
#include <cmath>
#include <variant>

#include "repartee/base/json.h"
#include "repartee/otel/wire/groups.h"
#include "repartee/otel/wire/utf8.h"

namespace repartee::otel {
namespace {

std::string Text(std::string_view text) { return IsValidUtf8(text) ? std::string(text) : ToValidUtf8(text); }

std::string UnixNanos(Nanos time) { return std::to_string(std::max(time, Nanos(0)).count()); }

template <class List>
Json AttributesToJson(const List& attributes);

Json ValueToJson(const AttributeValue& value);

struct ValueWriter {
  Json operator()(std::monostate) const { return Json::object(); }
  Json operator()(bool value) const { return {{"boolValue", value}}; }
  Json operator()(std::int64_t value) const { return {{"intValue", std::to_string(value)}}; }
  // Protobuf's JSON names what JSON has no number for.
  Json operator()(double value) const {
    if (std::isnan(value)) return {{"doubleValue", "NaN"}};
    if (std::isinf(value)) return {{"doubleValue", value > 0 ? "Infinity" : "-Infinity"}};
    return {{"doubleValue", value}};
  }
  Json operator()(const std::string& value) const { return {{"stringValue", Text(value)}}; }
  Json operator()(const AttributeValue::Array& values) const {
    Json items = Json::array();
    for (const AttributeValue& item : values) items.push_back(ValueToJson(item));
    return {{"arrayValue", {{"values", std::move(items)}}}};
  }
  Json operator()(const AttributeValue::KeyValueList& values) const {
    return {{"kvlistValue", {{"values", AttributesToJson(values)}}}};
  }
};

Json ValueToJson(const AttributeValue& value) { return std::visit(ValueWriter(), value.get()); }

template <class List>
Json AttributesToJson(const List& attributes) {
  Json list = Json::array();
  for (const Attribute& attribute : attributes)
    list.push_back({{"key", Text(attribute.key.view())}, {"value", ValueToJson(attribute.value)}});
  return list;
}

void SetCount(Json& object, const char* key, std::uint32_t count) {
  if (count > 0) object[key] = count;
}

Json EventToJson(const SpanEvent& event) {
  Json json = {{"timeUnixNano", UnixNanos(event.time)},
               {"name", Text(event.name)},
               {"attributes", AttributesToJson(event.attributes)}};
  SetCount(json, "droppedAttributesCount", event.dropped_attributes);
  return json;
}

Json LinkToJson(const SpanLink& link) {
  Json json = {{"traceId", link.context.trace_id.ToHex()},
               {"spanId", link.context.span_id.ToHex()},
               {"attributes", AttributesToJson(link.attributes)},
               {"flags", ParentFlags(link.context.is_remote)}};
  SetCount(json, "droppedAttributesCount", link.dropped_attributes);
  return json;
}

Json SpanToJson(const SpanData& span) {
  Json json = {{"traceId", span.context.trace_id.ToHex()}, {"spanId", span.context.span_id.ToHex()}};
  if (span.parent_span_id.valid()) json["parentSpanId"] = span.parent_span_id.ToHex();
  json["name"] = Text(span.name);
  json["kind"] = static_cast<int>(span.kind);
  json["startTimeUnixNano"] = UnixNanos(span.start);
  json["endTimeUnixNano"] = UnixNanos(span.end);
  json["attributes"] = AttributesToJson(span.attributes);
  SetCount(json, "droppedAttributesCount", span.dropped_attributes);
  for (const SpanEvent& event : span.events) json["events"].push_back(EventToJson(event));
  SetCount(json, "droppedEventsCount", span.dropped_events);
  for (const SpanLink& link : span.links) json["links"].push_back(LinkToJson(link));
  SetCount(json, "droppedLinksCount", span.dropped_links);
  json["status"] = Json::object();
  if (!span.status_description.empty()) json["status"]["message"] = Text(span.status_description);
  SetCount(json["status"], "code", static_cast<std::uint32_t>(span.status));
  json["flags"] = ParentFlags(span.parent_is_remote);
  return json;
}

Json ScopeToJson(const ScopeGroup& scope) {
  Json spans = Json::array();
  for (const SpanData* span : scope.spans) spans.push_back(SpanToJson(*span));
  return {{"scope", {{"name", Text(*scope.name)}}}, {"spans", std::move(spans)}};
}

}  // namespace

void EncodeTraceRequestJson(std::span<const SpanPtr> spans, std::string& out) {
  Json resources = Json::array();
  for (const ResourceGroup& group : GroupSpans(spans)) {
    Json scopes = Json::array();
    for (const ScopeGroup& scope : group.scopes) scopes.push_back(ScopeToJson(scope));
    const Attributes none;
    const Attributes& attributes = group.resource ? group.resource->attributes : none;
    resources.push_back(
        {{"resource", {{"attributes", AttributesToJson(attributes)}}}, {"scopeSpans", std::move(scopes)}});
  }
  out += Json{{"resourceSpans", std::move(resources)}}.dump();
}

}  // namespace repartee::otel
