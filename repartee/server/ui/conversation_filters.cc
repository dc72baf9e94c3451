#include "repartee/server/ui/conversation_filters.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "repartee/server/ui/conversation_view.h"

namespace repartee::server {
namespace {

constexpr std::size_t kMaxSearchBytes = 200;

void ReadOutcomes(UiQuery& query, ConversationQuery& to) {
  static constexpr std::pair<std::string_view, Outcome> kOutcomes[] = {{"live", Outcome::kLive},
                                                                       {"ok", Outcome::kOk},
                                                                       {"warning", Outcome::kWarning},
                                                                       {"error", Outcome::kError}};
  for (const std::string& text : query.Texts("outcome")) {
    const auto found = std::find_if(std::begin(kOutcomes), std::end(kOutcomes),
                                    [&text](const auto& o) { return o.first == text; });
    if (found == std::end(kOutcomes)) return query.Fault("outcome", "give live, ok, warning or error");
    to.outcomes.push_back(found->second);
  }
}

// "reply_p95": the longest first; "reply_p95.asc": the shortest.
void ReadOrder(UiQuery& query, ConversationQuery& to) {
  static constexpr std::pair<std::string_view, ListColumn> kColumns[] = {
      {"start", ListColumn::kStart},        {"length", ListColumn::kLength},
      {"turns", ListColumn::kTurns},        {"reply_p50", ListColumn::kReplyP50},
      {"reply_p95", ListColumn::kReplyP95}, {"barge_ins", ListColumn::kBargeIns},
      {"cost", ListColumn::kCost},          {"spans", ListColumn::kSpans}};
  constexpr std::string_view kAscending = ".asc";
  const std::optional<std::string> text = query.Text("sort");
  if (!text) return;
  std::string_view name = *text;
  to.order.ascending = name.ends_with(kAscending);
  if (to.order.ascending) name.remove_suffix(kAscending.size());
  const auto found = std::find_if(std::begin(kColumns), std::end(kColumns),
                                  [name](const auto& column) { return column.first == name; });
  if (found == std::end(kColumns))
    return query.Fault("sort",
                       "give start, length, turns, reply_p50, reply_p95, barge_ins, cost or spans, and .asc "
                       "for the least first");
  to.order.column = found->second;
}

}  // namespace

std::string CursorText(const ListPlace& place, std::size_t total) {
  const std::string rank = place.rank == 0 ? "" : fmt::format(".{}", place.rank);
  return fmt::format("{}.{}.{}.{}{}", place.start_ns, place.day, place.key, total, rank);
}

bool ReadCursor(std::string_view text, ListPlace& place, std::size_t& total) {
  constexpr std::size_t kLeast = 4;
  std::int64_t parts[kLeast + 1] = {};
  std::size_t count = 0;
  while (true) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), parts[count]);
    if (error != std::errc()) return false;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    ++count;
    if (text.empty()) break;
    if (count > kLeast || text.front() != '.') return false;
    text.remove_prefix(1);
  }
  if (count < kLeast || parts[1] < 0 || parts[1] > 99'999'999 || parts[3] < 0) return false;
  place = {parts[0], static_cast<int>(parts[1]), parts[2], parts[4]};
  total = static_cast<std::size_t>(parts[3]);
  return true;
}

ConversationQuery ReadConversationFilters(UiQuery& query, ProjectKey project, std::int64_t now_ns) {
  ConversationQuery to;
  to.project = project;
  to.live_after_ns = now_ns - kLiveForNs;
  to.from_ns = query.Millis("from");
  to.to_ns = query.Millis("to");
  to.user_id = query.Text("caller");
  to.session_id = query.Text("session");
  to.release = query.Text("release");
  to.version = query.Text("version");
  to.environments = query.Texts("environment");
  to.tags = query.Texts("tag");
  ReadOutcomes(query, to);
  const auto micros = [](std::optional<std::int64_t> ns) {
    return ns ? std::optional(*ns / 1'000) : std::nullopt;
  };
  to.min_ub_latency_p95_us = micros(query.Millis("reply_from"));
  to.max_ub_latency_p95_us = micros(query.Millis("reply_to"));
  to.min_interrupted_turns = query.Integer("barge_ins_from", 0, 0, 1'000'000);
  if (query.Text("barge_ins_to")) to.max_interrupted_turns = query.Integer("barge_ins_to", 0, 0, 1'000'000);
  to.with_turns = query.Flag("voice");
  for (const auto& [key, stage] : kServiceFilters) {
    if (std::vector<std::string> labels = query.Texts(key); !labels.empty())
      to.services.push_back({stage, std::move(labels)});
  }
  ReadOrder(query, to);
  to.search = query.Text("q").value_or("");
  if (to.search.size() > kMaxSearchBytes) query.Fault("q", "longer than 200 bytes");
  return to;
}

}  // namespace repartee::server
