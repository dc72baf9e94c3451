// Sessions and callers over the day files: the calls of one may lie in several.
#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <unordered_map>

#include "repartee/server/limits.h"
#include "repartee/server/model/saturating.h"
#include "repartee/server/store/sqlite/reader.h"

namespace repartee::server {
namespace {

// Of the texts the latest call's: each stands behind its start, twenty digits that sort. Lengths and
// costs may be as large as their type, so they are summed as total() does: sum() would fail.
constexpr char kGroupColumns[] =
    "max(start),min(start),count(*),sum(turns),sum(interrupted),sum(errors),"
    "CAST(total(max(end-start,0)) AS INTEGER),"
    "CASE WHEN max(cost)>=0 THEN CAST(total(max(cost,0)) AS INTEGER) END,max(ub_max),"
    "substr(max(printf('%020d',start)||ifnull(environment,'')),21),"
    "substr(max(printf('%020d',start)||CASE WHEN ifnull(preview_output,'')='' THEN ifnull(preview_input,'') "
    "ELSE preview_output END),21)";

SqlFilter FilterOf(const CallGroupQuery& query, std::string_view column) {
  SqlFilter filter;
  filter.AddScope(query);
  filter.Add(fmt::format("{}>?", column), std::string());
  if (!query.search.empty()) filter.Add(fmt::format("instr(lower({}),lower(?))>0", column), query.search);
  return filter;
}

CallGroup ReadGroup(const Statement& s) {
  return {.id = std::string(s.Text(0)),
          .first_start_ns = s.Integer(2),
          .last_start_ns = s.Integer(1),
          .calls = s.Integer(3),
          .turns = s.Integer(4),
          .interrupted_turns = s.Integer(5),
          .errors = s.Integer(6),
          .length_ns = s.Integer(7),
          .cost = s.Measure(8),
          .ub_latency_max_us = s.Measure(9),
          .environment = std::string(s.Text(10)),
          .last_line = std::string(s.Text(11))};
}

// The days come latest first, so what is known already is later.
void Join(CallGroup& known, CallGroup&& earlier) {
  if (earlier.last_start_ns > known.last_start_ns) {
    std::swap(known.last_start_ns, earlier.last_start_ns);
    std::swap(known.environment, earlier.environment);
    std::swap(known.last_line, earlier.last_line);
  }
  known.first_start_ns = std::min(known.first_start_ns, earlier.first_start_ns);
  known.calls += earlier.calls;
  known.turns += earlier.turns;
  known.interrupted_turns += earlier.interrupted_turns;
  known.errors += earlier.errors;
  Accumulate(known.length_ns, earlier.length_ns);
  if (earlier.cost >= 0) known.cost = SaturatingAdd(std::max<std::int64_t>(known.cost, 0), earlier.cost);
  known.ub_latency_max_us = std::max(known.ub_latency_max_us, earlier.ub_latency_max_us);
}

bool IsLater(const CallGroup& a, const CallGroup& b) {
  return std::tie(b.last_start_ns, b.id) < std::tie(a.last_start_ns, a.id);
}

bool IsBehind(const CallGroup& group, const GroupPlace& place) {
  return std::tie(group.last_start_ns, group.id) < std::tie(place.last_start_ns, place.id);
}

}  // namespace

Result<CallGroupPage> Reader::ListCallGroups(const CallGroupQuery& query) {
  const std::string_view column = query.by == GroupBy::kSession ? "session_id" : "user_id";
  const SqlFilter filter = FilterOf(query, column);
  const std::string sql =
      fmt::format("SELECT {0},{1} FROM trace WHERE {2} GROUP BY {0}", column, kGroupColumns, filter.where);
  Result<std::vector<Bounds>> days = DaysOf(query.project, query.from_ns, query.to_ns);
  if (!days.ok()) return std::move(days).status();
  std::unordered_map<std::string, CallGroup> groups;
  Status status = EachDay(*days, [&](const Bounds& bounds) {
    Result<ReadDay*> day = Day(bounds.day);
    if (!day.ok()) return std::move(day).status();
    Result<Statement> rows = Ask(**day, sql, filter);
    if (!rows.ok()) return std::move(rows).status();
    Status read = EachRow(*rows, [&] {
      CallGroup group = ReadGroup(*rows);
      const auto [known, is_new] = groups.try_emplace(group.id, group);
      if (!is_new) Join(known->second, std::move(group));
    });
    const bool is_too_much = read.ok() && groups.size() > kMaxTracesScanned;
    return is_too_much ? Status::ResourceExhausted("more than {} of them", kMaxTracesScanned) : read;
  });
  if (!status.ok()) return status;
  CallGroupPage page{.rows = {}, .total = groups.size()};
  for (auto& [id, group] : groups) {
    if (!query.behind || IsBehind(group, *query.behind)) page.rows.push_back(std::move(group));
  }
  const auto end = page.rows.begin() + static_cast<std::ptrdiff_t>(std::min(query.limit, page.rows.size()));
  std::partial_sort(page.rows.begin(), end, page.rows.end(), IsLater);
  page.rows.erase(end, page.rows.end());
  return page;
}

}  // namespace repartee::server
