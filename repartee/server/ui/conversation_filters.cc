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

}  // namespace

std::string CursorText(const ListPlace& place, std::size_t total) {
  return fmt::format("{}.{}.{}.{}", place.start_ns, place.day, place.key, total);
}

bool ReadCursor(std::string_view text, ListPlace& place, std::size_t& total) {
  std::int64_t parts[4] = {};
  for (std::int64_t& part : parts) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), part);
    if (error != std::errc()) return false;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (text.empty() != (&part == &parts[3])) return false;
    if (!text.empty() && text.front() != '.') return false;
    if (!text.empty()) text.remove_prefix(1);
  }
  if (parts[1] < 0 || parts[1] > 99'999'999 || parts[3] < 0) return false;
  place = {parts[0], static_cast<int>(parts[1]), parts[2]};
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
  to.search = query.Text("q").value_or("");
  if (to.search.size() > kMaxSearchBytes) query.Fault("q", "longer than 200 bytes");
  return to;
}

}  // namespace repartee::server
