#include "repartee/server/store/clickhouse/trace_update.h"

#include <fmt/format.h>

#include <map>

#include "repartee/server/model/hash.h"
#include "repartee/server/store/clickhouse/sql.h"
#include "repartee/server/store/clickhouse/trace_rows.h"

namespace repartee::server::clickhouse {
namespace {

// Traces that are made anew by one question.
constexpr std::size_t kTracesAtATime = 200;

// Some traces of one project, as the server has them.
struct Known {
  std::vector<std::uint16_t> days;
  std::map<std::string, std::int64_t> deletions;
  std::vector<StoredSpan> spans;  // by trace; those that count
};

Result<Known> ReadKnown(Client& client, ProjectKey project, const std::vector<TraceId>& traces) {
  Known known;
  Result<std::vector<std::uint16_t>> days = DaysOf(client, project, traces);
  if (!days.ok()) return std::move(days).status();
  known.days = *std::move(days);
  if (known.days.empty()) return known;
  Result<std::map<std::string, std::int64_t>> deletions = DeletionsOf(client, project, traces);
  if (!deletions.ok()) return std::move(deletions).status();
  known.deletions = *std::move(deletions);
  Result<std::vector<StoredSpan>> spans = ReadSpans(client, SpansWhere(project, traces, known.days));
  if (!spans.ok()) return std::move(spans).status();
  known.spans = *std::move(spans);
  std::erase_if(known.spans, [&known](const StoredSpan& span) {
    const auto deleted = known.deletions.find(span.record.trace_id.Bytes());
    return deleted != known.deletions.end() && span.taken_ns <= deleted->second;
  });
  return known;
}

// The rows of `known`, and one for each deleted trace of which nothing is left.
std::vector<TraceChange> AddTraces(ProjectKey project, Known known, std::uint64_t version, RowWriter& rows) {
  std::vector<TraceChange> changes;
  std::vector<StoredSpan>& spans = known.spans;
  for (std::size_t from = 0; from < spans.size();) {
    std::vector<StoredSpan> one;
    const TraceId id = spans[from].record.trace_id;
    for (; from < spans.size() && spans[from].record.trace_id == id; ++from)
      one.push_back(std::move(spans[from]));
    const LiveTrace trace = BuildTrace(std::move(one));
    AddTraceRow(rows, trace, version);
    changes.push_back({project, id, 0, trace.row.complete});
    known.deletions.erase(id.Bytes());
  }
  for (const auto& [bytes, at] : known.deletions) {
    const std::optional<TraceId> id = TraceId::FromBytes(bytes);
    if (!id) continue;
    for (const std::uint16_t day : known.days) AddDeletedTraceRow(rows, project, *id, day, version);
    changes.push_back({project, *id, 0, true});
  }
  return changes;
}

Status InsertTraces(Client& client, RowWriter rows) {
  if (rows.bytes().empty()) return OkStatus();
  const std::string token = TokenOf(rows.bytes());
  return client.Insert("trace", fmt::format("{},{}", kTraceRowColumns, kTurnColumns),
                       std::move(rows).TakeBytes(), token);
}

Status UpdateSome(Client& client, ProjectKey project, const std::vector<TraceId>& traces, RisingTime& time,
                  std::vector<TraceChange>& changes) {
  // Taken before the question: whoever asks later has seen as much, and its row wins.
  const auto version = static_cast<std::uint64_t>(time.Take(1));
  Result<Known> known = ReadKnown(client, project, traces);
  if (!known.ok()) return std::move(known).status();
  RowWriter rows;
  const std::vector<TraceChange> some = AddTraces(project, *std::move(known), version, rows);
  changes.insert(changes.end(), some.begin(), some.end());
  return InsertTraces(client, std::move(rows));
}

}  // namespace

std::string TokenOf(std::string_view rows) {
  return fmt::format("repartee-{:016x}-{}", Hash64(rows, 0), rows.size());
}

Result<TraceSet> TracesOf(std::string_view day_rows) {
  TraceSet traces;
  RowReader rows(day_rows);
  while (!rows.AtEnd()) {
    const ProjectKey project = rows.TakeInt64();
    rows.TakeUInt64();  // the key, which the id tells
    std::string id(rows.TakeFixedString(16));
    rows.TakeUInt16();
    if (rows.status().ok()) traces.emplace(project, std::move(id));
  }
  if (!rows.status().ok()) return rows.status();
  return traces;
}

Result<std::vector<TraceChange>> UpdateTraces(Client& client, const TraceSet& traces, RisingTime& time) {
  std::vector<TraceChange> changes;
  for (auto next = traces.begin(); next != traces.end();) {
    const ProjectKey project = next->first;
    std::vector<TraceId> ids;
    for (; next != traces.end() && next->first == project && ids.size() < kTracesAtATime; ++next) {
      if (const std::optional<TraceId> id = TraceId::FromBytes(next->second)) ids.push_back(*id);
    }
    if (ids.empty()) continue;
    if (Status status = UpdateSome(client, project, ids, time, changes); !status.ok()) return status;
  }
  return changes;
}

Status EndTraces(Client& client, ProjectKey project, const std::vector<TraceId>& traces, RisingTime& time) {
  if (traces.empty()) return OkStatus();
  const std::int64_t now_ns = time.Take(1);
  RowWriter rows;
  TraceSet ended;
  for (const TraceId& id : traces) {
    rows.AddInt64(project);
    rows.AddUInt64(TraceKey(id));
    rows.AddFixedString(id.Bytes());
    rows.AddInt64(now_ns);
    ended.emplace(project, id.Bytes());
  }
  const std::string token = TokenOf(rows.bytes());
  Status status =
      client.Insert("deletion", "project,trace_key,trace_id,at", std::move(rows).TakeBytes(), token);
  if (!status.ok()) return status;
  if (Result<std::vector<TraceChange>> changes = UpdateTraces(client, ended, time); !changes.ok())
    return std::move(changes).status();
  return client.Execute(fmt::format("ALTER TABLE span DELETE WHERE project = {} AND {} AND taken <= {}",
                                    project, TracesAmong(traces), now_ns));
}

Status RemoveBefore(Client& client, ProjectKey project, int first_day) {
  const std::string where = fmt::format("project = {} AND toYYYYMMDD(day) < {}", project, first_day);
  // A deletion rewrites parts of a table: not for nothing.
  Result<std::string> answer =
      client.Select(fmt::format("SELECT toUInt64(count()) FROM trace_day WHERE {}", where));
  if (!answer.ok()) return std::move(answer).status();
  if (RowReader(*answer).TakeUInt64() == 0) return OkStatus();
  for (const char* const table : {"span", "trace", "trace_day"}) {
    Status status = client.Execute(fmt::format("ALTER TABLE {} DELETE WHERE {}", table, where));
    if (!status.ok()) return status;
  }
  return OkStatus();
}

}  // namespace repartee::server::clickhouse
