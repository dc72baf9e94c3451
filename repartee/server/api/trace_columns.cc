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
using column_value::Number;
using column_value::SatisfiesAll;
using column_value::Text;

std::string EnvironmentOf(const TraceRow& trace) {
  return trace.environment.empty() ? "default" : trace.environment;
}

struct TraceColumn {
  std::string_view name;
  FieldValue (*of_row)(const TraceRow&);  // null: from its spans or its texts
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
    {"inputCost", nullptr},
    {"outputCost", nullptr},
    {"defaultCount", nullptr},
    {"debugCount", nullptr},
};

const TraceColumn* FindTraceColumn(std::string_view name) {
  const auto* found = std::find_if(std::begin(kTraceColumns), std::end(kTraceColumns),
                                   [name](const TraceColumn& c) { return c.name == name; });
  return found == std::end(kTraceColumns) ? nullptr : found;
}

bool IsTraceRowColumn(std::string_view name) {
  const TraceColumn* column = FindTraceColumn(name);
  return column != nullptr && column->of_row != nullptr;
}

}  // namespace

bool IsTraceColumn(std::string_view column) {
  return FindTraceColumn(column) != nullptr || IsScoresColumn(column);
}

Result<FieldValue> TraceColumns::LevelCount(Level level) {
  const Result<std::vector<SpanRow>> spans = reader_.Spans(trace_.place);
  if (!spans.ok()) return spans.status();
  return Number(std::count_if(spans->begin(), spans->end(), [level](const SpanRow& span) {
    return span.facts.level == level && (span.facts.flags & kFlagProvisional) == 0;
  }));
}

Result<FieldValue> TraceColumns::CostPart(std::string_view part) {
  const Result<TraceView> view = LoadTrace(reader_, mapping_, trace_);
  if (!view.ok()) return view.status();
  std::optional<double> sum;
  for (const Observation& observation : view->observations) {
    if (const std::optional<double> cost = CostOf(observation, part)) sum = sum.value_or(0) + *cost;
  }
  return Number(sum);
}

Result<FieldValue> TraceColumns::Get(std::string_view column, std::string_view key) {
  if (IsScoresColumn(column)) {
    const Result<std::vector<const ScoreRow*>> scores = scores_.Of(trace_);
    if (!scores.ok()) return scores.status();
    return ScoresColumn(*scores, column, key);
  }
  const TraceColumn* found = FindTraceColumn(column);
  if (found == nullptr) return Status::InvalidArgument("no such column: {}", column);
  if (found->of_row != nullptr) return found->of_row(trace_);
  if (column == "defaultCount") return LevelCount(Level::kDefault);
  if (column == "debugCount") return LevelCount(Level::kDebug);
  if (column == "inputCost") return CostPart("input");
  if (column == "outputCost") return CostPart("output");
  if (!item_) {
    Result<TraceListItem> item = LoadListItem(reader_, mapping_, trace_);
    if (!item.ok()) return std::move(item).status();
    item_ = *std::move(item);
  }
  if (column == "metadata") return MetadataOf(item_->metadata, key);
  return Text(column == "input" ? item_->input : item_->output);
}

TraceTest TestOf(std::vector<FilterCondition> conditions, StoreReader& reader,
                 const MappingOptions& mapping) {
  if (conditions.empty()) return {};
  CheapFirst(conditions, IsTraceRowColumn);
  auto scores = std::make_shared<TraceScores>(reader);  // shared by the copies of the test
  return [conditions = std::move(conditions), scores, &reader, &mapping](const TraceRow& trace) {
    TraceColumns columns(reader, mapping, trace, *scores);
    return SatisfiesAll(conditions, columns);
  };
}

}  // namespace repartee::server
