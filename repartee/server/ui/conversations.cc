// The list of conversations and one conversation with its turns.
#include <chrono>

#include "repartee/server/limits.h"
#include "repartee/server/ui/conversation_filters.h"
#include "repartee/server/ui/view_json.h"

namespace repartee::server {
namespace {

constexpr std::size_t kDefaultRows = 50;
constexpr std::size_t kMaxRows = 200;
// Spans read for the pictures of one page; rows beyond it have none.
constexpr std::int64_t kMaxSpansOfPage = 40'000;
// Above it the page loads spans by turn.
constexpr std::int64_t kManySpans = 5'000;

Result<ConversationView> ViewOf(const UiCall& call, TraceRow row, std::int64_t& budget) {
  std::vector<SpanRow> spans;
  budget -= row.spans;
  if (budget >= 0) {
    Result<std::vector<SpanRow>> read = ReadSpans(call.reader, row.place);
    if (!read.ok()) return std::move(read).status();
    spans = *std::move(read);
  }
  return MakeConversation(std::move(row), spans, call.now_ns);
}

double MillisSince(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
}

}  // namespace

HttpResponse UiConversations(const UiCall& call) {
  const auto begin = std::chrono::steady_clock::now();
  UiQuery query(call.request);
  ConversationQuery wanted = ReadConversationFilters(query, call.project.key, call.now_ns);
  const auto limit = static_cast<std::size_t>(query.Integer("limit", kDefaultRows, 1, kMaxRows));
  // One more, which tells whether there is a next page.
  wanted.limit = limit + 1;
  std::size_t total = 0;
  if (const std::optional<std::string> text = query.Text("cursor")) {
    ListPlace place;
    if (!ReadCursor(*text, place, total)) query.Fault("cursor", "not one that this server gave");
    wanted.before = place;
  }
  if (!query.ok()) return query.Refusal();
  Result<TracePage> page = call.reader.ListConversations(wanted);
  if (!page.ok()) return UiError(page.status());
  if (!wanted.before) total = page->total;
  const bool more = page->rows.size() > limit;
  if (more) page->rows.resize(limit);
  std::optional<ListPlace> next;
  if (more) {
    const TraceRow& last = page->rows.back();
    next = ListPlace{last.start_ns, last.place.day, last.place.key};
  }
  JsonWriter json;
  json.BeginObject();
  json.Key("rows").BeginArray();
  std::int64_t budget = kMaxSpansOfPage;
  for (TraceRow& row : page->rows) {
    Result<ConversationView> view = ViewOf(call, std::move(row), budget);
    if (!view.ok()) return UiError(view.status());
    WriteConversation(json, *view);
  }
  json.EndArray();
  json.Key("next_cursor");
  if (next) {
    json.Text(CursorText(*next, total));
  } else {
    json.Null();
  }
  json.Key("total").Integer(static_cast<std::int64_t>(total));
  WriteDurationMs(json.Key("took_ms"), MillisSince(begin));
  json.EndObject();
  return HttpResponse::Json(200, json.Take());
}

Result<TraceRow> FindConversation(const UiCall& call) {
  const TraceId id = TraceIdFromText(call.path[1]);
  Result<std::optional<TraceRow>> row = call.reader.FindTrace(call.project.key, id);
  if (!row.ok()) return std::move(row).status();
  if (!*row)
    return Status::NotFound("No conversation with this id in {}. It may still be on its way.",
                            call.project.name);
  return **std::move(row);
}

HttpResponse UiConversation(const UiCall& call) {
  Result<TraceRow> row = FindConversation(call);
  if (!row.ok()) return UiError(row.status());
  Result<std::vector<SpanRow>> spans = ReadSpans(call.reader, row->place);
  if (!spans.ok()) return UiError(spans.status());
  const ConversationView view = MakeConversation(*row, *spans, call.now_ns);
  SpanOpener opener(call.reader, row->place);
  JsonWriter json;
  json.BeginObject();
  WriteConversation(json.Key("conversation"), view);
  json.Key("turns").BeginArray();
  for (const TurnGroup& group : GroupByTurn(*spans).turns) {
    Result<TurnView> turn = MakeTurn(opener, group, view.live);
    if (!turn.ok()) return UiError(turn.status());
    WriteTurn(json, *turn);
  }
  json.EndArray();
  json.Key("spans_too_many").Bool(row->spans > kManySpans);
  json.EndObject();
  return HttpResponse::Json(200, json.Take());
}

}  // namespace repartee::server
