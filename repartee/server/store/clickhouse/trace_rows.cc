#include "repartee/server/store/clickhouse/trace_rows.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace repartee::server::clickhouse {
namespace {

// Turns go first: a child counts towards its turn only when that is known; then as they began.
auto NumbersRank(const StoredSpan& span) {
  const SpanFacts& facts = span.record.facts;
  return std::tuple(facts.stage != Stage::kTurn, facts.start_ns, span.record.span_id);
}

auto TextsRank(const StoredSpan& span) { return std::tuple(span.taken_ns, span.record.span_id); }

// The numbers of a row, in the order of the columns.
using Number = std::int64_t TraceRow::*;
constexpr Number kCounts[] = {&TraceRow::spans,
                              &TraceRow::errors,
                              &TraceRow::warnings,
                              &TraceRow::cost,
                              &TraceRow::input_tokens,
                              &TraceRow::output_tokens,
                              &TraceRow::total_tokens,
                              &TraceRow::turns,
                              &TraceRow::interrupted_turns,
                              &TraceRow::ub_latency_p50_us,
                              &TraceRow::ub_latency_p95_us,
                              &TraceRow::ub_latency_max_us,
                              &TraceRow::stt_ttfb_p50_us,
                              &TraceRow::llm_ttfb_p50_us,
                              &TraceRow::tts_ttfb_p50_us};
using TurnNumber = std::int64_t TurnRow::*;
constexpr TurnNumber kLatencies[] = {&TurnRow::ub_latency_us, &TurnRow::stt_ttfb_us, &TurnRow::llm_ttfb_us,
                                     &TurnRow::tts_ttfb_us};

template <class Add>
void AddEach(RowWriter& rows, const std::vector<LiveTrace::Turn>& turns, Add add) {
  rows.AddCount(turns.size());
  for (const LiveTrace::Turn& turn : turns) add(turn.row);
}

void AddTurns(RowWriter& rows, const std::vector<LiveTrace::Turn>& turns) {
  AddEach(rows, turns, [&](const TurnRow& turn) { rows.AddUInt64(turn.span); });
  AddEach(rows, turns, [&](const TurnRow& turn) { rows.AddInt32(turn.number); });
  AddEach(rows, turns, [&](const TurnRow& turn) { rows.AddInt64(turn.start_ns); });
  AddEach(rows, turns, [&](const TurnRow& turn) { rows.AddInt64(turn.end_ns); });
  AddEach(rows, turns, [&](const TurnRow& turn) { rows.AddUInt8(turn.interrupted ? 1 : 0); });
  for (const TurnNumber latency : kLatencies)
    AddEach(rows, turns, [&](const TurnRow& turn) { rows.AddInt64(turn.*latency); });
}

// The arrays of a row are of one length; where bytes are broken the first one's counts.
template <class Take>
void TakeEach(RowReader& rows, std::vector<TurnRow>& turns, Take take) {
  const std::size_t count = rows.TakeCount();
  TurnRow surplus;
  for (std::size_t i = 0; i < count && rows.status().ok(); ++i) take(i < turns.size() ? turns[i] : surplus);
}

void AddRow(RowWriter& rows, const LiveTrace& trace, std::uint64_t version, std::uint8_t is_deleted) {
  const TraceRow& row = trace.row;
  rows.AddInt64(row.project);
  rows.AddUInt16(DayNumber(row.start_ns));
  rows.AddUInt64(TraceKey(row.id));
  rows.AddFixedString(row.id.Bytes());
  rows.AddUInt64(version);
  rows.AddUInt8(is_deleted);
  rows.AddNullableString(row.foreign_id);
  rows.AddInt64(row.start_ns);
  rows.AddInt64(row.end_ns);
  rows.AddNullableString(row.name);
  rows.AddNullableString(row.user_id);
  rows.AddNullableString(row.session_id);
  rows.AddNullableString(row.release);
  rows.AddNullableString(row.version);
  rows.AddString(row.environment);
  rows.AddStrings(row.tags);
  rows.AddUInt8(row.is_public ? 1 : 0);
  rows.AddUInt8(static_cast<std::uint8_t>(row.level));
  for (const Number count : kCounts) rows.AddInt64(row.*count);
  rows.AddString(row.preview_input);
  rows.AddString(row.preview_output);
  rows.AddInt64(row.last_update_ns);
  rows.AddUInt8(row.complete ? 1 : 0);
  AddTurns(rows, trace.turns);
}

}  // namespace

TracePlace PlaceOf(ProjectKey project, const TraceId& id) {
  return {static_cast<int>(project), static_cast<std::int64_t>(TraceKey(id))};
}

LiveTrace BuildTrace(std::vector<StoredSpan> spans) {
  std::sort(spans.begin(), spans.end(),
            [](const StoredSpan& a, const StoredSpan& b) { return TextsRank(a) < TextsRank(b); });
  const StoredSpan& first = spans.front();
  LiveTrace trace(first.project, first.record.trace_id, PlaceOf(first.project, first.record.trace_id));
  trace.row.environment = first.record.environment;
  trace.row.last_update_ns = spans.back().taken_ns;
  for (const StoredSpan& span : spans) {
    trace.MergeTexts(span.record);
    if (!trace.row.foreign_id && !span.record.foreign_trace_id.empty())
      trace.row.foreign_id = span.record.foreign_trace_id;
    trace.hashes.emplace(span.record.span_id, 0);
  }
  std::sort(spans.begin(), spans.end(),
            [](const StoredSpan& a, const StoredSpan& b) { return NumbersRank(a) < NumbersRank(b); });
  for (const StoredSpan& span : spans)
    trace.Apply(span.record.span_id, span.record.parent_id, span.record.facts);
  trace.Summarise();
  return trace;
}

void AddTraceRow(RowWriter& rows, const LiveTrace& trace, std::uint64_t version) {
  AddRow(rows, trace, version, 0);
}

void AddDeletedTraceRow(RowWriter& rows, ProjectKey project, const TraceId& id, std::uint16_t day,
                        std::uint64_t version) {
  LiveTrace trace(project, id, PlaceOf(project, id));
  trace.row.start_ns = trace.row.end_ns = StartOfDay(day);
  AddRow(rows, trace, version, 1);
}

TraceRow ReadTraceRow(RowReader& rows) {
  TraceRow row;
  row.project = rows.TakeInt64();
  rows.TakeUInt16();  // the day, which the start tells
  rows.TakeUInt64();  // the key, which the id tells
  row.id = TraceId::FromBytes(rows.TakeFixedString(16)).value_or(TraceId{});
  rows.TakeUInt64();  // the version
  rows.TakeUInt8();   // whether it is deleted: nobody asks for those
  row.place = PlaceOf(row.project, row.id);
  row.foreign_id = rows.TakeNullableString();
  row.start_ns = rows.TakeInt64();
  row.end_ns = rows.TakeInt64();
  row.name = rows.TakeNullableString();
  row.user_id = rows.TakeNullableString();
  row.session_id = rows.TakeNullableString();
  row.release = rows.TakeNullableString();
  row.version = rows.TakeNullableString();
  row.environment = rows.TakeString();
  row.tags = rows.TakeStrings();
  row.is_public = rows.TakeUInt8() != 0;
  row.level = static_cast<Level>(std::min<std::uint8_t>(rows.TakeUInt8(), 3));
  for (const Number count : kCounts) row.*count = rows.TakeInt64();
  row.preview_input = rows.TakeString();
  row.preview_output = rows.TakeString();
  row.last_update_ns = rows.TakeInt64();
  row.complete = rows.TakeUInt8() != 0;
  return row;
}

std::vector<TurnRow> ReadTurns(RowReader& rows) {
  std::vector<TurnRow> turns;
  const std::size_t count = rows.TakeCount();
  for (std::size_t i = 0; i < count && rows.status().ok(); ++i) turns.emplace_back().span = rows.TakeUInt64();
  TakeEach(rows, turns, [&](TurnRow& turn) { turn.number = rows.TakeInt32(); });
  TakeEach(rows, turns, [&](TurnRow& turn) { turn.start_ns = rows.TakeInt64(); });
  TakeEach(rows, turns, [&](TurnRow& turn) { turn.end_ns = rows.TakeInt64(); });
  TakeEach(rows, turns, [&](TurnRow& turn) { turn.interrupted = rows.TakeUInt8() != 0; });
  for (const TurnNumber latency : kLatencies)
    TakeEach(rows, turns, [&](TurnRow& turn) { turn.*latency = rows.TakeInt64(); });
  return turns;
}

}  // namespace repartee::server::clickhouse
