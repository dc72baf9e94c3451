// Sessions and callers: the calls of each, summed up.
#include <charconv>

#include "repartee/server/store/call_groups.h"
#include "repartee/server/ui/ui_call.h"
#include "repartee/server/ui/view_json.h"

namespace repartee::server {
namespace {

constexpr std::size_t kMaxSearchBytes = 200;

std::string PlaceText(const CallGroup& group) { return std::to_string(group.last_start_ns) + "." + group.id; }

std::optional<GroupPlace> ReadPlace(std::string_view text) {
  GroupPlace place;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), place.last_start_ns);
  if (error != std::errc() || end == text.data() + text.size() || *end != '.') return std::nullopt;
  place.id = text.substr(static_cast<std::size_t>(end - text.data()) + 1);
  return place;
}

void WriteGroup(JsonWriter& json, const CallGroup& group) {
  json.BeginObject();
  json.Key("id").Text(group.id);
  WriteTimeMs(json.Key("first"), group.first_start_ns);
  WriteTimeMs(json.Key("last"), group.last_start_ns);
  json.Key("calls").Integer(group.calls);
  json.Key("turns").Integer(group.turns);
  json.Key("barge_ins").Integer(group.interrupted_turns);
  json.Key("errors").Integer(group.errors);
  WriteDurationMs(json.Key("length"), static_cast<double>(group.length_ns) / 1e6);
  WriteCost(json.Key("cost"), group.cost);
  WriteMeasureMs(json.Key("reply_max"), group.ub_latency_max_us);
  json.Key("environment").Text(group.environment.empty() ? "default" : group.environment);
  json.Key("last_line").Text(group.last_line);
  json.EndObject();
}

HttpResponse ListGroups(const UiCall& call, GroupBy by) {
  UiQuery query(call.request);
  CallGroupQuery wanted;
  wanted.project = call.project.key;
  wanted.by = by;
  wanted.from_ns = query.Millis("from");
  wanted.to_ns = query.Millis("to");
  wanted.environments = query.Texts("environment");
  wanted.search = query.Text("q").value_or("");
  if (wanted.search.size() > kMaxSearchBytes) query.Fault("q", "longer than 200 bytes");
  const auto limit = static_cast<std::size_t>(query.Integer("limit", 50, 1, 200));
  wanted.limit = limit + 1;  // one more tells whether there is a next page
  if (const std::optional<std::string> text = query.Text("cursor")) {
    wanted.behind = ReadPlace(*text);
    if (!wanted.behind) query.Fault("cursor", "not one that this server gave");
  }
  if (!query.ok()) return query.Refusal();
  const Result<CallGroupPage> page = call.reader.ListCallGroups(wanted);
  if (!page.ok()) return UiError(page.status());
  const std::size_t shown = std::min(limit, page->rows.size());
  JsonWriter json;
  json.BeginObject();
  json.Key("rows").BeginArray();
  for (std::size_t i = 0; i < shown; ++i) WriteGroup(json, page->rows[i]);
  json.EndArray();
  WriteTextOrNull(json.Key("next_cursor"),
                  page->rows.size() > limit ? PlaceText(page->rows[limit - 1]) : std::string());
  json.Key("total").Integer(static_cast<std::int64_t>(page->total));
  json.EndObject();
  return HttpResponse::Json(200, json.Take());
}

}  // namespace

HttpResponse UiSessions(const UiCall& call) { return ListGroups(call, GroupBy::kSession); }

HttpResponse UiCallers(const UiCall& call) { return ListGroups(call, GroupBy::kCaller); }

}  // namespace repartee::server
