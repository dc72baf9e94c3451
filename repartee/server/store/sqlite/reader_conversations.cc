// The dashboard's list over the day files.
#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "repartee/server/limits.h"
#include "repartee/server/store/sqlite/reader.h"
#include "repartee/server/store/sqlite/rows.h"

namespace repartee::server {
namespace {

constexpr char kSearched[] =
    "instr(lower(ifnull(name,'')||char(10)||ifnull(preview_input,'')||char(10)||ifnull(preview_output,'')||"
    "char(10)||ifnull(user_id,'')||char(10)||ifnull(session_id,'')||char(10)||hex(trace_id)),lower(?))>0";

void AddOutcomes(SqlFilter& filter, const ConversationQuery& query) {
  if (query.outcomes.empty()) return;
  std::string numbers;
  for (const Outcome outcome : query.outcomes)
    numbers += fmt::format("{}{}", numbers.empty() ? "" : ",", static_cast<int>(outcome));
  filter.Add(fmt::format("CASE WHEN complete=0 AND last_update>? THEN 0 WHEN errors>0 THEN 3 WHEN warnings>0 "
                         "THEN 2 ELSE 1 END IN ({})",
                         numbers),
             query.live_after_ns);
}

auto RankOf(const ListPlace& place) { return std::tie(place.start_ns, place.day, place.key); }

}  // namespace

SqlFilter ConversationFilter(const ConversationQuery& query) {
  SqlFilter filter;
  filter.Add("project=?", query.project);
  if (query.from_ns) filter.Add("start>=?", *query.from_ns);
  if (query.to_ns) filter.Add("start<?", *query.to_ns);
  if (query.user_id) filter.Add("user_id=?", *query.user_id);
  if (query.session_id) filter.Add("session_id=?", *query.session_id);
  if (query.version) filter.Add("version=?", *query.version);
  if (query.release) filter.Add("release=?", *query.release);
  for (const std::string& tag : query.tags) filter.Add("instr(tags,?)>0", TagPattern(tag));
  filter.AddAnyOf("environment", query.environments);
  AddOutcomes(filter, query);
  if (query.min_ub_latency_p95_us) filter.Add("ub_p95>=?", *query.min_ub_latency_p95_us);
  if (query.max_ub_latency_p95_us) filter.Add("ub_p95<?", *query.max_ub_latency_p95_us);
  if (query.min_interrupted_turns > 0) filter.Add("interrupted>=?", query.min_interrupted_turns);
  if (query.with_turns) filter.Add("turns>?", std::int64_t{0});
  if (!query.search.empty()) filter.Add(kSearched, query.search);
  return filter;
}

// What the list needs of every day file.
struct Reader::ConversationSearch {
  explicit ConversationSearch(const ConversationQuery& q) : query(q), filter(ConversationFilter(q)) {
    // The first condition lets the index find the place, the second settles equal starts.
    const std::string_view after = q.before ? " AND start<=? AND (start,?,tkey)<(?,?,?)" : "";
    keys_sql = fmt::format("SELECT start,tkey FROM trace WHERE {}{} ORDER BY start DESC,tkey DESC LIMIT ?",
                           filter.where, after);
    count_sql = fmt::format("SELECT count(*) FROM (SELECT 1 FROM trace WHERE {} LIMIT ?)", filter.where);
  }

  // Binds what stands behind the filter.
  void BindPlace(Statement& keys, int day) const {
    int index = static_cast<int>(filter.values.size()) + 1;
    if (query.before) {
      const ListPlace& before = *query.before;
      const std::int64_t values[] = {before.start_ns, day, before.start_ns, before.day, before.key};
      for (const std::int64_t value : values) keys.Bind(index++, value);
    }
    keys.Bind(index, static_cast<std::int64_t>(query.limit));
  }

  // No trace of a day whose latest start is that can be among the wanted any more.
  bool IsSettledBefore(std::int64_t last_start) const {
    return found.size() >= query.limit && last_start < found.back().start_ns;
  }

  void Trim() {
    std::sort(found.begin(), found.end(),
              [](const ListPlace& a, const ListPlace& b) { return RankOf(b) < RankOf(a); });
    if (found.size() > query.limit) found.resize(query.limit);
  }

  const ConversationQuery& query;
  const SqlFilter filter;
  std::string keys_sql;
  std::string count_sql;
  std::vector<ListPlace> found;
  std::size_t total = 0;
};

Status Reader::SearchConversations(const Bounds& bounds, ConversationSearch& search) {
  Result<ReadDay*> day = Day(bounds.day);
  if (!day.ok()) return std::move(day).status();
  if (!search.query.before) {
    Result<Statement> count = (*day)->database->Prepare(search.count_sql);
    if (!count.ok()) return std::move(count).status();
    search.filter.Bind(*count, 1);
    count->Bind(static_cast<int>(search.filter.values.size()) + 1,
                static_cast<std::int64_t>(kMaxTracesScanned - search.total));
    if (Result<bool> row = count->Step(); !row.ok()) return std::move(row).status();
    search.total += static_cast<std::size_t>(count->Integer(0));
  }
  if (search.IsSettledBefore(bounds.last_start)) return OkStatus();
  Result<Statement> keys = (*day)->database->Prepare(search.keys_sql);
  if (!keys.ok()) return std::move(keys).status();
  search.filter.Bind(*keys, 1);
  search.BindPlace(*keys, bounds.day);
  while (true) {
    Result<bool> more = keys->Step();
    if (!more.ok()) return std::move(more).status();
    if (!*more) break;
    search.found.push_back({keys->Integer(0), bounds.day, keys->Integer(1)});
  }
  search.Trim();
  return OkStatus();
}

Result<TracePage> Reader::ListConversations(const ConversationQuery& query) {
  ConversationSearch search(query);
  Result<std::vector<Bounds>> days = DaysOf(query.project, query.from_ns, query.to_ns);
  if (!days.ok()) return std::move(days).status();
  for (const Bounds& bounds : *days) {
    if (Status status = SearchConversations(bounds, search); !status.ok()) return status;
  }
  TracePage page{.rows = {}, .total = search.total};
  for (const ListPlace& place : search.found) {
    Result<ReadDay*> day = Day(place.day);
    if (!day.ok()) return std::move(day).status();
    Result<std::optional<TraceRow>> row = TraceByKey(**day, place.key);
    if (!row.ok()) return std::move(row).status();
    if (*row) page.rows.push_back(**std::move(row));
  }
  return page;
}

}  // namespace repartee::server
