#include "repartee/server/store/sqlite/rows.h"

namespace repartee::server {
namespace {

constexpr char kTagSeparator = '\x1f';

}  // namespace

std::optional<std::string> OptionalText(const Statement& statement, int column) {
  if (statement.IsNull(column)) return std::nullopt;
  return std::string(statement.Text(column));
}

void BindOptional(Statement& statement, int index, const std::optional<std::string>& text) {
  if (!text) return statement.BindNull(index);
  statement.BindText(index, *text);
}

std::vector<std::string> SplitTags(std::string_view text) {
  std::vector<std::string> tags;
  if (!text.empty()) text.remove_prefix(1);
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(kTagSeparator), text.size());
    tags.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return tags;
}

std::string TagPattern(std::string_view tag) {
  std::string pattern(1, kTagSeparator);
  for (const char c : tag) {
    if (c != kTagSeparator) pattern += c;
  }
  return pattern + kTagSeparator;
}

std::string JoinTags(const std::vector<std::string>& tags) {
  std::string joined;
  for (const std::string& tag : tags) {
    const std::string pattern = TagPattern(tag);
    joined += joined.empty() ? pattern : pattern.substr(1);
  }
  return joined;
}

TraceRow ReadTraceRow(const Statement& s, int day) {
  TraceRow row;
  row.place = {day, s.Integer(0)};
  row.id = TraceId::FromBytes(s.Blob(1)).value_or(TraceId{});
  row.project = s.Integer(2);
  row.start_ns = s.Integer(3);
  row.end_ns = s.Integer(4);
  row.name = OptionalText(s, 5);
  row.user_id = OptionalText(s, 6);
  row.session_id = OptionalText(s, 7);
  row.release = OptionalText(s, 8);
  row.version = OptionalText(s, 9);
  row.environment = s.Text(10);
  row.tags = SplitTags(s.Text(11));
  row.is_public = s.Integer(12) != 0;
  row.level = static_cast<Level>(s.Integer(13) & 3);
  row.spans = s.Integer(14);
  row.errors = s.Integer(15);
  row.warnings = s.Integer(16);
  row.cost = s.Measure(17);
  row.input_tokens = s.Integer(18);
  row.output_tokens = s.Integer(19);
  row.total_tokens = s.Integer(20);
  row.turns = s.Integer(21);
  row.interrupted_turns = s.Integer(22);
  row.ub_latency_p50_us = s.Measure(23);
  row.ub_latency_p95_us = s.Measure(24);
  row.ub_latency_max_us = s.Measure(25);
  row.stt_ttfb_p50_us = s.Measure(26);
  row.llm_ttfb_p50_us = s.Measure(27);
  row.tts_ttfb_p50_us = s.Measure(28);
  row.preview_input = s.Text(29);
  row.preview_output = s.Text(30);
  row.last_update_ns = s.Integer(31);
  row.complete = s.Integer(32) != 0;
  row.foreign_id = OptionalText(s, 33);
  return row;
}

Result<std::optional<TraceRow>> NextTraceRow(Statement& statement, int day) {
  Result<bool> row = statement.Step();
  if (!row.ok()) return std::move(row).status();
  if (!*row) return std::optional<TraceRow>();
  return std::optional(ReadTraceRow(statement, day));
}

void BindTraceRow(Statement& s, const TraceRow& row, std::string& id_bytes, std::string& tags) {
  id_bytes = row.id.Bytes();
  tags = JoinTags(row.tags);
  s.Bind(1, row.place.key);
  s.BindBlob(2, id_bytes);
  s.Bind(3, row.project);
  s.Bind(4, row.start_ns);
  s.Bind(5, row.end_ns);
  BindOptional(s, 6, row.name);
  BindOptional(s, 7, row.user_id);
  BindOptional(s, 8, row.session_id);
  BindOptional(s, 9, row.release);
  BindOptional(s, 10, row.version);
  s.BindOptionalText(11, row.environment);
  s.BindOptionalText(12, tags);
  s.Bind(13, row.is_public ? 1 : 0);
  s.Bind(14, static_cast<std::int64_t>(row.level));
  s.Bind(15, row.spans);
  s.Bind(16, row.errors);
  s.Bind(17, row.warnings);
  s.BindMeasure(18, row.cost);
  s.Bind(19, row.input_tokens);
  s.Bind(20, row.output_tokens);
  s.Bind(21, row.total_tokens);
  s.Bind(22, row.turns);
  s.Bind(23, row.interrupted_turns);
  s.BindMeasure(24, row.ub_latency_p50_us);
  s.BindMeasure(25, row.ub_latency_p95_us);
  s.BindMeasure(26, row.ub_latency_max_us);
  s.BindMeasure(27, row.stt_ttfb_p50_us);
  s.BindMeasure(28, row.llm_ttfb_p50_us);
  s.BindMeasure(29, row.tts_ttfb_p50_us);
  s.BindOptionalText(30, row.preview_input);
  s.BindOptionalText(31, row.preview_output);
  s.Bind(32, row.last_update_ns);
  s.Bind(33, row.complete ? 1 : 0);
  BindOptional(s, 34, row.foreign_id);
}

SpanRow ReadSpanRow(const Statement& s) {
  SpanRow row;
  row.id = static_cast<SpanId>(s.Integer(0));
  row.parent = static_cast<SpanId>(s.Integer(1));
  SpanFacts& facts = row.facts;
  facts.start_ns = s.Integer(2);
  facts.end_ns = facts.start_ns + s.Integer(3);
  facts.flags = static_cast<std::uint32_t>(s.Integer(4));
  facts.type = static_cast<ObservationType>(s.Integer(6) % kObservationTypes);
  facts.level = static_cast<Level>(s.Integer(7) & 3);
  facts.stage = static_cast<Stage>(s.Integer(8) % 6);
  facts.turn_number = static_cast<std::int32_t>(s.Measure(11));
  facts.ttfb_us = s.Measure(12);
  facts.ub_latency_us = s.Measure(13);
  facts.cost = s.Measure(14);
  facts.input_tokens = s.Measure(15);
  facts.output_tokens = s.Measure(16);
  facts.total_tokens = s.Measure(17);
  row.batch = s.Integer(18);
  row.item = s.Integer(19);
  return row;
}

NameIds ReadNameIds(const Statement& s) { return {s.Integer(5), s.Integer(9), s.Integer(10)}; }

}  // namespace repartee::server
