#include "repartee/server/ui/view_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "repartee/server/ui/labels.h"

namespace repartee::server {
namespace {

// A decimal without the zeros behind it.
std::string Short(std::string text) {
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return text;
}

std::string_view OutcomeOf(const ConversationView& view) {
  if (view.live) return "live";
  if (view.row.errors > 0) return "error";
  return view.row.warnings > 0 ? "warning" : "ok";
}

void WriteId(JsonWriter& json, SpanId id) {
  if (id == 0) return json.Null();
  json.Text(SpanIdHex(id));
}

void WriteCount(JsonWriter& json, std::int64_t count, bool known) {
  if (!known) return json.Null();
  json.Integer(count);
}

void WriteStrip(JsonWriter& json, const std::vector<StripPart>& strip) {
  json.Key("strip").BeginArray();
  for (const StripPart& part : strip) {
    json.BeginObject();
    json.Key("lane").Text(part.lane);
    json.Key("from").Integer(part.from_ms);
    json.Key("to").Integer(part.to_ms);
    json.EndObject();
  }
  json.EndArray();
}

void WriteScores(JsonWriter& json, const std::vector<ScoreMark>& scores) {
  json.Key("scores").BeginArray();
  for (const ScoreMark& score : scores) {
    json.BeginObject();
    json.Key("name").Text(score.name);
    json.Key("value");
    json.Decimal(score.value);
    WriteTextOrNull(json.Key("text"), score.word);
    json.EndObject();
  }
  json.EndArray();
}

void WriteContribution(JsonWriter& json, const Contribution& part) {
  json.BeginObject();
  json.Key("name").Text(part.name);
  json.Key("owner").Text(part.owner);
  json.Key("stage").Text(part.stage);
  WriteDurationMs(json.Key("from"), part.from_ms);
  WriteDurationMs(json.Key("duration"), part.duration_ms);
  json.Key("detail").Text(part.detail);
  json.EndObject();
}

void WriteTurnParts(JsonWriter& json, const TurnView& turn) {
  WriteContributions(json, turn.contributions);
  json.Key("llm_calls").Integer(static_cast<std::int64_t>(turn.llm_calls));
  json.Key("tools").BeginArray();
  for (const ToolView& tool : turn.tools) {
    json.BeginObject();
    json.Key("name").Text(tool.name);
    WriteDurationMs(json.Key("duration"), tool.duration_ms);
    json.Key("error").Bool(tool.error);
    json.EndObject();
  }
  json.EndArray();
  json.Key("errors").BeginArray();
  for (const std::string& error : turn.errors) json.Text(error);
  json.EndArray();
}

}  // namespace

void WriteContributions(JsonWriter& json, const std::vector<Contribution>& parts) {
  json.Key("contributions").BeginArray();
  for (const Contribution& part : parts) WriteContribution(json, part);
  json.EndArray();
}

void WriteTimeMs(JsonWriter& json, std::int64_t ns) {
  const std::int64_t us = std::max<std::int64_t>(ns, 0) / 1'000;
  json.Raw(Short(fmt::format("{}.{:03}", us / 1'000, us % 1'000)));
}

void WriteOptionalTimeMs(JsonWriter& json, std::optional<std::int64_t> ns) {
  if (!ns) return json.Null();
  WriteTimeMs(json, *ns);
}

void WriteDurationMs(JsonWriter& json, std::optional<double> ms) {
  if (!ms || !std::isfinite(*ms)) return json.Null();
  json.Raw(Short(fmt::format("{:.1f}", *ms)));
}

void WriteMeasureMs(JsonWriter& json, std::int64_t us) {
  WriteDurationMs(json, us < 0 ? std::nullopt : std::optional(static_cast<double>(us) / 1e3));
}

void WriteCost(JsonWriter& json, std::int64_t cost) {
  if (cost < 0) return json.Null();
  json.Decimal(static_cast<double>(cost) / 1e12);
}

void WriteTextOrNull(JsonWriter& json, std::string_view text) {
  if (text.empty()) return json.Null();
  json.Text(text);
}

void WriteCounts(JsonWriter& json, const char* key, std::span<const std::int64_t> counts) {
  json.Key(key).BeginArray();
  for (const std::int64_t count : counts) json.Integer(count);
  json.EndArray();
}

void WriteConversation(JsonWriter& json, const ConversationView& view) {
  const TraceRow& row = view.row;
  json.BeginObject();
  json.Key("id").Text(row.id.Hex());
  json.Key("title").Text(view.title);
  json.Key("last_line").Text(row.preview_output.empty() ? row.preview_input : row.preview_output);
  WriteTimeMs(json.Key("start"), row.start_ns);
  WriteOptionalTimeMs(json.Key("end"), view.live ? std::nullopt : std::optional(row.end_ns));
  json.Key("outcome").Text(OutcomeOf(view));
  json.Key("live").Bool(view.live);
  json.Key("voice").Bool(view.voice);
  json.Key("root_missing").Bool(view.root_missing);
  json.Key("turns").Integer(row.turns);
  json.Key("barge_ins").Integer(row.interrupted_turns);
  WriteMeasureMs(json.Key("reply_p50"), row.ub_latency_p50_us);
  WriteMeasureMs(json.Key("reply_p95"), row.ub_latency_p95_us);
  WriteMeasureMs(json.Key("reply_max"), row.ub_latency_max_us);
  WriteCost(json.Key("cost"), row.cost);
  // The row sums what was told; nobody uses no token at all.
  const bool has_tokens = row.input_tokens > 0 || row.output_tokens > 0;
  WriteCount(json.Key("input_tokens"), row.input_tokens, has_tokens);
  WriteCount(json.Key("output_tokens"), row.output_tokens, has_tokens);
  json.Key("errors").Integer(row.errors);
  json.Key("warnings").Integer(row.warnings);
  json.Key("spans").Integer(row.spans);
  json.Key("caller").OptionalText(row.user_id);
  json.Key("session").OptionalText(row.session_id);
  json.Key("release").OptionalText(row.release);
  json.Key("version").OptionalText(row.version);
  json.Key("environment").Text(row.environment.empty() ? "default" : row.environment);
  json.Key("tags").BeginArray();
  for (const std::string& tag : row.tags) json.Text(tag);
  json.EndArray();
  WriteScores(json, view.scores);
  WriteStrip(json, view.strip);
  json.Key("stack").BeginObject();
  WriteTextOrNull(json.Key("stt"), view.stt);
  WriteTextOrNull(json.Key("llm"), view.llm);
  WriteTextOrNull(json.Key("tts"), view.tts);
  json.EndObject().EndObject();
}

void WriteTurn(JsonWriter& json, const TurnView& turn) {
  json.BeginObject();
  json.Key("span_id").Text(SpanIdHex(turn.span));
  json.Key("number").Integer(turn.number);
  json.Key("label").Text(turn.label);
  WriteTimeMs(json.Key("start"), turn.start_ns);
  WriteOptionalTimeMs(json.Key("end"), turn.end_ns);
  json.Key("live").Bool(turn.live);
  json.Key("interrupted").Bool(turn.interrupted);
  json.Key("ended_by_hangup").Bool(turn.ended_by_hangup);
  json.Key("bot_first").Bool(turn.bot_first);
  const std::pair<const char*, const std::string*> texts[] = {
      {"user_text", &turn.user_text}, {"bot_text", &turn.bot_text}, {"bot_unspoken", &turn.bot_unspoken}};
  for (const auto& [key, text] : texts) {
    WriteTextOrNull(json.Key(key), *text);
  }
  const std::pair<const char*, std::optional<std::int64_t>> times[] = {{"user_from", turn.user_from_ns},
                                                                       {"user_to", turn.user_to_ns},
                                                                       {"bot_from", turn.bot_from_ns},
                                                                       {"bot_to", turn.bot_to_ns}};
  for (const auto& [key, time] : times) {
    WriteOptionalTimeMs(json.Key(key), time);
  }
  const std::pair<const char*, std::optional<double>> durations[] = {{"reply", turn.reply_ms},
                                                                     {"stt_ttfb", turn.stt_ttfb_ms},
                                                                     {"llm_ttfb", turn.llm_ttfb_ms},
                                                                     {"tts_ttfb", turn.tts_ttfb_ms}};
  for (const auto& [key, duration] : durations) {
    WriteDurationMs(json.Key(key), duration);
  }
  WriteTurnParts(json, turn);
  WriteCost(json.Key("cost"), turn.cost);
  json.EndObject();
}

void WriteSpan(JsonWriter& json, const SpanRow& span, SpanId turn) {
  const SpanFacts& facts = span.facts;
  const bool provisional = (facts.flags & kFlagProvisional) != 0;
  json.BeginObject();
  json.Key("id").Text(SpanIdHex(span.id));
  WriteId(json.Key("parent"), span.parent);
  WriteId(json.Key("turn"), turn);
  json.Key("name").Text(span.name);
  json.Key("label").Text(SpanLabel(span));
  json.Key("type").Text(TypeName(facts.type));
  json.Key("level").Text(LevelName(facts.level));
  WriteTextOrNull(json.Key("stage"), StageName(span));
  WriteTimeMs(json.Key("start"), facts.start_ns);
  json.Key("end");
  const bool has_ended = (facts.flags & (kFlagProvisional | kFlagNoEnd)) == 0;
  WriteOptionalTimeMs(json, has_ended ? std::optional(facts.end_ns) : std::nullopt);
  json.Key("provisional").Bool(provisional);
  json.Key("interrupted").Bool((facts.flags & kFlagInterrupted) != 0);
  WriteTextOrNull(json.Key("provider"), span.provider);
  WriteTextOrNull(json.Key("model"), span.model);
  WriteMeasureMs(json.Key("ttfb"), facts.ttfb_us);
  WriteCost(json.Key("cost"), facts.cost);
  WriteCount(json.Key("input_tokens"), facts.input_tokens, facts.input_tokens >= 0);
  WriteCount(json.Key("output_tokens"), facts.output_tokens, facts.output_tokens >= 0);
  json.EndObject();
}

}  // namespace repartee::server
