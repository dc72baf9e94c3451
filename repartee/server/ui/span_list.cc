// Spans of all traces, whatever program sent them: a page of the list, and the picture
// of when they were and how long they took.
#include <fmt/format.h>

#include <chrono>

#include "repartee/server/ui/conversation_view.h"
#include "repartee/server/ui/labels.h"
#include "repartee/server/ui/opened_span.h"
#include "repartee/server/ui/span_filters.h"
#include "repartee/server/ui/view_json.h"

namespace repartee::server {
namespace {

constexpr std::size_t kMaxPoints = 2'000;
constexpr std::size_t kMaxSummaryBytes = 120;

std::string Cut(std::string text) {
  if (text.size() <= kMaxSummaryBytes) return text;
  std::size_t end = kMaxSummaryBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end) + "…";
}

std::string FirstOf(std::span<const otel::KeyValueView> attributes,
                    std::initializer_list<std::string_view> keys) {
  for (const std::string_view key : keys) {
    if (std::string text = AttributeText(attributes, key); !text.empty()) return text;
  }
  return {};
}

std::string Joined(const std::string& a, const std::string& b) {
  return a.empty() || b.empty() ? a + b : a + " · " + b;
}

// What says most of a span in a few words: the conventions' keys for what it is.
std::string SummaryOf(const SpanRow& row, std::span<const otel::KeyValueView> attributes) {
  const std::string method = FirstOf(attributes, {"http.request.method", "http.method"});
  const std::string status = FirstOf(attributes, {"http.response.status_code", "http.status_code"});
  if (!method.empty() || !status.empty()) return Joined(method, status);
  const std::string database = FirstOf(attributes, {"db.system.name", "db.system"});
  if (!database.empty())
    return Joined(database, FirstOf(attributes, {"db.operation.name", "db.operation", "db.query.summary"}));
  const std::string tool =
      FirstOf(attributes, {"tool.arguments", "gen_ai.tool.call.arguments", "input.value"});
  if (row.facts.type == ObservationType::kTool && !tool.empty()) return tool;
  if (row.facts.input_tokens >= 0 || row.facts.output_tokens >= 0) {
    return Joined(row.model, fmt::format("{} → {} tokens", std::max<std::int64_t>(row.facts.input_tokens, 0),
                                         std::max<std::int64_t>(row.facts.output_tokens, 0)));
  }
  const std::string characters = FirstOf(attributes, {"metrics.character_count"});
  if (!characters.empty()) return Joined(row.model, characters + " characters");
  if (row.facts.stage == Stage::kStt) return Joined(row.model, FirstOf(attributes, {"transcript"}));
  return row.model;
}

Status WriteFound(JsonWriter& json, StoreReader& reader, const FoundSpan& found) {
  SpanOpener opener(reader, found.trace.place);
  Result<OpenedSpan> opened = opener.Open(found.span);
  if (!opened.ok()) return std::move(opened).status();
  json.BeginObject();
  json.Key("trace").Text(found.trace.id.Hex());
  json.Key("trace_title").Text(TitleOf(found.trace));
  json.Key("turn_number");
  if (found.span.facts.turn_number >= 0) {
    json.Integer(found.span.facts.turn_number);
  } else {
    json.Null();
  }
  WriteTextOrNull(json.Key("service"), AttributeText(opened->resource.attributes, "service.name"));
  json.Key("summary").Text(Cut(SummaryOf(found.span, opened->span.attributes)));
  WriteSpan(json.Key("span"), found.span, 0);
  json.EndObject();
  return OkStatus();
}

}  // namespace

HttpResponse UiSpanList(const UiCall& call) {
  const auto begin = std::chrono::steady_clock::now();
  UiQuery query(call.request);
  SpanQuery wanted = ReadSpanFilters(query, call);
  const auto limit = static_cast<std::size_t>(query.Integer("limit", 50, 1, 200));
  wanted.limit = limit + 1;  // one more tells whether there is a next page
  if (const std::optional<std::string> text = query.Text("cursor")) {
    wanted.behind = ReadPosition(*text);
    if (!wanted.behind) query.Fault("cursor", "not one that this server gave");
  }
  wanted.count_total = !wanted.behind;
  if (!query.ok()) return query.Refusal();
  const Result<SpanPage> page = call.reader.ListSpans(wanted);
  if (!page.ok()) return UiError(page.status());
  const std::size_t shown = std::min(limit, page->rows.size());
  JsonWriter json;
  json.BeginObject();
  json.Key("rows").BeginArray();
  for (std::size_t i = 0; i < shown; ++i) {
    if (Status status = WriteFound(json, call.reader, page->rows[i]); !status.ok()) return UiError(status);
  }
  json.EndArray();
  WriteTextOrNull(json.Key("next_cursor"),
                  page->rows.size() > limit ? PositionText(page->rows[limit - 1]) : std::string());
  json.Key("total");
  if (wanted.count_total) {
    json.Integer(static_cast<std::int64_t>(page->total));
  } else {
    json.Null();
  }
  json.Key("took_ms");
  const auto took = std::chrono::steady_clock::now() - begin;
  WriteDurationMs(json, std::chrono::duration<double, std::milli>(took).count());
  json.EndObject();
  return HttpResponse::Json(200, json.Take());
}

HttpResponse UiSpanPoints(const UiCall& call) {
  UiQuery query(call.request);
  SpanQuery wanted = ReadSpanFilters(query, call);
  wanted.limit = kMaxPoints;
  wanted.count_total = false;
  if (!query.ok()) return query.Refusal();
  const Result<SpanPage> page = call.reader.ListSpans(wanted);
  if (!page.ok()) return UiError(page.status());
  JsonWriter json;
  json.BeginObject();
  json.Key("points").BeginArray();
  for (const FoundSpan& found : page->rows) {
    const SpanFacts& facts = found.span.facts;
    json.BeginObject();
    json.Key("trace").Text(found.trace.id.Hex());
    json.Key("span").Text(SpanIdHex(found.span.id));
    WriteTimeMs(json.Key("start"), facts.start_ns);
    WriteDurationMs(json.Key("duration"), static_cast<double>(facts.end_ns - facts.start_ns) / 1e6);
    json.Key("type").Text(TypeName(facts.type));
    WriteTextOrNull(json.Key("stage"), StageName(found.span));
    json.Key("error").Bool(facts.level == Level::kError);
    json.EndObject();
  }
  json.EndArray().EndObject();
  return HttpResponse::Json(200, json.Take());
}

}  // namespace repartee::server
