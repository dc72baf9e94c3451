// Lists of traces over the day files.
#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "repartee/base/clock.h"
#include "repartee/server/limits.h"
#include "repartee/server/store/sqlite/reader.h"
#include "repartee/server/store/sqlite/rows.h"

namespace repartee::server {
namespace {

std::string_view OrderColumn(TraceOrder order) {
  constexpr std::string_view kColumns[] = {"start",   "name",    "user_id", "session_id",
                                           "release", "version", "public",  "hex(trace_id)"};
  return kColumns[static_cast<std::size_t>(order)];
}

SqlFilter FilterOf(const TraceQuery& query) {
  SqlFilter filter;
  filter.Add("project=?", query.project);
  if (query.from_ns) filter.Add("start>=?", *query.from_ns);
  if (query.to_ns) filter.Add("start<?", *query.to_ns);
  if (query.name) filter.Add("name=?", *query.name);
  if (query.user_id) filter.Add("user_id=?", *query.user_id);
  if (query.session_id) filter.Add("session_id=?", *query.session_id);
  if (query.version) filter.Add("version=?", *query.version);
  if (query.release) filter.Add("release=?", *query.release);
  for (const std::string& tag : query.tags) filter.Add("instr(tags,?)>0", TagPattern(tag));
  filter.AddAnyOf("environment", query.environments);
  return filter;
}

}  // namespace

// What one list needs of every day file.
struct Reader::TraceSearch {
  explicit TraceSearch(const TraceQuery& q)
      : query(q),
        filter(FilterOf(q)),
        wanted(q.offset + q.limit),
        by_number(q.order == TraceOrder::kTimestamp || q.order == TraceOrder::kPublic),
        next(static_cast<int>(filter.values.size()) + 1) {
    keys_sql = fmt::format("SELECT {0},tkey FROM trace WHERE {1} ORDER BY {0} {2},tkey {2} LIMIT ?",
                           OrderColumn(q.order), filter.where, q.ascending ? "ASC" : "DESC");
    count_sql = fmt::format("SELECT count(*) FROM (SELECT 1 FROM trace WHERE {} LIMIT ?)", filter.where);
  }

  struct Found {
    std::int64_t number = 0;
    std::string text;
    int day = 0;
    std::int64_t key = 0;
    auto Rank() const { return std::tie(number, text, day, key); }
  };

  // No trace of a day whose latest start is that can be among the wanted any more.
  bool IsSettledBefore(std::int64_t last_start) const {
    const bool newest_first = query.order == TraceOrder::kTimestamp && !query.ascending;
    return newest_first && found.size() >= wanted && last_start < found.back().number;
  }

  void Trim() {
    std::sort(found.begin(), found.end(), [this](const Found& a, const Found& b) {
      return query.ascending ? a.Rank() < b.Rank() : b.Rank() < a.Rank();
    });
    if (found.size() > wanted) found.resize(wanted);
  }

  const TraceQuery& query;
  const SqlFilter filter;
  const std::size_t wanted;
  const bool by_number;
  const int next;  // the parameter behind the filter's
  std::string keys_sql;
  std::string count_sql;
  std::vector<Found> found;
  std::size_t total = 0;
  std::size_t scanned = 0;
  const Nanos deadline = Clock::System().MonotonicNow() + kMaxScanTime;
};

// Rows that a test must judge are looked at one by one.
Status Reader::TestTraces(const Bounds& bounds, TraceSearch& search) {
  Result<ReadDay*> day = Day(bounds.day);
  if (!day.ok()) return std::move(day).status();
  Result<Statement> rows = (*day)->database->Prepare(
      fmt::format("SELECT {},{} FROM trace WHERE {} ORDER BY start DESC", kTraceColumns,
                  OrderColumn(search.query.order), search.filter.where));
  if (!rows.ok()) return std::move(rows).status();
  search.filter.Bind(*rows, 1);
  while (true) {
    Result<bool> more = rows->Step();
    if (!more.ok()) return std::move(more).status();
    if (!*more) break;
    if (++search.scanned > kMaxTracesScanned || Clock::System().MonotonicNow() > search.deadline)
      return Status::ResourceExhausted("the query looks at too many traces: give a time range");
    const TraceRow row = ReadTraceRow(*rows, bounds.day);
    const Result<bool> accepted = search.query.accept(row);
    if (!accepted.ok()) return accepted.status();
    if (!*accepted) continue;
    ++search.total;
    search.found.push_back({search.by_number ? rows->Integer(kTraceColumnCount) : 0,
                            std::string(search.by_number ? "" : rows->Text(kTraceColumnCount)), bounds.day,
                            row.place.key});
  }
  search.Trim();
  return OkStatus();
}

Status Reader::SearchTraces(const Bounds& bounds, TraceSearch& search) {
  if (search.query.accept) return TestTraces(bounds, search);
  Result<ReadDay*> day = Day(bounds.day);
  if (!day.ok()) return std::move(day).status();
  Result<Statement> count = (*day)->database->Prepare(search.count_sql);
  if (!count.ok()) return std::move(count).status();
  search.filter.Bind(*count, 1);
  count->Bind(search.next, static_cast<std::int64_t>(kMaxTracesScanned - search.total));
  if (Result<bool> row = count->Step(); !row.ok()) return std::move(row).status();
  search.total += static_cast<std::size_t>(count->Integer(0));
  if (search.IsSettledBefore(bounds.last_start)) return OkStatus();
  Result<Statement> keys = (*day)->database->Prepare(search.keys_sql);
  if (!keys.ok()) return std::move(keys).status();
  search.filter.Bind(*keys, 1);
  keys->Bind(search.next, static_cast<std::int64_t>(search.wanted));
  while (true) {
    Result<bool> more = keys->Step();
    if (!more.ok()) return std::move(more).status();
    if (!*more) break;
    search.found.push_back({search.by_number ? keys->Integer(0) : 0,
                            std::string(search.by_number ? "" : keys->Text(0)), bounds.day,
                            keys->Integer(1)});
  }
  search.Trim();
  return OkStatus();
}

Result<TracePage> Reader::ListTraces(const TraceQuery& query) {
  TraceSearch search(query);
  if (search.wanted > kMaxTracesScanned) {
    return Status::ResourceExhausted("page too far back, give a time range");
  }
  Result<std::vector<Bounds>> days = DaysOf(query.project, query.from_ns, query.to_ns);
  if (!days.ok()) return std::move(days).status();
  for (const Bounds& bounds : *days) {
    if (Status status = SearchTraces(bounds, search); !status.ok()) return status;
  }
  TracePage page{.rows = {}, .total = search.total};
  for (std::size_t i = query.offset; i < search.found.size(); ++i) {
    Result<ReadDay*> day = Day(search.found[i].day);
    if (!day.ok()) return std::move(day).status();
    Result<std::optional<TraceRow>> row = TraceByKey(**day, search.found[i].key);
    if (!row.ok()) return std::move(row).status();
    if (*row) page.rows.push_back(**std::move(row));
  }
  return page;
}

}  // namespace repartee::server
