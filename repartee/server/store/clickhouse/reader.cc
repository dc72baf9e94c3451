#include "repartee/server/store/clickhouse/reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "repartee/server/limits.h"
#include "repartee/server/store/clickhouse/conditions.h"
#include "repartee/server/store/clickhouse/trace_rows.h"

namespace repartee::server::clickhouse {
namespace {

std::uint64_t KeyOf(const TracePlace& trace) { return static_cast<std::uint64_t>(trace.key); }

}  // namespace

Result<std::vector<TraceRow>> Reader::SelectTraces(std::string_view sql) {
  Result<std::string> answer = client_.Select(sql);
  if (!answer.ok()) return std::move(answer).status();
  std::vector<TraceRow> traces;
  RowReader rows(*answer);
  while (!rows.AtEnd()) traces.push_back(ReadTraceRow(rows));
  if (!rows.status().ok()) return rows.status();
  return traces;
}

Result<std::size_t> Reader::SelectCount(std::string_view sql) {
  Result<std::string> answer = client_.Select(sql);
  if (!answer.ok()) return std::move(answer).status();
  RowReader rows(*answer);
  const std::uint64_t count = rows.TakeUInt64();
  if (!rows.status().ok()) return rows.status();
  return static_cast<std::size_t>(count);
}

Result<std::optional<TraceRow>> Reader::FindTrace(ProjectKey project, const TraceId& id) {
  Result<std::vector<TraceRow>> traces = ReadTraces(client_, project, {id});
  if (!traces.ok()) return std::move(traces).status();
  if (traces->empty()) return std::optional<TraceRow>();
  return std::optional(std::move(traces->front()));
}

Result<std::string> Reader::WhereOf(const TracePlace& trace) {
  Result<std::string> answer = client_.Select(fmt::format(
      "SELECT DISTINCT day FROM trace_day WHERE project = {} AND trace_key = {}", trace.day, KeyOf(trace)));
  if (!answer.ok()) return std::move(answer).status();
  std::string days;
  RowReader rows(*answer);
  while (!rows.AtEnd()) days += (days.empty() ? "" : ",") + SqlDay(rows.TakeUInt16());
  if (!rows.status().ok()) return rows.status();
  if (days.empty()) return days;
  return fmt::format("project = {} AND day IN ({}) AND trace_key = {}", trace.day, days, KeyOf(trace));
}

Result<std::string> Reader::LivingWhereOf(const TracePlace& trace) {
  Result<std::string> where = WhereOf(trace);
  if (!where.ok() || where->empty()) return where;
  return fmt::format("{} AND taken > (SELECT max(at) FROM deletion WHERE project = {} AND trace_key = {})",
                     *where, trace.day, KeyOf(trace));
}

Result<std::vector<SpanRow>> Reader::Spans(const TracePlace& trace) {
  Result<std::string> where = LivingWhereOf(trace);
  if (!where.ok()) return std::move(where).status();
  if (where->empty()) return std::vector<SpanRow>();
  const Result<std::vector<StoredSpan>> stored = ReadSpans(client_, *where, kMaxSpansPerTraceRead + 2);
  if (!stored.ok()) return stored.status();
  std::vector<SpanRow> spans;
  for (const StoredSpan& span : *stored) {
    if (span.record.span_id != kTraceEntryId) spans.push_back(RowOf(span));
  }
  if (spans.size() > kMaxSpansPerTraceRead)
    return Status::ResourceExhausted("the trace has more than {} spans", kMaxSpansPerTraceRead);
  std::sort(spans.begin(), spans.end(), [](const SpanRow& a, const SpanRow& b) {
    return std::tie(a.facts.start_ns, a.id) < std::tie(b.facts.start_ns, b.id);
  });
  return spans;
}

Result<std::vector<SpanMark>> Reader::Marks(const TracePlace& trace) {
  const Result<std::vector<SpanRow>> spans = Spans(trace);
  if (!spans.ok()) return spans.status();
  std::vector<SpanMark> marks;
  for (const SpanRow& span : *spans) marks.push_back({span.id, span.facts.start_ns, span.facts.flags});
  return marks;
}

Result<std::optional<SpanRow>> Reader::SpanOf(const TracePlace& trace, SpanId id) {
  Result<std::string> where = LivingWhereOf(trace);
  if (!where.ok()) return std::move(where).status();
  if (where->empty()) return std::optional<SpanRow>();
  const Result<std::vector<StoredSpan>> spans =
      ReadSpans(client_, fmt::format("{} AND span_id = {}", *where, id), 1);
  if (!spans.ok()) return spans.status();
  if (spans->empty()) return std::optional<SpanRow>();
  return std::optional(RowOf(spans->front()));
}

Result<std::vector<TurnRow>> Reader::Turns(const TracePlace& trace) {
  Result<std::string> where = WhereOf(trace);
  if (!where.ok()) return std::move(where).status();
  if (where->empty()) return std::vector<TurnRow>();
  Result<std::string> answer = client_.Select(
      fmt::format("SELECT {} FROM trace WHERE {} ORDER BY version DESC LIMIT 1", kTurnColumns, *where));
  if (!answer.ok()) return std::move(answer).status();
  RowReader rows(*answer);
  if (rows.AtEnd()) return std::vector<TurnRow>();
  std::vector<TurnRow> turns = ReadTurns(rows);
  if (!rows.status().ok()) return rows.status();
  return turns;
}

Result<SpanBody> Reader::Body(const TracePlace& trace, const SpanRow& span) {
  Result<std::string> answer = client_.Select(fmt::format(
      "SELECT raw, resource, scope FROM span WHERE project = {} AND day = {} AND trace_key = {} AND "
      "span_id = {} ORDER BY rank DESC, taken DESC LIMIT 1",
      trace.day, SqlDay(DayNumber(span.facts.start_ns)), KeyOf(trace), span.id));
  if (!answer.ok()) return std::move(answer).status();
  RowReader rows(*answer);
  if (rows.AtEnd()) return Status::NotFound("span {}", SpanIdHex(span.id));
  SpanBody body;
  body.span = rows.TakeString();
  body.resource = rows.TakeString();
  body.scope = rows.TakeString();
  if (!rows.status().ok()) return rows.status();
  return body;
}

// What a row takes in all is not known: of the bytes that the server has for the spans, the share of these.
Result<FreedRoom> Reader::RoomBefore(ProjectKey project, int first_day) {
  Result<std::string> answer =
      client_.Select(fmt::format("SELECT toInt64(uniqExact(trace_key)), toInt64(sum(length(raw) + "
                                 "length(resource) + length(scope))) FROM span "
                                 "WHERE project = {} AND toYYYYMMDD(day) < {}",
                                 project, first_day));
  if (!answer.ok()) return std::move(answer).status();
  RowReader rows(*answer);
  FreedRoom room;
  room.traces = rows.TakeInt64();
  room.bytes = rows.TakeInt64();
  if (!rows.status().ok()) return rows.status();
  return room;
}

}  // namespace repartee::server::clickhouse
