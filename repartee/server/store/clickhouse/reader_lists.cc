// Lists of traces, conversations, sessions and groups of calls.
#include <fmt/format.h>

#include <algorithm>

#include "repartee/base/clock.h"
#include "repartee/server/limits.h"
#include "repartee/server/store/clickhouse/conditions.h"
#include "repartee/server/store/clickhouse/reader.h"
#include "repartee/server/store/clickhouse/trace_rows.h"

namespace repartee::server::clickhouse {
namespace {

// No text comes before every text, as in the embedded store.
std::string OrderOf(const TraceQuery& query) {
  constexpr std::string_view kColumns[] = {"start",
                                           "ifNull(name, '')",
                                           "ifNull(user_id, '')",
                                           "ifNull(session_id, '')",
                                           "ifNull(release, '')",
                                           "ifNull(app_version, '')",
                                           "is_public",
                                           "trace_id"};
  const std::string_view direction = query.ascending ? "ASC" : "DESC";
  return fmt::format("{0} {1}, trace_key {1}, trace_id {1}", kColumns[static_cast<std::size_t>(query.order)],
                     direction);
}

Conditions ConditionsFor(const TraceQuery& query) {
  Conditions conditions = ConditionsOf(static_cast<const TraceScope&>(query));
  conditions.AddText("name", query.name);
  for (const LatencyTest& test : query.latencies) {
    constexpr std::string_view kSigns[] = {"<", "<=", "=", ">=", ">"};
    conditions.Add(fmt::format("end >= start AND (end - start) / 1e9 {} {}",
                               kSigns[static_cast<std::size_t>(test.comparison)], test.seconds));
  }
  return conditions;
}

// FROM and WHERE.
std::string SourceOf(const TraceScope& scope, const Conditions& conditions) {
  return fmt::format("FROM {} WHERE {}", TraceSource(scope.project, scope.from_ns, scope.to_ns),
                     conditions.Text());
}

std::string CountOf(const std::string& source) {
  return fmt::format("SELECT toUInt64(count()) FROM (SELECT trace_key {} LIMIT {})", source,
                     kMaxTracesScanned);
}

CallGroup ReadGroup(RowReader& rows) {
  CallGroup group;
  group.id = rows.TakeString();
  group.first_start_ns = rows.TakeInt64();
  group.last_start_ns = rows.TakeInt64();
  group.calls = rows.TakeInt64();
  group.turns = rows.TakeInt64();
  group.interrupted_turns = rows.TakeInt64();
  group.errors = rows.TakeInt64();
  group.length_ns = rows.TakeInt64();
  group.cost = rows.TakeInt64();
  group.ub_latency_max_us = rows.TakeInt64();
  group.environment = rows.TakeString();
  group.last_line = rows.TakeString();
  return group;
}

}  // namespace

// Rows that a test must judge are looked at one by one.
Result<TracePage> Reader::TestTraces(const TraceQuery& query, const std::string& source) {
  const Nanos deadline = Clock::System().MonotonicNow() + kMaxScanTime;
  const Result<std::vector<TraceRow>> rows = SelectTraces(fmt::format(
      "SELECT {} {} ORDER BY {} LIMIT {}", kTraceRowColumns, source, OrderOf(query), kMaxTracesScanned + 1));
  if (!rows.ok()) return rows.status();
  TracePage page;
  std::size_t scanned = 0;
  for (const TraceRow& row : *rows) {
    if (++scanned > kMaxTracesScanned || Clock::System().MonotonicNow() > deadline)
      return Status::ResourceExhausted("the query looks at too many traces: give a time range");
    const Result<bool> accepted = query.accept(row);
    if (!accepted.ok()) return accepted.status();
    if (!*accepted) continue;
    if (page.total >= query.offset && page.rows.size() < query.limit) page.rows.push_back(row);
    ++page.total;
  }
  return page;
}

Result<TracePage> Reader::ListTraces(const TraceQuery& query) {
  if (query.offset + query.limit > kMaxTracesScanned)
    return Status::ResourceExhausted("page too far back, give a time range");
  const std::string source = SourceOf(query, ConditionsFor(query));
  if (query.accept) return TestTraces(query, source);
  const Result<std::size_t> total = SelectCount(CountOf(source));
  if (!total.ok()) return total.status();
  Result<std::vector<TraceRow>> rows =
      SelectTraces(fmt::format("SELECT {} {} ORDER BY {} LIMIT {}, {}", kTraceRowColumns, source,
                               OrderOf(query), query.offset, query.limit));
  if (!rows.ok()) return std::move(rows).status();
  return TracePage{.rows = *std::move(rows), .total = *total};
}

Result<TracePage> Reader::ListConversations(const ConversationQuery& query) {
  Conditions conditions = ConditionsOf(query);
  TracePage page;
  if (query.before) {
    const auto key = static_cast<std::uint64_t>(query.before->key);
    conditions.Add(
        fmt::format("(start < {0} OR (start = {0} AND trace_key < {1}))", query.before->start_ns, key));
  } else {
    const Result<std::size_t> total = SelectCount(CountOf(SourceOf(query, conditions)));
    if (!total.ok()) return total.status();
    page.total = *total;
  }
  Result<std::vector<TraceRow>> rows =
      SelectTraces(fmt::format("SELECT {} {} ORDER BY start DESC, trace_key DESC LIMIT {}", kTraceRowColumns,
                               SourceOf(query, conditions), query.limit));
  if (!rows.ok()) return std::move(rows).status();
  page.rows = *std::move(rows);
  return page;
}

Result<ServiceCounts> Reader::CountServices(const ConversationQuery& query) {
  const std::string newest = fmt::format("SELECT trace_id {} ORDER BY start DESC LIMIT {}",
                                         SourceOf(query, ConditionsOf(query)), kMaxConversationsForServices);
  const Result<std::size_t> looked_at =
      SelectCount(fmt::format("SELECT toUInt64(count()) FROM ({})", newest));
  if (!looked_at.ok()) return looked_at.status();
  Result<std::string> answer = client_.Select(fmt::format(
      "SELECT stage, {} AS label, toInt64(uniqExact(trace_id)) FROM {} WHERE stage >= {} AND label != '' "
      "AND trace_id IN ({}) GROUP BY stage, label ORDER BY stage, label",
      kServiceLabel, SpanSource(query.project, query.from_ns, std::nullopt), static_cast<int>(Stage::kStt),
      newest));
  if (!answer.ok()) return std::move(answer).status();
  ServiceCounts counts{.services = {}, .conversations = static_cast<std::int64_t>(*looked_at)};
  RowReader rows(*answer);
  while (!rows.AtEnd()) {
    const auto stage = static_cast<Stage>(std::min<std::uint8_t>(rows.TakeUInt8(), 5));
    std::string label(rows.TakeString());
    counts.services.push_back({stage, std::move(label), rows.TakeInt64()});
  }
  if (!rows.status().ok()) return rows.status();
  return counts;
}

Result<SessionPage> Reader::ListSessions(const SessionQuery& query) {
  Conditions fits;
  fits.AddRange("first", query.from_ns, query.to_ns);
  fits.AddAnyOf("said_environment", query.environments);
  const std::string source = fmt::format(
      "FROM (SELECT assumeNotNull(session_id) AS id, min(start) AS first, "
      "toString(argMin(environment, start)) AS said_environment FROM {} WHERE is_deleted = 0 AND "
      "isNotNull(session_id) GROUP BY id) "
      "WHERE {}",
      TraceSource(query.project, std::nullopt, query.to_ns), fits.Text());
  const Result<std::size_t> total = SelectCount(fmt::format("SELECT toUInt64(count()) {}", source));
  if (!total.ok()) return total.status();
  Result<std::string> answer = client_.Select(
      fmt::format("SELECT id, first, said_environment {} ORDER BY first DESC, id DESC LIMIT {}, {}", source,
                  query.offset, query.limit));
  if (!answer.ok()) return std::move(answer).status();
  SessionPage page{.rows = {}, .total = *total};
  RowReader rows(*answer);
  while (!rows.AtEnd()) {
    SessionRow& row = page.rows.emplace_back();
    row.id = rows.TakeString();
    row.first_start_ns = rows.TakeInt64();
    row.environment = rows.TakeString();
  }
  if (!rows.status().ok()) return rows.status();
  return page;
}

Result<CallGroupPage> Reader::ListCallGroups(const CallGroupQuery& query) {
  const std::string column =
      fmt::format("ifNull({}, '')", query.by == GroupBy::kSession ? "session_id" : "user_id");
  Conditions conditions = ConditionsOf(static_cast<const TraceScope&>(query));
  conditions.Add(fmt::format("{} != ''", column));
  if (!query.search.empty())
    conditions.Add(fmt::format("position(lower({}), lower({})) > 0", column, SqlText(query.search)));
  const std::string groups = fmt::format(
      "(SELECT {} AS id, min(start) AS first, max(start) AS last, toInt64(count()) AS calls, sum(turns) AS "
      "all_turns, "
      "sum(interrupted) AS cut, sum(errors) AS faults, sum(if(end > start, end - start, 0)) AS length, "
      "if(max(cost) < 0, toInt64(-1), sum(if(cost < 0, toInt64(0), cost))) AS price, max(ub_max) AS slowest, "
      "toString(argMax(environment, start)) AS said_environment, "
      "argMax(if(preview_output = '', preview_input, preview_output), start) AS line {} GROUP BY id)",
      column, SourceOf(query, conditions));
  const Result<std::size_t> total = SelectCount(fmt::format("SELECT toUInt64(count()) FROM {}", groups));
  if (!total.ok()) return total.status();
  Conditions behind;
  if (query.behind)
    behind.Add(fmt::format("(last < {0} OR (last = {0} AND id < {1}))", query.behind->last_start_ns,
                           SqlText(query.behind->id)));
  Result<std::string> answer = client_.Select(fmt::format(
      "SELECT id, first, last, calls, all_turns, cut, faults, toInt64(length), toInt64(price), slowest, "
      "said_environment, line FROM {} WHERE {} ORDER BY last DESC, id DESC LIMIT {}",
      groups, behind.Text(), query.limit));
  if (!answer.ok()) return std::move(answer).status();
  CallGroupPage page{.rows = {}, .total = *total};
  RowReader rows(*answer);
  while (!rows.AtEnd()) page.rows.push_back(ReadGroup(rows));
  if (!rows.status().ok()) return rows.status();
  return page;
}

}  // namespace repartee::server::clickhouse
