// The dashboard's list over the day files.
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <tuple>

#include "repartee/base/clock.h"
#include "repartee/server/limits.h"
#include "repartee/server/store/sqlite/reader.h"
#include "repartee/server/store/sqlite/rows.h"

namespace repartee::server {
namespace {

constexpr char kIndexed[] = "trace";
constexpr char kRowByRow[] = "trace NOT INDEXED";
// From so many on, a page is found sooner in the order of starts than among all rows.
constexpr std::size_t kManyFound = 2'000;

// Of what the rows are ranked by; nothing is below 0 that is known.
std::string_view ValueOf(ListColumn column) {
  constexpr std::string_view kValues[] = {"start",  "(end-start)", "turns", "ub_p50",
                                          "ub_p95", "interrupted", "cost",  "spans"};
  return kValues[static_cast<std::size_t>(column)];
}

// The index of starts holds the other columns that lists are ordered by.
bool IsOutsideIndex(const ListOrder& order) {
  return order.column == ListColumn::kTurns || order.column == ListColumn::kReplyP50 ||
         order.column == ListColumn::kBargeIns || order.column == ListColumn::kCost;
}

// The highest is first in the list, and what is not known last.
std::string RankSql(const ListOrder& order) {
  if (!order.is_ranked()) return "0";
  const std::string_view value = ValueOf(order.column);
  if (!order.ascending) return fmt::format("ifnull({},-1)", value);
  return fmt::format("CASE WHEN ifnull({0},-1)<0 THEN {1} ELSE -{0} END", value, -INT64_MAX);
}

// The index of starts leads to rows all over the file, at five times the cost of reading them one
// behind the other: it is worth it for a small part of the day, or if it holds all that is asked.
std::string_view TableToCount(const ConversationQuery& query, std::int64_t first, std::int64_t last) {
  const bool reads_rows = !query.outcomes.empty() || query.min_interrupted_turns > 0 ||
                          query.max_interrupted_turns || query.with_turns || query.version || query.release ||
                          !query.tags.empty() || !query.environments.empty() || IsOutsideIndex(query.order);
  const bool has_own_index = query.user_id || query.session_id || query.among || !query.search.empty();
  if (!reads_rows || has_own_index) return kIndexed;
  const std::int64_t from = std::max(query.from_ns.value_or(first), first);
  const std::int64_t to = std::min(query.to_ns.value_or(last), last);
  return (to - from) < (last - first) / 8 ? kIndexed : kRowByRow;
}

// Nothing that starts from there on is asked for.
std::optional<std::int64_t> EndOf(const ConversationQuery& query) {
  if (!query.before || query.order.is_ranked()) return query.to_ns;
  const std::int64_t behind = std::min(query.before->start_ns, INT64_MAX - 1) + 1;
  return std::min(query.to_ns.value_or(behind), behind);
}

auto RankOf(const ListPlace& place) { return std::tie(place.rank, place.start_ns, place.day, place.key); }

}  // namespace

// What the list needs of every day file.
struct Reader::ConversationSearch {
  explicit ConversationSearch(const ConversationQuery& q) : query(q) {}

  std::string KeysSql(const SqlFilter& filter, std::string_view table) const {
    const std::string rank = RankSql(query.order);
    const std::string ordered = query.order.is_ranked() ? rank + " DESC," : "";
    // The first condition lets the index find the place, the second settles equal starts.
    std::string after;
    if (query.before) {
      after = query.order.is_ranked() ? fmt::format(" AND ({},start,?,tkey)<(?,?,?,?)", rank)
                                      : " AND start<=? AND (start,?,tkey)<(?,?,?)";
    }
    return fmt::format("SELECT start,tkey,{} FROM {} WHERE {}{} ORDER BY {}start DESC,tkey DESC LIMIT ?",
                       rank, table, filter.where, after, ordered);
  }

  // With the values that stand behind the filter's.
  Result<Statement> AskKeys(ReadDay& day, const SqlFilter& filter, std::string_view table) const {
    const auto limit = static_cast<std::int64_t>(query.limit);
    const std::string sql = KeysSql(filter, table);
    if (!query.before) return Ask(day, sql, filter, {limit});
    const ListPlace& before = *query.before;
    if (query.order.is_ranked())
      return Ask(day, sql, filter, {day.day, before.rank, before.start_ns, before.day, before.key, limit});
    return Ask(day, sql, filter, {before.start_ns, day.day, before.start_ns, before.day, before.key, limit});
  }

  // No trace of a day whose latest start is that can be among the wanted any more.
  bool IsSettledBefore(std::int64_t last_start) const {
    return !query.order.is_ranked() && found.size() >= query.limit && last_start < found.back().start_ns;
  }

  void Trim() {
    std::sort(found.begin(), found.end(),
              [](const ListPlace& a, const ListPlace& b) { return RankOf(b) < RankOf(a); });
    if (found.size() > query.limit) found.resize(query.limit);
  }

  const ConversationQuery& query;
  std::vector<ListPlace> found;
  std::size_t total = 0;
};

// Nothing of a day that is settled is looked at if its bounds tell how many it has.
Status Reader::SearchConversations(const Bounds& bounds, ConversationSearch& search) {
  if (search.query.search.empty() && !search.query.among && search.IsSettledBefore(bounds.last_start) &&
      TakesAll(bounds, search.query, FilterWithoutSearch(search.query))) {
    if (!search.query.before) search.total = std::min(search.total + bounds.traces, kMaxTracesScanned);
    return OkStatus();
  }
  Result<ReadDay*> day = Day(bounds.day);
  if (!day.ok()) return std::move(day).status();
  const Result<SqlFilter> filter = ConversationFilter(**day, search.query);
  if (!filter.ok()) return filter.status();
  const bool ranked = search.query.order.is_ranked();
  std::string_view table = search.query.before && !ranked
                               ? kIndexed
                               : TableToCount(search.query, bounds.first_start, bounds.last_start);
  if (!search.query.before) {
    const Result<std::size_t> count =
        CountTraces(**day, bounds, search.query, *filter, kMaxTracesScanned - search.total, table);
    if (!count.ok()) return count.status();
    search.total += *count;
    if (*count == 0) return OkStatus();
    if (*count >= kManyFound && !ranked) table = kIndexed;
  }
  if (search.IsSettledBefore(bounds.last_start)) return OkStatus();
  Result<Statement> keys = search.AskKeys(**day, *filter, table);
  if (!keys.ok()) return std::move(keys).status();
  Status status = EachRow(*keys, [&] {
    search.found.push_back({keys->Integer(0), bounds.day, keys->Integer(1), keys->Integer(2)});
  });
  search.Trim();
  return status;
}

Result<TracePage> Reader::ListConversations(const ConversationQuery& query) {
  ConversationSearch search(query);
  Result<std::vector<Bounds>> days = DaysOf(query.project, query.from_ns, EndOf(query));
  if (!days.ok()) return std::move(days).status();
  TracePage page;
  const Nanos begin = Clock::System().MonotonicNow();
  Status searched = EachDay(*days, [&](const Bounds& bounds) {
    if (page.stopped_at_ns) return OkStatus();
    const bool is_late = query.most_time && Clock::System().MonotonicNow() - begin >= *query.most_time;
    // The first day is always looked at, so that who goes on from there comes further.
    if (!is_late || &bounds == &days->front()) return SearchConversations(bounds, search);
    page.stopped_at_ns = bounds.last_start;
    return OkStatus();
  });
  if (!searched.ok()) return searched;
  page.total = search.total;
  for (const ListPlace& place : search.found) {
    if (Status status = AddTrace(place.day, place.key, page.rows); !status.ok()) return status;
    if (page.rows.size() > page.places.size()) page.places.push_back(place);
  }
  return page;
}

}  // namespace repartee::server
