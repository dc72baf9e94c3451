// The spans of a conversation, and one span with everything that came with it.
#include "repartee/base/encoding.h"
#include "repartee/server/ingest/mapping/values.h"
#include "repartee/server/ui/opened_span.h"
#include "repartee/server/ui/turn_groups.h"
#include "repartee/server/ui/ui_call.h"
#include "repartee/server/ui/view_json.h"

namespace repartee::server {
namespace {

using Kind = otel::AnyValueView::Kind;
constexpr std::uint32_t kLinksField = 13;  // of the span's message
constexpr std::size_t kMaxLinks = 1'000;

// Lists and maps as themselves; bytes in base64. How deep values go was checked when they came.
void WriteValue(JsonWriter& json, const otel::AnyValueView& value) {
  switch (value.kind) {
    case Kind::kEmpty: return json.Null();
    case Kind::kBool: return json.Bool(value.boolean);
    case Kind::kInt: return json.Integer(value.integer);
    case Kind::kDouble: return json.Decimal(value.number);
    case Kind::kBytes: return json.Text(Base64Encode(value.bytes));
    case Kind::kString: return json.Text(ToText(value));
    case Kind::kArray:
      json.BeginArray();
      otel::ForEachItem(value, [&json](const otel::AnyValueView& item) { WriteValue(json, item); });
      json.EndArray();
      return;
    case Kind::kKeyValues:
      json.BeginObject();
      otel::ForEachKeyValue(value, [&json](const otel::KeyValueView& entry) {
        json.Key(entry.key);
        WriteValue(json, entry.value);
      });
      json.EndObject();
      return;
  }
}

void WriteAttributes(JsonWriter& json, std::span<const otel::KeyValueView> attributes) {
  json.BeginArray();
  for (const otel::KeyValueView& attribute : attributes) {
    json.BeginArray();
    json.Text(attribute.key);
    WriteValue(json, attribute.value);
    json.EndArray();
  }
  json.EndArray();
}

void WriteEvents(JsonWriter& json, std::span<const otel::EventView> events) {
  json.BeginArray();
  for (const otel::EventView& event : events) {
    json.BeginObject();
    json.Key("name").Text(event.name);
    WriteTimeMs(json.Key("time"), static_cast<std::int64_t>(event.time_ns));
    WriteAttributes(json.Key("attributes"), event.attributes);
    json.EndObject();
  }
  json.EndArray();
}

void WriteLinks(JsonWriter& json, std::string_view span_message) {
  json.BeginArray();
  otel::internal::WireReader fields(span_message);
  otel::internal::WireField field;
  for (std::size_t links = 0; fields.Next(field) && links < kMaxLinks;) {
    if (field.number != kLinksField || field.type != 2) continue;
    ++links;
    std::string_view trace;
    std::string_view span;
    otel::internal::WireReader link(field.bytes);
    otel::internal::WireField part;
    while (link.Next(part)) {
      if (part.number == 1 && part.type == 2) trace = part.bytes;
      if (part.number == 2 && part.type == 2) span = part.bytes;
    }
    const std::optional<TraceId> trace_id = TraceId::FromBytes(trace);
    const std::optional<SpanId> span_id = SpanIdFromBytes(span);
    if (!trace_id || !span_id) continue;
    json.BeginObject();
    json.Key("trace_id").Text(trace_id->Hex());
    json.Key("span_id").Text(SpanIdHex(*span_id));
    json.EndObject();
  }
  json.EndArray();
}

SpanId TurnOf(const TurnGroups& groups, SpanId span) {
  const auto found = groups.turn_of.find(span);
  return found == groups.turn_of.end() ? 0 : found->second;
}

void WriteDetail(JsonWriter& json, const UiCall& call, const OpenedSpan& opened) {
  SpanMapper mapper(call.mapping);
  mapper.Use(opened.resource, opened.scope, opened.span);
  const Observation observation = mapper.Full();
  json.Key("input").OptionalText(observation.input);
  json.Key("output").OptionalText(observation.output);
  json.Key("status").OptionalText(observation.status_message);
  WriteAttributes(json.Key("attributes"), opened.span.attributes);
  WriteAttributes(json.Key("resource"), opened.resource.attributes);
  json.Key("scope").BeginObject();
  json.Key("name").Text(opened.scope.name);
  json.Key("version").Text(opened.scope.version);
  json.EndObject();
  WriteEvents(json.Key("events"), opened.span.events);
  WriteLinks(json.Key("links"), opened.span.raw);
}

// The model's call before this one in the trace; 0: none. `spans` in order of start.
SpanId PreviousCall(std::span<const SpanRow> spans, const SpanRow& of) {
  const auto is_call = [](const SpanRow& span) {
    return span.facts.stage == Stage::kLlm || span.facts.type == ObservationType::kGeneration;
  };
  if (!is_call(of)) return 0;
  SpanId before = 0;
  for (const SpanRow& span : spans) {
    if (span.id == of.id) break;
    if (is_call(span)) before = span.id;
  }
  return before;
}

}  // namespace

HttpResponse UiSpans(const UiCall& call) {
  UiQuery query(call.request);
  const std::optional<std::string> turn = query.Text("turn");
  const SpanId only = turn ? SpanIdFromText(*turn) : 0;
  Result<TraceRow> row = FindConversation(call);
  if (!row.ok()) return UiError(row.status());
  Result<std::vector<SpanRow>> spans = ReadSpans(call.reader, row->place);
  if (!spans.ok()) return UiError(spans.status());
  const TurnGroups groups = GroupByTurn(*spans);
  JsonWriter json;
  json.BeginObject();
  json.Key("spans").BeginArray();
  for (const SpanRow& span : *spans) {
    const SpanId of = TurnOf(groups, span.id);
    if (only == 0 || of == only) WriteSpan(json, span, of);
  }
  json.EndArray().EndObject();
  return HttpResponse::Json(200, json.Take());
}

HttpResponse UiSpan(const UiCall& call) {
  Result<TraceRow> row = FindConversation(call);
  if (!row.ok()) return UiError(row.status());
  Result<std::vector<SpanRow>> spans = ReadSpans(call.reader, row->place);
  if (!spans.ok()) return UiError(spans.status());
  const SpanId id = SpanIdFromText(call.path[3]);
  const auto found =
      std::find_if(spans->begin(), spans->end(), [&id](const SpanRow& span) { return span.id == id; });
  if (found == spans->end()) return UiError(404, "No span with this id in the conversation");
  SpanOpener opener(call.reader, row->place);
  Result<OpenedSpan> opened = opener.Open(*found);
  if (!opened.ok()) return UiError(opened.status());
  JsonWriter json;
  json.BeginObject();
  WriteSpan(json.Key("span"), *found, TurnOf(GroupByTurn(*spans), found->id));
  const SpanId before = PreviousCall(*spans, *found);
  WriteTextOrNull(json.Key("previous_call"), before == 0 ? std::string() : SpanIdHex(before));
  WriteDetail(json, call, *opened);
  json.EndObject();
  return HttpResponse::Json(200, json.Take());
}

}  // namespace repartee::server
