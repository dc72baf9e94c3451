// Trace, span and turn rows to and from their columns. Thread: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "repartee/server/store/sqlite/database.h"
#include "repartee/server/store/store.h"

namespace repartee::server {

// Column lists in the order that the functions below read them.
inline constexpr char kTraceColumns[] =
    "tkey,trace_id,project,start,end,name,user_id,session_id,release,version,environment,tags,public,level,"
    "spans,"
    "errors,warnings,cost,input_tokens,output_tokens,total_tokens,turns,interrupted,ub_p50,ub_p95,ub_max,stt_"
    "p50,"
    "llm_p50,tts_p50,preview_input,preview_output,last_update,complete,foreign_id";
inline constexpr int kTraceColumnCount = 34;

// Dictionary ids of name, model and provider stand in columns 5, 9 and 10.
inline constexpr char kSpanColumns[] =
    "span_id,parent,start,duration,flags,name,type,level,stage,model,provider,turn_number,ttfb,ub_latency,"
    "cost,"
    "input_tokens,output_tokens,total_tokens,batch,item";
inline constexpr int kSpanColumnCount = 20;

// Reads kTraceColumns; the place's day is the caller's.
TraceRow ReadTraceRow(const Statement& statement, int day);
// The next row of a statement that selects kTraceColumns; nothing if there is none.
Result<std::optional<TraceRow>> NextTraceRow(Statement& statement, int day);
// Binds all of kTraceColumns from index 1. The texts are borrowed until the statement
// has run; `id_bytes` and `tags` are the caller's room for two of them.
void BindTraceRow(Statement& statement, const TraceRow& row, std::string& id_bytes, std::string& tags);

// Dictionary ids of a span's texts; 0: none.
struct NameIds {
  std::int64_t name = 0;
  std::int64_t model = 0;
  std::int64_t provider = 0;
};

// Reads kSpanColumns; the texts stay empty.
SpanRow ReadSpanRow(const Statement& statement);
NameIds ReadNameIds(const Statement& statement);

// Optional texts of a column and of a place to bind.
std::optional<std::string> OptionalText(const Statement& statement, int column);
void BindOptional(Statement& statement, int index, const std::optional<std::string>& text);

// Tags as one text, each between separators, so that one can be looked for.
std::string JoinTags(const std::vector<std::string>& tags);
std::vector<std::string> SplitTags(std::string_view text);
// How a tag stands in that text.
std::string TagPattern(std::string_view tag);

// What a list calls a span's service, of `p` and `m`, rows of `dict`.
inline constexpr char kServiceLabel[] =
    "ifnull(p.text,'')||CASE WHEN p.text<>'' AND m.text<>'' THEN ' · ' ELSE '' END||ifnull(m.text,'')";

// Span ids are stored as signed numbers of the same bits.
inline std::int64_t ToStored(SpanId id) { return static_cast<std::int64_t>(id); }

}  // namespace repartee::server
