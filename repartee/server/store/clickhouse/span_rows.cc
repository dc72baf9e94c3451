#include "repartee/server/store/clickhouse/span_rows.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

namespace repartee::server::clickhouse {
namespace {

constexpr std::int64_t kDayNs = 86'400LL * 1'000'000'000;
constexpr std::uint64_t kEnded = std::uint64_t{1} << 63;

void AddFacts(RowWriter& row, const SpanFacts& facts) {
  row.AddUInt8(static_cast<std::uint8_t>(facts.type));
  row.AddUInt8(static_cast<std::uint8_t>(facts.level));
  row.AddUInt8(static_cast<std::uint8_t>(facts.stage));
  row.AddUInt32(facts.flags);
  row.AddInt32(facts.turn_number);
  row.AddInt64(facts.ttfb_us);
  row.AddInt64(facts.ub_latency_us);
  row.AddInt64(facts.cost);
  row.AddInt64(facts.input_tokens);
  row.AddInt64(facts.output_tokens);
  row.AddInt64(facts.total_tokens);
}

// A number that no value of the type has is taken for `otherwise`: rows may be a later program's.
template <class Enum>
Enum TakeEnum(RowReader& rows, Enum last, Enum otherwise) {
  const std::uint8_t number = rows.TakeUInt8();
  return number <= static_cast<std::uint8_t>(last) ? static_cast<Enum>(number) : otherwise;
}

void TakeFacts(RowReader& rows, SpanFacts& facts) {
  facts.type = TakeEnum(rows, ObservationType::kGuardrail, ObservationType::kSpan);
  facts.level = TakeEnum(rows, Level::kError, Level::kDefault);
  facts.stage = TakeEnum(rows, Stage::kTts, Stage::kNone);
  facts.flags = rows.TakeUInt32();
  facts.turn_number = rows.TakeInt32();
  facts.ttfb_us = rows.TakeInt64();
  facts.ub_latency_us = rows.TakeInt64();
  facts.cost = rows.TakeInt64();
  facts.input_tokens = rows.TakeInt64();
  facts.output_tokens = rows.TakeInt64();
  facts.total_tokens = rows.TakeInt64();
}

// What a span says of its trace; `speaks` tells one that says nothing from one whose fields are empty.
void AddFields(RowWriter& row, const TraceFields* fields) {
  static const TraceFields kNothing;
  const TraceFields& said = fields != nullptr ? *fields : kNothing;
  row.AddUInt8(fields != nullptr ? 1 : 0);
  row.AddNullableString(said.name);
  row.AddNullableString(said.user_id);
  row.AddNullableString(said.session_id);
  row.AddNullableString(said.release);
  row.AddNullableString(said.version);
  row.AddNullableString(said.environment);
  row.AddStrings(said.tags);
  row.AddInt8(said.is_public ? static_cast<std::int8_t>(*said.is_public) : std::int8_t{-1});
  row.AddUInt8(said.whole ? 1 : 0);
}

std::unique_ptr<TraceFields> TakeFields(RowReader& rows) {
  const bool speaks = rows.TakeUInt8() != 0;
  auto fields = std::make_unique<TraceFields>();
  fields->name = rows.TakeNullableString();
  fields->user_id = rows.TakeNullableString();
  fields->session_id = rows.TakeNullableString();
  fields->release = rows.TakeNullableString();
  fields->version = rows.TakeNullableString();
  fields->environment = rows.TakeNullableString();
  fields->tags = rows.TakeStrings();
  const std::int8_t is_public = rows.TakeInt8();
  if (is_public >= 0) fields->is_public = is_public != 0;
  fields->whole = rows.TakeUInt8() != 0;
  return speaks ? std::move(fields) : nullptr;
}

void AddSpan(RowWriter& row, ProjectKey project, const SpanRecord& record, std::int64_t taken_ns) {
  row.AddInt64(project);
  row.AddUInt16(DayNumber(record.facts.start_ns));
  row.AddUInt64(TraceKey(record.trace_id));
  row.AddFixedString(record.trace_id.Bytes());
  row.AddUInt64(record.span_id);
  row.AddUInt64(RankOf(record.facts, taken_ns));
  row.AddInt64(taken_ns);
  row.AddUInt64(record.parent_id);
  row.AddInt64(record.facts.start_ns);
  row.AddInt64(record.facts.end_ns);
  row.AddString(record.name);
  row.AddString(record.model);
  row.AddString(record.provider);
  AddFacts(row, record.facts);
  row.AddString(record.environment);
  const bool is_foreign = !record.foreign_trace_id.empty();
  row.AddNullableString(is_foreign ? std::optional(record.foreign_trace_id) : std::nullopt);
  row.AddString(record.preview_input);
  row.AddString(record.preview_output);
  AddFields(row, record.fields.get());
  row.AddString(record.raw);
  row.AddString(record.resource);
  row.AddString(record.scope);
}

}  // namespace

std::uint16_t DayNumber(std::int64_t ns) {
  return static_cast<std::uint16_t>(std::clamp<std::int64_t>(ns / kDayNs, 0, 0xffff));
}

std::int64_t StartOfDay(std::uint16_t day) { return day * kDayNs; }

std::uint64_t RankOf(const SpanFacts& facts, std::int64_t taken_ns) {
  const std::int64_t time = (facts.flags & kFlagMerged) != 0 ? taken_ns : facts.end_ns;
  const std::uint64_t ended = (facts.flags & kFlagProvisional) == 0 ? kEnded : 0;
  return ended | static_cast<std::uint64_t>(std::max<std::int64_t>(time, 0));
}

// Spans of a request speak for their trace in the order of their starts, and of equal ones the later counts:
// each has come a nanosecond after the one before it.
ShipRows MakeShipRows(const SpanBatch& batch, std::int64_t taken_ns) {
  std::vector<const SpanRecord*> order;
  order.reserve(batch.spans.size());
  for (const SpanRecord& record : batch.spans) order.push_back(&record);
  std::sort(order.begin(), order.end(), [](const SpanRecord* a, const SpanRecord* b) {
    return std::tuple(a->facts.start_ns, a) < std::tuple(b->facts.start_ns, b);
  });
  ShipRows rows{.spans = static_cast<std::uint32_t>(order.size()), .span_rows = {}, .day_rows = {}};
  RowWriter spans;
  std::set<std::string> days;
  for (const SpanRecord* const record : order) {
    AddSpan(spans, batch.project, *record, taken_ns++);
    RowWriter day;
    day.AddInt64(batch.project);
    day.AddUInt64(TraceKey(record->trace_id));
    day.AddFixedString(record->trace_id.Bytes());
    day.AddUInt16(DayNumber(record->facts.start_ns));
    days.insert(std::move(day).TakeBytes());
  }
  rows.span_rows = std::move(spans).TakeBytes();
  for (const std::string& day : days) rows.day_rows += day;
  return rows;
}

StoredSpan ReadStoredSpan(RowReader& rows) {
  StoredSpan span;
  SpanRecord& record = span.record;
  span.project = rows.TakeInt64();
  rows.TakeUInt16();  // the day, which the start tells
  rows.TakeUInt64();  // the key, which the id tells
  record.trace_id = TraceId::FromBytes(rows.TakeFixedString(16)).value_or(TraceId{});
  record.span_id = rows.TakeUInt64();
  span.rank = rows.TakeUInt64();
  span.taken_ns = rows.TakeInt64();
  record.parent_id = rows.TakeUInt64();
  record.facts.start_ns = rows.TakeInt64();
  record.facts.end_ns = rows.TakeInt64();
  span.name = rows.TakeString();
  span.model = rows.TakeString();
  span.provider = rows.TakeString();
  TakeFacts(rows, record.facts);
  record.environment = rows.TakeString();
  record.foreign_trace_id = rows.TakeNullableString().value_or("");
  record.preview_input = rows.TakeString();
  record.preview_output = rows.TakeString();
  record.fields = TakeFields(rows);
  return span;
}

SpanRow RowOf(const StoredSpan& span) {
  SpanRow row;
  row.id = span.record.span_id;
  row.parent = span.record.parent_id;
  row.name = span.name;
  row.model = span.model;
  row.provider = span.provider;
  row.environment = span.record.environment;
  row.facts = span.record.facts;
  row.batch = DayNumber(row.facts.start_ns);
  return row;
}

}  // namespace repartee::server::clickhouse
