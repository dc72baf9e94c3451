// Trace rows: what lists show of a trace, with its turns, made anew from all of its spans
// each time some of them were stored, and never added to. So it does not matter in which
// order, how often and through which nodes they came: whoever reads them last has them all.
//
// Thread: pure functions.
#pragma once

#include <cstdint>
#include <vector>

#include "repartee/server/store/clickhouse/row_binary.h"
#include "repartee/server/store/clickhouse/span_rows.h"
#include "repartee/server/store/sqlite/live_trace.h"
#include "repartee/server/store/store.h"

namespace repartee::server::clickhouse {

inline constexpr char kTraceRowColumns[] =
    "project,day,trace_key,trace_id,version,is_deleted,foreign_id,start,end,name,user_id,session_id,release,"
    "app_version,"
    "environment,tags,is_public,level,spans,errors,warnings,cost,input_tokens,output_tokens,total_tokens,"
    "turns,"
    "interrupted,ub_p50,ub_p95,ub_max,stt_p50,llm_p50,tts_p50,preview_input,preview_output,last_update,"
    "complete";
inline constexpr char kTurnColumns[] =
    "turn_span,turn_number,turn_start,turn_end,turn_interrupted,turn_ub,turn_stt,turn_llm,turn_tts";

// Where the rows of a trace are found by: its project, and the number they lie together by.
TracePlace PlaceOf(ProjectKey project, const TraceId& id);

// Of `spans`, one row each, in any order; at least one.
LiveTrace BuildTrace(std::vector<StoredSpan> spans);

// All of kTraceRowColumns, then kTurnColumns. `version` is the wall time at which the spans were asked for:
// the row with the highest counts.
void AddTraceRow(RowWriter& rows, const LiveTrace& trace, std::uint64_t version);
// The row of a trace that began on that day and is no more.
void AddDeletedTraceRow(RowWriter& rows, ProjectKey project, const TraceId& id, std::uint16_t day,
                        std::uint64_t version);

// Reads kTraceRowColumns.
TraceRow ReadTraceRow(RowReader& rows);
// Reads kTurnColumns, the turns of one trace in the order in which they were opened.
std::vector<TurnRow> ReadTurns(RowReader& rows);

}  // namespace repartee::server::clickhouse
