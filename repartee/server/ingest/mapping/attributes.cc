#include "repartee/server/ingest/mapping/attributes.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "repartee/server/ingest/mapping/values.h"

namespace repartee::server {
namespace {

using Kind = otel::AnyValueView::Kind;

constexpr std::size_t kKeys = static_cast<std::size_t>(Key::kCount);

constexpr std::array<std::string_view, kKeys> kKeyNames = {
    "langfuse.observation.type",
    "langfuse.observation.level",
    "langfuse.observation.status_message",
    "langfuse.observation.model.name",
    "langfuse.observation.model.parameters",
    "langfuse.observation.usage_details",
    "langfuse.observation.cost_details",
    "langfuse.observation.completion_start_time",
    "langfuse.observation.prompt.name",
    "langfuse.observation.prompt.version",
    "langfuse.observation.input",
    "langfuse.observation.output",
    "langfuse.observation.metadata",
    "langfuse.trace.name",
    "langfuse.trace.input",
    "langfuse.trace.output",
    "langfuse.trace.metadata",
    "langfuse.trace.public",
    "langfuse.trace.tags",
    "langfuse.user.id",
    "user.id",
    "langfuse.session.id",
    "session.id",
    "gen_ai.conversation.id",
    "langfuse.observation.metadata.langfuse_user_id",
    "langfuse.trace.metadata.langfuse_user_id",
    "ai.telemetry.metadata.userId",
    "langfuse.observation.metadata.langfuse_session_id",
    "langfuse.trace.metadata.langfuse_session_id",
    "ai.telemetry.metadata.sessionId",
    "langfuse.observation.metadata.langfuse_tags",
    "langfuse.trace.metadata.langfuse_tags",
    "ai.telemetry.metadata.tags",
    "tag.tags",
    "langfuse.environment",
    "langfuse.release",
    "langfuse.version",
    "langfuse.tags",
    "langfuse.public",
    "langfuse.metadata",
    "langfuse.internal.as_root",
    "langfuse.internal.is_app_root",
    "langfuse.experiment.item.root_observation_id",
    "langfuse.prompt.name",
    "langfuse.prompt.version",
    "deployment.environment.name",
    "deployment.environment",
    "service.version",
    "gen_ai.operation.name",
    "gen_ai.tool.name",
    "gen_ai.tool.call.id",
    "gen_ai.response.model",
    "gen_ai.request.model",
    "llm.response.model",
    "llm.model_name",
    "model",
    "ai.model.id",
    "openinference.span.kind",
    "logfire.msg",
    "genkit:name",
    "ai.toolCall.name",
    "ai.operationId",
    "ai.telemetry.functionId",
    "ai.response.msToFirstChunk",
    "ai.stream.msToFirstChunk",
    "gen_ai.provider.name",
    "gen_ai.system",
    "llm.invocation_parameters",
    "model_config",
    "gen_ai.usage.cost",
    "llm.cost.total",
    "input",
    "output",
    "input.value",
    "output.value",
    "traceloop.entity.input",
    "traceloop.entity.output",
    "mlflow.spanInputs",
    "mlflow.spanOutputs",
    "gen_ai.input.messages",
    "gen_ai.output.messages",
    "gen_ai.tool.call.arguments",
    "gen_ai.tool.call.result",
    "gen_ai.system_instructions",
    "transcript",
    "is_final",
    "text",
    "conversation.id",
    "conversation.type",
    "turn.number",
    "turn.was_interrupted",
    "turn.ended_by_conversation_end",
    "turn.user_bot_latency_seconds",
    "metrics.ttfb",
    "metrics.ttfb_ms",
    "repartee.provisional",
    "prompt",
    "all_messages_events",
    "events",
    "lk.input_text",
    "lk.user_transcript",
    "lk.chat_ctx",
    "lk.function_tool.output",
    "lk.response.text",
    "gcp.vertex.agent.llm_request",
    "gcp.vertex.agent.llm_response",
    "gcp.vertex.agent.tool_call_args",
    "gcp.vertex.agent.tool_response",
    "tool_arguments",
    "tool_response",
    "operation.name",
    "genkit:metadata:subtype",
    "genkit:input",
    "genkit:output",
    "flue.tool.name",
    "flue.tool.call_id",
    "flue.task.id",
    "flue.task.agent",
    "ai.telemetry.metadata.langfusePrompt",
    "telemetry.sdk.language",
    "repartee.id.trace",
    "repartee.id.span",
    "repartee.id.parent",
    "repartee.batch.entity",
    "repartee.batch.events",
};
static_assert(!kKeyNames.back().empty(), "a key has no name");

// Length, first and last eight bytes tell the known keys apart well enough; the
// name itself is compared after.
std::size_t Slot(std::string_view key) {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  const std::size_t n = key.size() < 8 ? key.size() : 8;
  if (n == 0) return 0;  // an empty view may point nowhere
  std::memcpy(&first, key.data(), n);
  std::memcpy(&last, key.data() + key.size() - n, n);
  std::uint64_t mixed = (first ^ (key.size() << 56)) * 0x9E3779B97F4A7C15ULL;
  mixed ^= last * 0xC2B2AE3D27D4EB4FULL;
  mixed ^= mixed >> 29;
  return static_cast<std::size_t>((mixed * 0xBF58476D1CE4E5B9ULL) >> 54);
}

constexpr std::size_t kSlots = 1024;  // what Slot can give
constexpr std::uint8_t kFree = 0xff;
static_assert(kKeys < kFree);

// Open addressing; built once.
const std::array<std::uint8_t, kSlots>& KeyTable() {
  static const std::array<std::uint8_t, kSlots> table = [] {
    std::array<std::uint8_t, kSlots> slots{};
    slots.fill(kFree);
    for (std::size_t i = 0; i < kKeys; ++i) {
      std::size_t at = Slot(kKeyNames[i]);
      while (slots[at] != kFree) at = (at + 1) % kSlots;
      slots[at] = static_cast<std::uint8_t>(i);
    }
    return slots;
  }();
  return table;
}

std::uint8_t FindKey(const std::array<std::uint8_t, kSlots>& table, std::string_view key) {
  std::size_t at = Slot(key);
  while (table[at] != kFree) {
    if (kKeyNames[table[at]] == key) return table[at];
    at = (at + 1) % kSlots;
  }
  return kFree;
}

}  // namespace

std::string_view KeyName(Key key) { return kKeyNames[static_cast<std::size_t>(key)]; }

void AttributeIndex::Build(std::span<const otel::KeyValueView> attributes) {
  slots_.fill(nullptr);
  attributes_ = attributes;
  made_.clear();
  has_usage_ = false;
  has_dotted_ = false;
  has_trace_metadata_ = false;
  const auto& table = KeyTable();
  for (const otel::KeyValueView& attribute : attributes) {
    const std::string_view key = attribute.key;
    if (const std::uint8_t known = FindKey(table, key); known != kFree) slots_[known] = &attribute.value;
    if (key.empty()) continue;
    if (key[0] == 'g' && key.starts_with("gen_ai.usage.")) has_usage_ = true;
    if (key[0] == 'g' && (key.starts_with("gen_ai.prompt") || key.starts_with("gen_ai.completion")))
      has_dotted_ = true;
    if (key[0] != 'l') continue;
    if (key.starts_with("llm.input_messages") || key.starts_with("llm.output_messages")) has_dotted_ = true;
    if (key.starts_with("llm.token_count.")) has_usage_ = true;
    if (key.starts_with("langfuse.trace.metadata")) has_trace_metadata_ = true;
  }
}

const otel::AnyValueView* AttributeIndex::FindByName(std::string_view name) const {
  const auto found =
      std::find_if(attributes_.rbegin(), attributes_.rend(), [name](const auto& a) { return a.key == name; });
  return found == attributes_.rend() ? nullptr : &found->value;
}

const otel::AnyValueView* AttributeIndex::FindTruthy(Key key) const {
  const otel::AnyValueView* value = Find(key);
  return value != nullptr && IsTruthy(*value) ? value : nullptr;
}

const otel::AnyValueView* AttributeIndex::FindMeaningful(Key key) const {
  const otel::AnyValueView* value = Find(key);
  if (value == nullptr) return nullptr;
  if (value->kind == Kind::kString) return value->bytes.empty() ? nullptr : value;
  if (value->kind != Kind::kArray) return value;
  // A list without its items' field is shown as OTLP's own JSON.
  bool has_item = value->bytes.empty();
  otel::ForEachItem(*value, [&has_item](const otel::AnyValueView&) { has_item = true; });
  return has_item ? value : nullptr;
}

std::string_view AttributeIndex::Text(const otel::AnyValueView& value) const {
  if (value.kind == Kind::kString) return value.bytes;
  return made_.emplace_back(ToText(value));
}

std::string_view AttributeIndex::FindText(Key key) const {
  const otel::AnyValueView* value = Find(key);
  if (value == nullptr || value->kind != Kind::kString) return {};
  return value->bytes;
}

}  // namespace repartee::server
