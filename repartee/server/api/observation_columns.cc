#include <algorithm>
#include <memory>

#include "repartee/server/api/column_value.h"
#include "repartee/server/api/columns.h"
#include "repartee/server/api/observation_json.h"

namespace repartee::server {
namespace {

using column_value::CheapFirst;
using column_value::Measure;
using column_value::MetadataOf;
using column_value::Nothing;
using column_value::Number;
using column_value::SatisfiesAll;
using column_value::Text;

struct ObservationColumn {
  std::string_view name;
  FieldValue (*of_row)(const TraceRow&, const SpanRow&);  // null, or nothing: the whole span tells it
  FieldValue (*of_span)(const Observation&, std::string_view key);
  bool is_id = false;  // of a span whose ids are texts the row has nothing but hashes
};

FieldValue Tokens(std::int64_t count) { return Measure(count, 1); }

double SecondsOf(const SpanRow& span) {
  return static_cast<double>(span.facts.end_ns - span.facts.start_ns) / 1e9;
}

FieldValue FirstToken(const Observation& o) {
  if (!o.completion_start_ns) return Nothing();
  return static_cast<double>(*o.completion_start_ns - o.facts.start_ns) / 1e9;
}

FieldValue PromptVersion(const Observation& o) {
  return o.prompt_version ? Number(*o.prompt_version) : Nothing();
}

constexpr ObservationColumn kObservationColumns[] = {
    {"id", [](const TraceRow&, const SpanRow& s) { return FieldValue(SpanIdHex(s.id)); },
     [](const Observation& o, std::string_view) { return FieldValue(o.id); }, true},
    {"type",
     [](const TraceRow&, const SpanRow& s) { return FieldValue(std::string(TypeName(s.facts.type))); },
     nullptr},
    {"name", [](const TraceRow&, const SpanRow& s) { return FieldValue(s.name); }, nullptr},
    {"traceId", [](const TraceRow& t, const SpanRow&) { return FieldValue(t.ShownId()); }, nullptr},
    {"startTime", [](const TraceRow&, const SpanRow& s) { return FieldValue(TimePoint{s.facts.start_ns}); },
     nullptr},
    {"endTime", [](const TraceRow&, const SpanRow& s) { return FieldValue(TimePoint{s.facts.end_ns}); },
     nullptr},
    {"environment", [](const TraceRow&, const SpanRow& s) { return Text(s.environment); },
     [](const Observation& o, std::string_view) { return FieldValue(o.environment); }},
    {"level",
     [](const TraceRow&, const SpanRow& s) { return FieldValue(std::string(LevelName(s.facts.level))); },
     nullptr},
    {"release", [](const TraceRow& t, const SpanRow&) { return Text(t.release); }, nullptr},
    {"userId", [](const TraceRow& t, const SpanRow&) { return Text(t.user_id); }, nullptr},
    {"sessionId", [](const TraceRow& t, const SpanRow&) { return Text(t.session_id); }, nullptr},
    {"isRootObservation",
     [](const TraceRow&, const SpanRow& s) { return FieldValue((s.facts.flags & kFlagsLogicalRoot) != 0); },
     nullptr},
    {"hasParentObservation", [](const TraceRow&, const SpanRow& s) { return FieldValue(s.parent != 0); },
     nullptr},
    {"parentObservationId",
     [](const TraceRow&, const SpanRow& s) {
       return s.parent == 0 ? Nothing() : FieldValue(SpanIdHex(s.parent));
     },
     [](const Observation& o, std::string_view) {
       return o.parent_id.empty() ? Nothing() : FieldValue(o.parent_id);
     },
     true},
    {"traceName", [](const TraceRow& t, const SpanRow&) { return Text(t.name); }, nullptr},
    {"traceTags", [](const TraceRow& t, const SpanRow&) { return FieldValue(t.tags); }, nullptr},
    {"tags", [](const TraceRow& t, const SpanRow&) { return FieldValue(t.tags); }, nullptr},
    {"traceRelease", [](const TraceRow& t, const SpanRow&) { return Text(t.release); }, nullptr},
    {"traceVersion", [](const TraceRow& t, const SpanRow&) { return Text(t.version); }, nullptr},
    {"latency", [](const TraceRow&, const SpanRow& s) { return FieldValue(SecondsOf(s)); }, nullptr},
    {"inputTokens", [](const TraceRow&, const SpanRow& s) { return Tokens(s.facts.input_tokens); }, nullptr},
    {"outputTokens", [](const TraceRow&, const SpanRow& s) { return Tokens(s.facts.output_tokens); },
     nullptr},
    {"totalTokens", [](const TraceRow&, const SpanRow& s) { return Tokens(s.facts.total_tokens); }, nullptr},
    {"tokens", [](const TraceRow&, const SpanRow& s) { return Tokens(s.facts.total_tokens); }, nullptr},
    {"tokensPerSecond",
     [](const TraceRow&, const SpanRow& s) {
       const double seconds = SecondsOf(s);
       if (s.facts.output_tokens < 0 || seconds <= 0) return Nothing();
       return FieldValue(static_cast<double>(s.facts.output_tokens) / seconds);
     },
     nullptr},
    {"totalCost", [](const TraceRow&, const SpanRow& s) { return Measure(s.facts.cost, 1e12); }, nullptr},
    {"model", [](const TraceRow&, const SpanRow& s) { return FieldValue(s.model); }, nullptr},
    {"providedModelName", [](const TraceRow&, const SpanRow& s) { return FieldValue(s.model); }, nullptr},
    {"voice.turnNumber", [](const TraceRow&, const SpanRow& s) { return Measure(s.facts.turn_number, 1); },
     nullptr},
    {"voice.wasInterrupted",
     [](const TraceRow&, const SpanRow& s) { return FieldValue((s.facts.flags & kFlagInterrupted) != 0); },
     nullptr},
    {"voice.userBotLatency",
     [](const TraceRow&, const SpanRow& s) { return Measure(s.facts.ub_latency_us, 1e6); }, nullptr},
    {"voice.sttTtfb",
     [](const TraceRow&, const SpanRow& s) {
       return s.facts.stage == Stage::kStt ? Measure(s.facts.ttfb_us, 1e6) : Nothing();
     },
     nullptr},
    {"voice.llmTtfb",
     [](const TraceRow&, const SpanRow& s) {
       return s.facts.stage == Stage::kLlm ? Measure(s.facts.ttfb_us, 1e6) : Nothing();
     },
     nullptr},
    {"voice.ttsTtfb",
     [](const TraceRow&, const SpanRow& s) {
       return s.facts.stage == Stage::kTts ? Measure(s.facts.ttfb_us, 1e6) : Nothing();
     },
     nullptr},
    {"version", nullptr, [](const Observation& o, std::string_view) { return Text(o.version); }},
    {"statusMessage", nullptr, [](const Observation& o, std::string_view) { return Text(o.status_message); }},
    {"timeToFirstToken", nullptr, [](const Observation& o, std::string_view) { return FirstToken(o); }},
    {"inputCost", nullptr, [](const Observation& o, std::string_view) { return Number(CostOf(o, "input")); }},
    {"outputCost", nullptr,
     [](const Observation& o, std::string_view) { return Number(CostOf(o, "output")); }},
    {"modelId", nullptr, [](const Observation& o, std::string_view) { return Text(o.price_id); }},
    {"promptName", nullptr, [](const Observation& o, std::string_view) { return Text(o.prompt_name); }},
    {"promptVersion", nullptr, [](const Observation& o, std::string_view) { return PromptVersion(o); }},
    {"input", nullptr, [](const Observation& o, std::string_view) { return Text(o.input); }},
    {"output", nullptr, [](const Observation& o, std::string_view) { return Text(o.output); }},
    {"metadata", nullptr,
     [](const Observation& o, std::string_view key) { return MetadataOf(o.metadata, key); }},
    {"voice.transcript", nullptr,
     [](const Observation& o, std::string_view) { return FieldValue(o.transcript); }},
};

const ObservationColumn* FindObservationColumn(std::string_view name) {
  const auto* found = std::find_if(std::begin(kObservationColumns), std::end(kObservationColumns),
                                   [name](const ObservationColumn& c) { return c.name == name; });
  return found == std::end(kObservationColumns) ? nullptr : found;
}

bool IsSpanRowColumn(std::string_view name) {
  const ObservationColumn* column = FindObservationColumn(name);
  return column != nullptr && column->of_row != nullptr;
}

}  // namespace

bool IsObservationColumn(std::string_view column) {
  return FindObservationColumn(column) != nullptr || IsToolColumn(column) || IsExperimentColumn(column) ||
         IsScoresColumn(column);
}

Result<const Observation*> ObservationColumns::Full() {
  if (!full_) {
    Result<Observation> loaded = LoadObservation(reader_, mapping_, {trace_, span_});
    if (!loaded.ok()) return std::move(loaded).status();
    full_ = *std::move(loaded);
  }
  return &*full_;
}

Result<const ToolNames*> ObservationColumns::Tools() {
  if (!tools_) {
    const Result<const Observation*> full = Full();
    if (!full.ok()) return full.status();
    tools_ = ToolsOf(**full, mapping_.voice_additions);
  }
  return &*tools_;
}

Result<const ExperimentFacts*> ObservationColumns::Experiment() {
  if (!experiment_) {
    const Result<SpanBody> body = reader_.Body(trace_.place, span_);
    if (!body.ok()) return body.status();
    experiment_ = ReadExperimentFacts(body->span);
  }
  return &*experiment_;
}

Result<FieldValue> ObservationColumns::GetExtra(std::string_view column, std::string_view key) {
  if (IsToolColumn(column)) {
    const Result<const ToolNames*> tools = Tools();
    if (!tools.ok()) return tools.status();
    return ToolColumn(**tools, column);
  }
  if (IsExperimentColumn(column)) {
    const Result<const ExperimentFacts*> facts = Experiment();
    if (!facts.ok()) return facts.status();
    return ExperimentColumn(**facts, column);
  }
  if (!IsScoresColumn(column)) return Status::InvalidArgument("no such column: {}", column);
  const Result<std::vector<const ScoreRow*>> scores = Scores();
  if (!scores.ok()) return scores.status();
  return ScoresColumn(*scores, column, key);
}

Result<FieldValue> ObservationColumns::Get(std::string_view column, std::string_view key) {
  const ObservationColumn* found = FindObservationColumn(column);
  if (found == nullptr) return GetExtra(column, key);
  const bool is_text = found->is_id && (span_.facts.flags & kFlagForeignId) != 0;
  if (found->of_row != nullptr && !is_text) {
    FieldValue value = found->of_row(trace_, span_);
    const bool is_told =
        !std::holds_alternative<std::monostate>(value) || found->of_span == nullptr || found->is_id;
    if (is_told) return value;
  }
  const Result<const Observation*> full = Full();
  if (!full.ok()) return full.status();
  return found->of_span(**full, key);
}

SpanTest SpanTestOf(std::vector<FilterCondition> conditions, StoreReader& reader,
                    const MappingOptions& mapping) {
  if (conditions.empty()) return {};
  CheapFirst(conditions, IsSpanRowColumn);
  auto scores = std::make_shared<TraceScores>(reader);  // shared by the copies of the test
  return [conditions = std::move(conditions), scores, &reader, &mapping](const TraceRow& trace,
                                                                         const SpanRow& span) {
    ObservationColumns columns(reader, mapping, trace, span, *scores);
    return SatisfiesAll(conditions, columns);
  };
}

}  // namespace repartee::server
