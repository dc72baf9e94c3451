// Span rows: a request's spans as rows of `span` and `trace_day`, and back from `span` what
// lists and traces need of them. The bodies are columns of their own, which only Body reads.
//
// Thread: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "repartee/server/store/clickhouse/row_binary.h"
#include "repartee/server/store/clickhouse/ship_log.h"
#include "repartee/server/store/store.h"

namespace repartee::server::clickhouse {

// What the rows of ShipRows hold, column by column.
inline constexpr char kSpanColumns[] =
    "project,day,trace_key,trace_id,span_id,rank,taken,parent,start,end,name,model,provider,type,level,stage,"
    "flags,"
    "turn_number,ttfb,ub_latency,cost,input_tokens,output_tokens,total_tokens,environment,foreign_id,preview_"
    "input,"
    "preview_output,speaks,trace_name,user_id,session_id,release,app_version,said_environment,tags,is_public,"
    "whole,"
    "raw,resource,scope";
inline constexpr char kDayColumns[] = "project,trace_key,trace_id,day";

// What ReadStoredSpan takes: the same without the bodies.
inline constexpr char kStoredColumns[] =
    "project,day,trace_key,trace_id,span_id,rank,taken,parent,start,end,name,model,provider,type,level,stage,"
    "flags,"
    "turn_number,ttfb,ub_latency,cost,input_tokens,output_tokens,total_tokens,environment,foreign_id,preview_"
    "input,"
    "preview_output,speaks,trace_name,user_id,session_id,release,app_version,said_environment,tags,is_public,"
    "whole";

// Days since 1970 (UTC), as a Date has them; what lies outside of them falls on the first or the last.
std::uint16_t DayNumber(std::int64_t ns);
std::int64_t StartOfDay(std::uint16_t day);
// The number that a trace's rows lie together by.
inline std::uint64_t TraceKey(const TraceId& id) { return id.low; }
// Which of a span's rows counts: one that has ended before one sent at its start, then the later end; one
// that is made of events, by when it came.
std::uint64_t RankOf(const SpanFacts& facts, std::int64_t taken_ns);

// `taken_ns` is the wall time at which the request came.
ShipRows MakeShipRows(const SpanBatch& batch, std::int64_t taken_ns);

struct StoredSpan {
  ProjectKey project = 0;
  std::uint64_t rank = 0;
  std::int64_t taken_ns = 0;
  SpanRecord record;  // without bytes; its names are those below
  std::string name;
  std::string model;
  std::string provider;
};
StoredSpan ReadStoredSpan(RowReader& rows);
// As a list shows it. Its `batch` is the day its row is found by.
SpanRow RowOf(const StoredSpan& span);

}  // namespace repartee::server::clickhouse
