// The dashboard's list over the day files.
#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "repartee/server/limits.h"
#include "repartee/server/store/sqlite/reader.h"
#include "repartee/server/store/sqlite/rows.h"

namespace repartee::server {
namespace {

auto RankOf(const ListPlace& place) { return std::tie(place.start_ns, place.day, place.key); }

}  // namespace

// What the list needs of every day file.
struct Reader::ConversationSearch {
  explicit ConversationSearch(const ConversationQuery& q) : query(q) {}

  std::string KeysSql(const SqlFilter& filter) const {
    // The first condition lets the index find the place, the second settles equal starts.
    const std::string_view after = query.before ? " AND start<=? AND (start,?,tkey)<(?,?,?)" : "";
    return fmt::format("SELECT start,tkey FROM trace WHERE {}{} ORDER BY start DESC,tkey DESC LIMIT ?",
                       filter.where, after);
  }

  // Binds what stands behind the filter.
  void BindPlace(Statement& keys, int index, int day) const {
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
  std::vector<ListPlace> found;
  std::size_t total = 0;
};

Status Reader::SearchConversations(const Bounds& bounds, ConversationSearch& search) {
  Result<ReadDay*> day = Day(bounds.day);
  if (!day.ok()) return std::move(day).status();
  const Result<SqlFilter> filter = ConversationFilter(**day, search.query);
  if (!filter.ok()) return filter.status();
  const int next = static_cast<int>(filter->values.size()) + 1;
  if (!search.query.before) {
    Result<Statement> count = (*day)->database->Prepare(
        fmt::format("SELECT count(*) FROM (SELECT 1 FROM trace WHERE {} LIMIT ?)", filter->where));
    if (!count.ok()) return std::move(count).status();
    filter->Bind(*count, 1);
    count->Bind(next, static_cast<std::int64_t>(kMaxTracesScanned - search.total));
    if (Result<bool> row = count->Step(); !row.ok()) return std::move(row).status();
    search.total += static_cast<std::size_t>(count->Integer(0));
  }
  if (search.IsSettledBefore(bounds.last_start)) return OkStatus();
  Result<Statement> keys = (*day)->database->Prepare(search.KeysSql(*filter));
  if (!keys.ok()) return std::move(keys).status();
  filter->Bind(*keys, 1);
  search.BindPlace(*keys, next, bounds.day);
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
