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

// Lengths in whole nanoseconds, both ends included.
struct Lengths {
  std::int64_t least = 0;
  std::int64_t most = std::int64_t{1} << 62;
};

// The least length that `holds`, which goes on to hold for all that are longer.
template <class Holds>
std::int64_t LeastOf(Lengths all, Holds holds) {
  std::int64_t below = all.least - 1;
  while (all.most - below > 1) {
    const std::int64_t middle = below + (all.most - below) / 2;
    std::int64_t& bound = holds(middle) ? all.most : below;
    bound = middle;
  }
  return all.most;
}

// What the tests say of seconds, in nanoseconds: whole numbers are compared in half of the time.
Lengths LengthsOf(const std::vector<LatencyTest>& tests) {
  Lengths fitting;
  for (const LatencyTest& test : tests) {
    const auto seconds = [](std::int64_t ns) { return static_cast<double>(ns) / 1e9; };
    const std::int64_t from = LeastOf({}, [&](std::int64_t ns) { return seconds(ns) >= test.seconds; });
    const std::int64_t behind = LeastOf({}, [&](std::int64_t ns) { return seconds(ns) > test.seconds; });
    const bool is_bounded_below = test.comparison >= Comparison::kEqual;
    const bool is_bounded_above = test.comparison <= Comparison::kEqual;
    const std::int64_t least = test.comparison == Comparison::kGreater ? behind : from;
    const std::int64_t most = test.comparison == Comparison::kLess ? from - 1 : behind - 1;
    if (is_bounded_below) fitting.least = std::max(fitting.least, least);
    if (is_bounded_above) fitting.most = std::min(fitting.most, most);
  }
  return fitting;
}

SqlFilter FilterOf(const TraceQuery& query) {
  SqlFilter filter;
  filter.AddScope(query);
  if (query.name) filter.Add("name=?", *query.name);
  if (query.latencies.empty()) return filter;
  const Lengths lengths = LengthsOf(query.latencies);
  filter.Add("end-start BETWEEN ? AND ?", lengths.least);
  filter.values.emplace_back(lengths.most);
  return filter;
}

}  // namespace

// What one list needs of every day file.
struct Reader::TraceSearch {
  TraceSearch(const TraceQuery& q, const Clock& the_clock)
      : query(q),
        clock(the_clock),
        filter(FilterOf(q)),
        wanted(q.offset + q.limit),
        by_number(q.order == TraceOrder::kTimestamp || q.order == TraceOrder::kPublic) {
    keys_sql = fmt::format("SELECT {0},tkey FROM trace WHERE {1} ORDER BY {0} {2},tkey {2} LIMIT ?",
                           OrderColumn(q.order), filter.where, q.ascending ? "ASC" : "DESC");
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

  // The row's key, by its place in the order, which stands in `column`.
  void Add(const Statement& row, int column, int day, std::int64_t key) {
    found.push_back(
        {by_number ? row.Integer(column) : 0, std::string(by_number ? "" : row.Text(column)), day, key});
  }

  void Trim() {
    std::sort(found.begin(), found.end(), [this](const Found& a, const Found& b) {
      return query.ascending ? a.Rank() < b.Rank() : b.Rank() < a.Rank();
    });
    if (found.size() > wanted) found.resize(wanted);
  }

  bool is_late() const { return clock.MonotonicNow() > deadline; }

  const TraceQuery& query;
  const Clock& clock;
  const SqlFilter filter;
  const std::size_t wanted;
  const bool by_number;
  std::string keys_sql;
  std::vector<Found> found;
  std::size_t total = 0;
  std::size_t scanned = 0;
  const Nanos deadline = clock.MonotonicNow() + kMaxScanTime;
};

// Rows that a test must judge are looked at one by one.
Status Reader::TestTraces(ReadDay& day, TraceSearch& search) {
  Result<Statement> rows =
      Ask(day,
          fmt::format("SELECT {},{} FROM trace WHERE {} ORDER BY start DESC", kTraceColumns,
                      OrderColumn(search.query.order), search.filter.where),
          search.filter);
  if (!rows.ok()) return std::move(rows).status();
  return EachRow(*rows, [&]() -> Result<bool> {
    if (++search.scanned > kMaxTracesScanned || search.is_late())
      return Status::ResourceExhausted("the query looks at too many traces: give a time range");
    const TraceRow row = ReadTraceRow(*rows, day.day);
    const Result<bool> accepted = search.query.accept(row);
    if (!accepted.ok()) return accepted.status();
    if (!*accepted) return true;
    ++search.total;
    search.Add(*rows, kTraceColumnCount, day.day, row.place.key);
    return true;
  });
}

Status Reader::CountAndFindTraces(const Bounds& bounds, ReadDay& day, TraceSearch& search) {
  const Result<std::size_t> count =
      CountTraces(day, bounds, search.query, search.filter, kMaxTracesScanned - search.total);
  if (!count.ok()) return count.status();
  search.total += *count;
  if (search.IsSettledBefore(bounds.last_start)) return OkStatus();
  Result<Statement> keys =
      Ask(day, search.keys_sql, search.filter, {static_cast<std::int64_t>(search.wanted)});
  if (!keys.ok()) return std::move(keys).status();
  return EachRow(*keys, [&] { search.Add(*keys, 0, day.day, keys->Integer(1)); });
}

Status Reader::SearchTraces(const Bounds& bounds, TraceSearch& search) {
  if (!search.query.accept && search.IsSettledBefore(bounds.last_start) &&
      TakesAll(bounds, search.query, search.filter)) {
    search.total = std::min(search.total + bounds.traces, kMaxTracesScanned);
    return OkStatus();
  }
  Result<ReadDay*> day = Day(bounds.day);
  if (!day.ok()) return std::move(day).status();
  Status status = search.query.accept ? TestTraces(**day, search) : CountAndFindTraces(bounds, **day, search);
  search.Trim();
  return status;
}

Result<TracePage> Reader::ListTraces(const TraceQuery& query) {
  TraceSearch search(query, clock_);
  if (search.wanted > kMaxTracesScanned) {
    return Status::ResourceExhausted("page too far back, give a time range");
  }
  Result<std::vector<Bounds>> days = DaysOf(query.project, query.from_ns, query.to_ns);
  if (!days.ok()) return std::move(days).status();
  Status searched = EachDay(*days, [&](const Bounds& bounds) { return SearchTraces(bounds, search); });
  if (!searched.ok()) return searched;
  TracePage page{.rows = {}, .total = search.total};
  for (std::size_t i = query.offset; i < search.found.size(); ++i) {
    Status status = AddTrace(search.found[i].day, search.found[i].key, page.rows);
    if (!status.ok()) return status;
  }
  return page;
}

}  // namespace repartee::server
