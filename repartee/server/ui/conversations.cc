// The list of conversations and one conversation with its turns.
#include <chrono>

#include "repartee/server/api/tombstones.h"
#include "repartee/server/limits.h"
#include "repartee/server/ui/beside_filters.h"
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
// A search through words or spans stops then between two days; the page asks whether to go on.
constexpr std::chrono::seconds kMostSearchTime{2};

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

// The rows of a page with their pictures and scores.
Result<std::vector<ConversationView>> ViewsOf(const UiCall& call, std::vector<TraceRow> rows) {
  std::vector<ConversationView> views;
  views.reserve(rows.size());
  std::int64_t budget = kMaxSpansOfPage;
  for (TraceRow& row : rows) {
    Result<ConversationView> view = ViewOf(call, std::move(row), budget);
    if (!view.ok()) return std::move(view).status();
    views.push_back(*std::move(view));
  }
  if (Status status = AddScores(call.reader, call.project.key, views); !status.ok()) return status;
  return views;
}

// Where the next page begins: behind the last row, or where the search stopped; a list in another order
// than its own has been sorted by then and does not go on there.
std::optional<ListPlace> PlaceBehind(const TracePage& page, bool more, const ListOrder& order) {
  if (more) return page.places[page.rows.size() - 1];
  if (page.stopped_at_ns && !order.is_ranked()) return ListPlace{*page.stopped_at_ns + 1, 0, 0};
  return std::nullopt;
}

double MillisSince(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
}

// One that is not here was perhaps deleted: then its tombstone says so.
HttpResponse Missing(const UiCall& call, const Status& status) {
  if (status.code() != StatusCode::kNotFound) return UiError(status);
  const Result<std::optional<Tombstone>> left =
      FindTombstone(call.config, call.project.key, TraceIdFromText(call.path[1]), call.now_ns);
  if (!left.ok() || !*left) return UiError(status);
  return UiError(410, "This conversation was deleted", "", "deleted");
}

}  // namespace

HttpResponse UiConversations(const UiCall& call) {
  const auto begin = std::chrono::steady_clock::now();
  UiQuery query(call.request);
  ConversationQuery wanted = ReadConversationFilters(query, call.project.key, call.now_ns);
  const BesideFilters beside = ReadBesideFilters(query);
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
  if (Status status = ApplyBesideFilters(call, beside, wanted); !status.ok()) return UiError(status);
  const bool ranked = wanted.order.is_ranked();
  if (!wanted.search.empty() || !wanted.services.empty() || wanted.among || ranked)
    wanted.most_time = kMostSearchTime;
  Result<TracePage> page = call.reader.ListConversations(wanted);
  if (!page.ok()) return UiError(page.status());
  if (!wanted.before) total = page->total;
  const bool more = page->rows.size() > limit;
  if (more) page->rows.resize(limit);
  const std::optional<ListPlace> next = PlaceBehind(*page, more, wanted.order);
  const Result<std::vector<ConversationView>> views = ViewsOf(call, std::move(page->rows));
  if (!views.ok()) return UiError(views.status());
  JsonWriter json;
  json.BeginObject();
  json.Key("rows").BeginArray();
  for (const ConversationView& view : *views) WriteConversation(json, view);
  json.EndArray();
  json.Key("next_cursor");
  if (next) {
    json.Text(CursorText(*next, total));
  } else {
    json.Null();
  }
  json.Key("total").Integer(static_cast<std::int64_t>(total));
  WriteOptionalTimeMs(json.Key("searched_from"), more && !ranked ? std::nullopt : page->stopped_at_ns);
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

HttpResponse UiTombstone(const UiCall& call) {
  const Result<std::optional<Tombstone>> left =
      FindTombstone(call.config, call.project.key, TraceIdFromText(call.path[1]), call.now_ns);
  if (!left.ok()) return UiError(left.status());
  if (!*left) return UiError(404, "No conversation with this id was deleted of late");
  JsonWriter json;
  json.BeginObject();
  WriteTimeMs(json.Key("start"), (*left)->start_ns);
  WriteTimeMs(json.Key("end"), (*left)->end_ns);
  json.Key("turns").Integer((*left)->turns);
  WriteTimeMs(json.Key("deleted"), (*left)->deleted_ns);
  json.EndObject();
  return HttpResponse::Json(200, json.Take());
}

HttpResponse UiConversation(const UiCall& call) {
  Result<TraceRow> row = FindConversation(call);
  if (!row.ok()) return Missing(call, row.status());
  Result<std::vector<SpanRow>> spans = ReadSpans(call.reader, row->place);
  if (!spans.ok()) return UiError(spans.status());
  ConversationView view = MakeConversation(*row, *spans, call.now_ns);
  if (Status status = AddScores(call.reader, call.project.key, {&view, 1}); !status.ok())
    return UiError(status);
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
