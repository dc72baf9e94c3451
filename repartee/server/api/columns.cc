#include "repartee/server/api/columns.h"

#include <algorithm>

#include "repartee/base/stable_sort.h"
#include "repartee/server/api/observation_json.h"

namespace repartee::server {
namespace {

FieldValue Nothing() { return std::monostate(); }

FieldValue Text(const std::optional<std::string>& text) { return text ? FieldValue(*text) : Nothing(); }

FieldValue Number(std::int64_t value) { return static_cast<double>(value); }

// -1 is "not known".
FieldValue Measure(std::int64_t value, double unit) {
  return value < 0 ? Nothing() : FieldValue(static_cast<double>(value) / unit);
}

FieldValue Number(const std::optional<double>& value) { return value ? FieldValue(*value) : Nothing(); }

FieldValue MetadataOf(const std::vector<MetadataEntry>& metadata, std::string_view key) {
  for (const auto& [name, value] : metadata) {
    if (name == key) return value;
  }
  // A dotted key leads into the objects.
  for (const auto& [name, value] : FlattenMetadata(metadata)) {
    if (name == key) return value;
  }
  return Nothing();
}

std::string EnvironmentOf(const TraceRow& trace) {
  return trace.environment.empty() ? "default" : trace.environment;
}

// ---- traces ----

struct TraceColumn {
  std::string_view name;
  FieldValue (*of_row)(const TraceRow&);  // null: from the trace's texts
};

constexpr TraceColumn kTraceColumns[] = {
    {"id", [](const TraceRow& t) { return FieldValue(t.ShownId()); }},
    {"name", [](const TraceRow& t) { return Text(t.name); }},
    {"timestamp", [](const TraceRow& t) { return FieldValue(TimePoint{t.start_ns}); }},
    {"userId", [](const TraceRow& t) { return Text(t.user_id); }},
    {"sessionId", [](const TraceRow& t) { return Text(t.session_id); }},
    {"environment", [](const TraceRow& t) { return FieldValue(EnvironmentOf(t)); }},
    {"version", [](const TraceRow& t) { return Text(t.version); }},
    {"release", [](const TraceRow& t) { return Text(t.release); }},
    {"tags", [](const TraceRow& t) { return FieldValue(t.tags); }},
    {"bookmarked", [](const TraceRow&) { return FieldValue(false); }},
    {"level", [](const TraceRow& t) { return FieldValue(std::string(LevelName(t.level))); }},
    {"latency", [](const TraceRow& t) { return Measure(t.end_ns - t.start_ns, 1e9); }},
    {"inputTokens", [](const TraceRow& t) { return Number(t.input_tokens); }},
    {"outputTokens", [](const TraceRow& t) { return Number(t.output_tokens); }},
    {"totalTokens", [](const TraceRow& t) { return Number(t.total_tokens); }},
    {"tokens", [](const TraceRow& t) { return Number(t.total_tokens); }},
    {"totalCost", [](const TraceRow& t) { return Measure(t.cost, 1e12); }},
    {"warningCount", [](const TraceRow& t) { return Number(t.warnings); }},
    {"errorCount", [](const TraceRow& t) { return Number(t.errors); }},
    {"voice.turnCount", [](const TraceRow& t) { return Number(t.turns); }},
    {"voice.wasInterrupted", [](const TraceRow& t) { return FieldValue(t.interrupted_turns > 0); }},
    {"voice.userBotLatency", [](const TraceRow& t) { return Measure(t.ub_latency_p50_us, 1e6); }},
    {"voice.sttTtfb", [](const TraceRow& t) { return Measure(t.stt_ttfb_p50_us, 1e6); }},
    {"voice.llmTtfb", [](const TraceRow& t) { return Measure(t.llm_ttfb_p50_us, 1e6); }},
    {"voice.ttsTtfb", [](const TraceRow& t) { return Measure(t.tts_ttfb_p50_us, 1e6); }},
    {"metadata", nullptr},
    {"input", nullptr},
    {"output", nullptr},
};

const TraceColumn* FindTraceColumn(std::string_view name) {
  const auto* found = std::find_if(std::begin(kTraceColumns), std::end(kTraceColumns),
                                   [name](const TraceColumn& c) { return c.name == name; });
  return found == std::end(kTraceColumns) ? nullptr : found;
}

// ---- observations ----

struct ObservationColumn {
  std::string_view name;
  FieldValue (*of_row)(const TraceRow&, const SpanRow&);  // null, or nothing: the whole span tells it
  FieldValue (*of_span)(const Observation&, std::string_view key);
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
    {"id", [](const TraceRow&, const SpanRow& s) { return FieldValue(SpanIdHex(s.id)); }, nullptr},
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
     nullptr},
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

// What a row can answer goes first.
template <class IsCheap>
void CheapFirst(std::vector<FilterCondition>& conditions, IsCheap is_cheap) {
  StableSort(conditions, [&](const FilterCondition& a, const FilterCondition& b) {
    return is_cheap(a.column) && !is_cheap(b.column);
  });
}

template <class Columns>
Result<bool> SatisfiesAll(const std::vector<FilterCondition>& conditions, Columns& columns) {
  for (const FilterCondition& condition : conditions) {
    const Result<FieldValue> value = columns.Get(condition.column, condition.key);
    if (!value.ok()) return value.status();
    if (!Satisfies(condition, *value)) return false;
  }
  return true;
}

}  // namespace

bool IsTraceColumn(std::string_view column) { return FindTraceColumn(column) != nullptr; }
bool IsObservationColumn(std::string_view column) { return FindObservationColumn(column) != nullptr; }

Result<FieldValue> TraceColumns::Get(std::string_view column, std::string_view key) {
  const TraceColumn* found = FindTraceColumn(column);
  if (found == nullptr) return Status::InvalidArgument("no such column: {}", column);
  if (found->of_row != nullptr) return found->of_row(trace_);
  if (!item_) {
    Result<TraceListItem> item = LoadListItem(reader_, mapping_, trace_);
    if (!item.ok()) return std::move(item).status();
    item_ = *std::move(item);
  }
  if (column == "metadata") return MetadataOf(item_->metadata, key);
  return Text(column == "input" ? item_->input : item_->output);
}

Result<const Observation*> ObservationColumns::Full() {
  if (!full_) {
    Result<Observation> loaded = LoadObservation(reader_, mapping_, {trace_, span_});
    if (!loaded.ok()) return std::move(loaded).status();
    full_ = *std::move(loaded);
  }
  return &*full_;
}

Result<FieldValue> ObservationColumns::Get(std::string_view column, std::string_view key) {
  const ObservationColumn* found = FindObservationColumn(column);
  if (found == nullptr) return Status::InvalidArgument("no such column: {}", column);
  if (found->of_row != nullptr) {
    FieldValue value = found->of_row(trace_, span_);
    const bool is_told = !std::holds_alternative<std::monostate>(value) || found->of_span == nullptr;
    if (is_told) return value;
  }
  const Result<const Observation*> full = Full();
  if (!full.ok()) return full.status();
  return found->of_span(**full, key);
}

TraceTest TestOf(std::vector<FilterCondition> conditions, StoreReader& reader,
                 const MappingOptions& mapping) {
  if (conditions.empty()) return {};
  CheapFirst(conditions, [](std::string_view c) { return FindTraceColumn(c)->of_row != nullptr; });
  return [conditions = std::move(conditions), &reader, &mapping](const TraceRow& trace) {
    TraceColumns columns(reader, mapping, trace);
    return SatisfiesAll(conditions, columns);
  };
}

SpanTest SpanTestOf(std::vector<FilterCondition> conditions, StoreReader& reader,
                    const MappingOptions& mapping) {
  if (conditions.empty()) return {};
  CheapFirst(conditions, [](std::string_view c) { return FindObservationColumn(c)->of_row != nullptr; });
  return [conditions = std::move(conditions), &reader, &mapping](const TraceRow& trace, const SpanRow& span) {
    ObservationColumns columns(reader, mapping, trace, span);
    return SatisfiesAll(conditions, columns);
  };
}

}  // namespace repartee::server
