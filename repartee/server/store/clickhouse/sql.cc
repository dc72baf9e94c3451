#include "repartee/server/store/clickhouse/sql.h"

#include <fmt/format.h>

#include <chrono>
#include <utility>

#include "repartee/server/store/clickhouse/trace_rows.h"

namespace repartee::server::clickhouse {
namespace {

// "(a,b,c)" of what `text` makes of each.
template <class Item, class Text>
std::string SqlList(const std::vector<Item>& items, Text text) {
  std::string list = "(";
  for (const Item& item : items) list += (list.size() > 1 ? "," : "") + text(item);
  return list + ")";
}

}  // namespace

// By the key, which is in the tables' order, and by the whole id, since two may share a key.
std::string TracesAmong(const std::vector<TraceId>& traces) {
  return fmt::format("trace_key IN {} AND trace_id IN {}",
                     SqlList(traces, [](const TraceId& id) { return std::to_string(TraceKey(id)); }),
                     SqlList(traces, [](const TraceId& id) { return SqlText(id.Bytes()); }));
}

std::string SqlDay(std::uint16_t day) {
  const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{day}}};
  return fmt::format("'{:04}-{:02}-{:02}'", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

Result<std::vector<std::uint16_t>> DaysOf(Client& client, ProjectKey project,
                                          const std::vector<TraceId>& traces) {
  Result<std::string> answer = client.Select(fmt::format(
      "SELECT DISTINCT day FROM trace_day WHERE project = {} AND {}", project, TracesAmong(traces)));
  if (!answer.ok()) return std::move(answer).status();
  std::vector<std::uint16_t> days;
  RowReader rows(*answer);
  while (!rows.AtEnd()) days.push_back(rows.TakeUInt16());
  if (!rows.status().ok()) return rows.status();
  return days;
}

Result<std::map<std::string, std::int64_t>> DeletionsOf(Client& client, ProjectKey project,
                                                        const std::vector<TraceId>& traces) {
  Result<std::string> answer = client.Select(
      fmt::format("SELECT trace_id, max(at) FROM deletion WHERE project = {} AND {} GROUP BY trace_id",
                  project, TracesAmong(traces)));
  if (!answer.ok()) return std::move(answer).status();
  std::map<std::string, std::int64_t> deletions;
  RowReader rows(*answer);
  while (!rows.AtEnd()) {
    const std::string id(rows.TakeFixedString(16));
    deletions[id] = rows.TakeInt64();
  }
  if (!rows.status().ok()) return rows.status();
  return deletions;
}

std::string SpansWhere(ProjectKey project, const std::vector<TraceId>& traces,
                       const std::vector<std::uint16_t>& days) {
  return fmt::format("project = {} AND day IN {} AND {}", project, SqlList(days, SqlDay),
                     TracesAmong(traces));
}

Result<std::vector<StoredSpan>> ReadSpans(Client& client, std::string_view where, std::size_t most) {
  Result<std::string> answer = client.Select(
      fmt::format("SELECT {} FROM span WHERE {} ORDER BY trace_id, span_id, rank DESC, taken DESC "
                  "LIMIT 1 BY trace_id, span_id LIMIT {}",
                  kStoredColumns, where, most));
  if (!answer.ok()) return std::move(answer).status();
  std::vector<StoredSpan> spans;
  RowReader rows(*answer);
  while (!rows.AtEnd()) spans.push_back(ReadStoredSpan(rows));
  if (!rows.status().ok()) return rows.status();
  return spans;
}

Result<std::vector<TraceRow>> ReadTraces(Client& client, ProjectKey project,
                                         const std::vector<TraceId>& traces) {
  std::vector<TraceRow> found;
  if (traces.empty()) return found;
  const Result<std::vector<std::uint16_t>> days = DaysOf(client, project, traces);
  if (!days.ok()) return days.status();
  if (days->empty()) return found;
  Result<std::string> answer = client.Select(
      fmt::format("SELECT {} FROM (SELECT * FROM trace WHERE {} ORDER BY trace_key, trace_id, version DESC "
                  "LIMIT 1 BY trace_key, trace_id) WHERE is_deleted = 0",
                  kTraceRowColumns, SpansWhere(project, traces, *days)));
  if (!answer.ok()) return std::move(answer).status();
  RowReader rows(*answer);
  while (!rows.AtEnd()) found.push_back(ReadTraceRow(rows));
  if (!rows.status().ok()) return rows.status();
  return found;
}

}  // namespace repartee::server::clickhouse
