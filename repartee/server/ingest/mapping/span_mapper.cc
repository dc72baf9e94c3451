#include "repartee/server/ingest/mapping/span_mapper.h"

#include <algorithm>
#include <cmath>

#include "repartee/base/json.h"
#include "repartee/otel/wire/utf8.h"
#include "repartee/server/ingest/mapping/money.h"
#include "repartee/server/ingest/mapping/rules.h"
#include "repartee/server/ingest/mapping/tool_move.h"
#include "repartee/server/ingest/mapping/values.h"

namespace repartee::server {
namespace {

using Kind = otel::AnyValueView::Kind;

bool IsTrue(const otel::AnyValueView* value) {
  return value != nullptr && value->kind == Kind::kBool && value->boolean;
}

std::int64_t ToTime(std::uint64_t ns) {
  // Beyond the year 2200 it is no time; the same bound as ParseIsoTime's.
  constexpr std::uint64_t kLast = 7'258'118'400'000'000'000ULL;
  return static_cast<std::int64_t>(std::min(ns, kLast));
}

// Every span below it says which one it is.
bool IsExperimentItem(const SpanInput& in) {
  const std::string_view item = in.attributes.FindText(Key::kExperimentItemRoot);
  return !item.empty() && SpanIdFromHex(item) == SpanIdFromBytes(in.span.span_id);
}

std::uint32_t MapFlags(const SpanInput& in, Stage stage) {
  std::uint32_t flags = 0;
  if (IsTrue(in.attributes.Find(Key::kProvisional))) flags |= kFlagProvisional;
  if (!SpanIdFromBytes(in.span.parent_span_id)) flags |= kFlagNoParent;
  if (IsTraceRoot(in)) {
    flags |= kFlagRoot;
  } else if (IsTraceUpdate(in)) {
    flags |= kFlagTraceUpdate;
  }
  if (in.attributes.Find(Key::kForeignSpanId) != nullptr ||
      in.attributes.Find(Key::kForeignParentId) != nullptr)
    flags |= kFlagForeignId;
  if (in.span.end_ns == 0 && in.scope.name == kBatchScope) flags |= kFlagNoEnd;
  if (IsOfBatch(in)) flags |= kFlagMerged;
  if (IsTraceEntry(in)) flags |= kFlagTraceEntry;
  if (IsAppRoot(in)) flags |= kFlagAppRoot;
  if (IsExperimentItem(in)) flags |= kFlagExperimentItem;
  if (stage >= Stage::kStt && in.scope.name == "pipecat") flags |= kFlagOfTurn;
  if (MapType(in) == ObservationType::kEvent) flags |= kFlagNoEnd;
  if (stage == Stage::kTurn) {
    if (IsTrue(in.attributes.Find(Key::kTurnInterrupted))) flags |= kFlagInterrupted;
    if (IsTrue(in.attributes.Find(Key::kTurnEndedByHangup))) flags |= kFlagEndedByHangup;
  }
  return flags;
}

SpanFacts PlainFacts(const SpanInput& in) {
  SpanFacts facts;
  const otel::SpanView& span = in.span;
  // One edge missing: copy the other.
  facts.start_ns = ToTime(span.start_ns != 0 ? span.start_ns : span.end_ns);
  facts.end_ns = std::max(facts.start_ns, ToTime(span.end_ns != 0 ? span.end_ns : span.start_ns));
  facts.type = MapType(in);
  facts.level = MapLevel(in);
  facts.stage = MapStage(in);
  facts.flags = MapFlags(in, facts.stage);
  if (facts.stage == Stage::kTurn) {
    const otel::AnyValueView* number = in.attributes.Find(Key::kTurnNumber);
    if (number != nullptr && number->kind == Kind::kInt && number->integer >= 0 &&
        number->integer < 1'000'000) {
      facts.turn_number = static_cast<std::int32_t>(number->integer);
    }
    const otel::AnyValueView* latency = in.attributes.Find(Key::kTurnLatency);
    const std::optional<double> seconds = latency != nullptr ? ToNumber(*latency) : std::nullopt;
    if (seconds && *seconds >= 0 && *seconds < 1e6) facts.ub_latency_us = std::llround(*seconds * 1e6);
  } else if (const auto told = ToldCompletionStart(in, facts.start_ns, facts.type)) {
    facts.ttfb_us = std::max<std::int64_t>((*told - facts.start_ns) / 1'000, -1);
  } else if (facts.stage != Stage::kNone && facts.stage != Stage::kConversation) {
    facts.ttfb_us = MapTtfb(in);
  }
  return facts;
}

std::optional<std::string> FirstOf(const SpanInput& in, Key first, Key second) {
  const otel::AnyValueView* value = in.attributes.Find(first);
  if (value == nullptr) value = in.attributes.Find(second);
  if (value == nullptr) return std::nullopt;
  return ToText(*value);
}

// What Vercel's SDK carries of a prompt: {"name":...,"version":...}.
Json PromptOfVercel(const SpanInput& in, const char* key) {
  const Result<Json> json = ParseJson(in.attributes.FindText(Key::kAiMetadataPrompt));
  return json.ok() && json->is_object() ? json->value(key, Json()) : Json();
}

// A whole number, or a text of digits alone.
std::optional<std::int64_t> PromptVersion(const SpanInput& in) {
  constexpr double kMost = 65'535;
  const otel::AnyValueView* version = in.attributes.Find(Key::kObservationPromptVersion);
  if (version == nullptr) version = in.attributes.Find(Key::kLangfusePromptVersion);
  const Json of_vercel = version == nullptr ? PromptOfVercel(in, "version") : Json();
  std::optional<double> number = version != nullptr ? ToNumber(*version) : std::nullopt;
  if (of_vercel.is_number()) number = of_vercel.get<double>();
  if (!number || *number < 0 || *number > kMost || *number != std::floor(*number)) return std::nullopt;
  return static_cast<std::int64_t>(*number);
}

// Both or neither.
void AddPrompt(Observation& out, const SpanInput& in) {
  if (out.facts.type != ObservationType::kGeneration) return;
  std::optional<std::string> name = FirstOf(in, Key::kObservationPromptName, Key::kLangfusePromptName);
  if (!name) {
    const Json of_vercel = PromptOfVercel(in, "name");
    if (of_vercel.is_string()) name = of_vercel.get<std::string>();
  }
  const std::optional<std::int64_t> version = PromptVersion(in);
  if (!name || !version) return;
  out.prompt_name = std::move(name);
  out.prompt_version = version;
}

// Texts count only where the id is their hash: nobody takes another's place by them.
std::string ShownSpanId(std::string_view bytes, std::string_view text) {
  const std::optional<SpanId> id = SpanIdFromBytes(bytes);
  if (!id) return {};
  return !text.empty() && SpanIdFromText(text) == *id ? otel::ToValidUtf8(text) : SpanIdHex(*id);
}

void AddIds(Observation& out, const SpanInput& in) {
  out.id = ShownSpanId(in.span.span_id, in.attributes.FindText(Key::kForeignSpanId));
  out.parent_id = ShownSpanId(in.span.parent_span_id, in.attributes.FindText(Key::kForeignParentId));
}

// The trace keeps its tools where they were said.
void AddTexts(Observation& out, const SpanInput& in) {
  InputOutput io = MapInputOutput(in);
  out.metadata = MapMetadata(in);
  const bool is_root = (out.facts.flags & kFlagRoot) != 0;
  if (is_root || (out.facts.flags & kFlagTraceUpdate) != 0) {
    out.trace_metadata = MapTraceMetadata(in, is_root);
    InputOutput trace_io = MapTraceInputOutput(in, is_root, io);
    out.trace_input = std::move(trace_io.input);
    out.trace_output = std::move(trace_io.output);
  }
  const std::optional<MovedTools> moved = MoveToolsToInput(io.input, out.metadata);
  if (moved && out.alone) RemoveMovedTools(*moved, out.alone->metadata);
  out.input = std::move(io.input);
  out.output = std::move(io.output);
}

}  // namespace

void SpanMapper::Use(const otel::ResourceView& resource, const otel::ScopeView& scope,
                     const otel::SpanView& span) {
  span_ = &span;
  scope_ = &scope;
  attributes_.Build(span.attributes);
  resource_.Build(resource.attributes);
}

SpanFacts SpanMapper::Facts() const {
  const SpanInput in = input();
  SpanFacts facts = PlainFacts(in);
  const std::string_view model = MapModel(in);
  const bool may_cost = !model.empty() || attributes_.has_usage() ||
                        attributes_.Find(Key::kObservationUsageDetails) != nullptr ||
                        attributes_.Find(Key::kObservationCostDetails) != nullptr ||
                        attributes_.Find(Key::kLlmCostTotal) != nullptr ||
                        attributes_.Find(Key::kGenkitOutput) != nullptr || in.scope.name == "ai";
  if (may_cost) AddMoney(facts, MapMoney(in, model, facts.start_ns, nullptr));
  return facts;
}

std::string_view SpanMapper::Name() const { return MapName(input()); }

std::string SpanMapper::NamePrefix() const {
  const std::string_view prefix = MapNamePrefix(input());
  return prefix.empty() ? std::string() : std::string(prefix) + ":";
}

std::string_view SpanMapper::Model() const { return MapModel(input()); }

std::string_view SpanMapper::Provider() const {
  constexpr Key kKeys[] = {Key::kGenAiProvider, Key::kGenAiSystem};
  return attributes_.FirstText(kKeys);
}

std::string SpanMapper::ForeignTraceId() const {
  const std::string_view text = attributes_.FindText(Key::kForeignTraceId);
  if (text.empty() || TraceIdFromText(text).Bytes() != span_->trace_id) return {};
  return IsCanonical(TraceIdFromText(text), text) ? std::string() : otel::ToValidUtf8(text);
}

TraceFields SpanMapper::Fields() const {
  const SpanInput in = input();
  const bool is_root = IsTraceRoot(in);
  if (!is_root && !IsTraceUpdate(in)) return {};
  return MapTraceFields(in, is_root);
}

std::string SpanMapper::Environment() const { return MapEnvironment(input()); }

std::pair<std::string, std::string> SpanMapper::TraceTexts() const {
  const SpanInput in = input();
  InputOutput io = MapTraceInputOutput(in, IsTraceRoot(in), MapInputOutput(in));
  return {io.input.value_or(""), io.output.value_or("")};
}

std::string_view SpanMapper::Transcript() const {
  if (!options_.voice_additions) return {};
  return MapStage(input()) == Stage::kStt ? attributes_.FindText(Key::kTranscript) : std::string_view();
}

std::string_view SpanMapper::Spoken() const {
  if (!options_.voice_additions) return {};
  return MapStage(input()) == Stage::kTts ? attributes_.FindText(Key::kText) : std::string_view();
}

Observation SpanMapper::Full() const {
  const SpanInput in = input();
  Observation out;
  AddIds(out, in);
  out.facts = PlainFacts(in);
  out.name = otel::ToValidUtf8(NamePrefix() + std::string(Name()));
  out.completion_start_ns = MapCompletionStart(in, out.facts.start_ns, out.facts.stage);
  if (const otel::AnyValueView* message = attributes_.Find(Key::kObservationStatusMessage)) {
    out.status_message = ToText(*message);
  } else if (span_->has_status_message) {
    out.status_message = otel::ToValidUtf8(span_->status_message);
  }
  out.version = MapVersion(in);
  out.environment = MapEnvironment(in);
  if (const std::string_view model = Model(); !model.empty()) out.model = otel::ToValidUtf8(model);
  out.model_parameters = MapModelParameters(in);
  AddPrompt(out, in);
  Money money =
      MapMoney(in, Model(), out.facts.start_ns, out.model_parameters ? &*out.model_parameters : nullptr);
  AddMoney(out.facts, money);
  out.usage = std::move(money.usage);
  out.cost = std::move(money.cost);
  out.price_id = std::move(money.price_id);
  out.price_tier = std::move(money.tier);
  out.input_price = money.input_price;
  out.output_price = money.output_price;
  out.total_price = money.total_price;
  if (options_.alone) out.alone = SpanAlone{MapTraceFields(in, false), MapFlatMetadata(in)};
  AddTexts(out, in);
  out.transcript = otel::ToValidUtf8(Transcript());
  out.transcript_is_final = IsTrue(attributes_.Find(Key::kIsFinal));
  out.spoken = otel::ToValidUtf8(Spoken());
  return out;
}

}  // namespace repartee::server
