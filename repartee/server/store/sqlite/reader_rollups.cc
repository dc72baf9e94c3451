// Roll-ups over the day files, with what is committed and not counted yet.
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "repartee/base/clock.h"
#include "repartee/base/log.h"
#include "repartee/server/limits.h"
#include "repartee/server/model/saturating.h"
#include "repartee/server/store/sqlite/reader.h"
#include "repartee/server/store/sqlite/rollup_cache.h"
#include "repartee/server/store/sqlite/rows.h"
#include "repartee/server/store/sqlite/schema.h"

namespace repartee::server {
namespace {

constexpr std::chrono::seconds kMaxSlowestTime{2};

// All reads of one day see the same state: the rows and the mark that says what they count.
class Snapshot {
 public:
  explicit Snapshot(Database& database) : database_(database), status_(database.Execute("BEGIN")) {}
  ~Snapshot() {
    if (status_.ok() && !database_.Execute("COMMIT").ok()) LogDebug("{}: no snapshot", database_.path());
  }
  const Status& status() const { return status_; }

 private:
  Database& database_;
  const Status status_;
};

// What came last is not counted yet, and too much to be added here.
Status Behind(int day, const RollupQuery& query) {
  if (!query.exact) return OkStatus();
  return Status::FailedPrecondition("the roll-ups of {} are a second behind", day);
}

const RollupRange* RangeWith(const RollupQuery& query, std::int64_t ns) {
  const auto found = std::find_if(query.ranges.begin(), query.ranges.end(), [ns](const RollupRange& range) {
    return ns >= range.from_ns && ns < range.to_ns;
  });
  return found == query.ranges.end() ? nullptr : &*found;
}

}  // namespace

Result<std::map<std::int64_t, Series>> Reader::SeriesOf(ReadDay& day, const RollupQuery& query) {
  SqlFilter filter;
  filter.Add("project=?", query.project);
  filter.AddAnyOf("environment", query.environments);
  Result<Statement> all =
      Ask(day, fmt::format("SELECT id,{} FROM series WHERE {}", kSeriesColumns, filter.where), filter);
  if (!all.ok()) return std::move(all).status();
  std::map<std::int64_t, Series> series;
  Status status = EachRow(*all, [&] { series[all->Integer(0)] = ReadSeries(*all, 1); });
  if (!status.ok()) return status;
  return series;
}

Status Reader::VisitRollups(ReadDay& day, const RollupQuery& query, const RollupVisitor& visit) {
  const Snapshot snapshot(*day.database);
  if (!snapshot.status().ok()) return snapshot.status();
  Result<std::map<std::int64_t, Series>> all = SeriesOf(day, query);
  if (!all.ok()) return std::move(all).status();
  Result<Statement> rows = day.database->Prepare(
      fmt::format("SELECT start,{} FROM rollup WHERE series=? AND resolution=? AND start>=? AND start<?",
                  kRollupColumns));
  if (!rows.ok()) return std::move(rows).status();
  for (const auto& [id, series] : *all) {
    for (const RollupRange& range : query.ranges) {
      const StatementUse use(*rows);
      rows->Bind(1, id);
      rows->Bind(2, static_cast<std::int64_t>(range.resolution));
      rows->Bind(3, range.from_ns);
      rows->Bind(4, range.to_ns);
      Status status = EachRow(*rows, [&, &of = series]() -> Result<bool> {
        const Result<Rollup> rollup = ReadRollup(*rows, 1);
        if (!rollup.ok()) return rollup.status();
        visit(of, rows->Integer(0), *rollup);
        return true;
      });
      if (!status.ok()) return status;
    }
  }
  return VisitUncounted(day, query, *all, visit);
}

// The spans of the last second, one by one.
Status Reader::VisitUncounted(ReadDay& day, const RollupQuery& query,
                              const std::map<std::int64_t, Series>& series, const RollupVisitor& visit) {
  Result<std::int64_t> upto =
      day.database->QueryInteger(fmt::format("SELECT value FROM meta WHERE name='{}'", kRollupsUpto), 0);
  if (!upto.ok()) return std::move(upto).status();
  Result<std::optional<std::set<std::int64_t>>> keys = KeysAfter(day, *upto, kMaxBatchesNotCounted);
  if (!keys.ok()) return std::move(keys).status();
  if (!*keys) return Behind(day.day, query);
  Result<Statement> spans = day.database->Prepare(
      fmt::format("SELECT {},series FROM span WHERE tkey=? AND batch>? LIMIT ?", kSpanColumns));
  if (!spans.ok()) return std::move(spans).status();
  std::size_t seen = 0;
  for (const std::int64_t key : **keys) {
    const StatementUse use(*spans);
    spans->Bind(1, key);
    spans->Bind(2, *upto);
    spans->Bind(3, static_cast<std::int64_t>(kMaxSpansNotCounted - seen + 1));
    Status status = EachRow(*spans, [&] {
      ++seen;
      const SpanFacts facts = ReadSpanRow(*spans).facts;
      const auto of = series.find(spans->Measure(kSpanColumnCount));
      const RollupRange* const range = RangeWith(query, facts.start_ns);
      if (of == series.end() || range == nullptr || !IsCounted(facts)) return;
      Rollup one;
      one.Add(facts);
      visit(of->second, BucketOf(range->resolution, facts.start_ns), one);
    });
    if (!status.ok()) return status;
    if (seen > kMaxSpansNotCounted) return Behind(day.day, query);
  }
  return OkStatus();
}

Status Reader::ReadRollups(const RollupQuery& query, const RollupVisitor& visit) {
  if (query.ranges.empty()) return OkStatus();
  Result<std::vector<Bounds>> days =
      DaysOfSpans(query.project, query.ranges.front().from_ns, query.ranges.back().to_ns);
  if (!days.ok()) return std::move(days).status();
  return EachDay(*days, [&](const Bounds& bounds) {
    Result<ReadDay*> day = Day(bounds.day);
    return day.ok() ? VisitRollups(**day, query, visit) : std::move(day).status();
  });
}

// Without an upper end the slowest turns are in the calls whose slowest turn is slowest; else in any call
// that may reach into the range.
Status Reader::AddSlowest(const Bounds& bounds, const ReplyQuery& query, std::vector<SlowTurn>& found) {
  Result<ReadDay*> day = Day(bounds.day);
  if (!day.ok()) return std::move(day).status();
  VoiceQuery calls = query.range;
  if (query.to_us) {
    calls.from_ns = SaturatingAdd(calls.from_ns, -bounds.longest_ns);
    calls.to_ns = SaturatingAdd(calls.to_ns, bounds.lead_ns);
  }
  SqlFilter filter = FilterOf(calls);
  filter.Add("ub_max>=?", query.from_us);
  const std::string sql = fmt::format(
      "SELECT trace.trace_id,turn.span_id,turn.number,turn.start,turn.ub_latency FROM turn JOIN trace "
      "ON trace.tkey=turn.tkey WHERE turn.tkey IN (SELECT tkey FROM trace WHERE {} "
      "ORDER BY ub_max DESC LIMIT ?) AND turn.ub_latency>=? AND turn.ub_latency<? AND turn.start>=? AND "
      "turn.start<? ORDER BY turn.ub_latency DESC LIMIT ?",
      filter.where);
  const auto most = static_cast<std::int64_t>(query.limit);
  constexpr std::int64_t kAny = -1;
  constexpr std::int64_t kNoEnd = std::numeric_limits<std::int64_t>::max();
  Result<Statement> turns = Ask(**day, sql, filter,
                                {query.to_us ? kAny : most, query.from_us, query.to_us.value_or(kNoEnd),
                                 query.range.from_ns, query.range.to_ns, most});
  if (!turns.ok()) return std::move(turns).status();
  return EachRow(*turns, [&] {
    found.push_back({.trace = TraceId::FromBytes(turns->Blob(0)).value_or(TraceId{}),
                     .span = static_cast<SpanId>(turns->Integer(1)),
                     .number = static_cast<std::int32_t>(turns->Measure(2)),
                     .start_ns = turns->Integer(3),
                     .reply_us = turns->Integer(4)});
  });
}

Result<std::vector<SlowTurn>> Reader::SlowestTurns(const ReplyQuery& query) {
  const VoiceQuery& range = query.range;
  Result<std::vector<Bounds>> days = DaysOfSpans(range.project, range.from_ns, range.to_ns);
  if (!days.ok()) return std::move(days).status();
  const Nanos deadline = Clock::System().MonotonicNow() + kMaxSlowestTime;
  std::vector<SlowTurn> found;
  Status status = EachDay(*days, [&](const Bounds& bounds) {
    if (Clock::System().MonotonicNow() > deadline) return OkStatus();
    Status added = AddSlowest(bounds, query, found);
    std::sort(found.begin(), found.end(),
              [](const SlowTurn& a, const SlowTurn& b) { return a.reply_us > b.reply_us; });
    if (found.size() > query.limit) found.resize(query.limit);
    return added;
  });
  if (!status.ok()) return status;
  return found;
}

}  // namespace repartee::server
