// The attributes that mapping rules ask for, found once a span: every known key
// has a slot, so a rule costs one array access instead of a search.
//
// Thread: one index a thread; reuse it from span to span.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <list>
#include <span>
#include <string>
#include <string_view>

#include "repartee/otel/wire/pull_parser.h"

namespace repartee::server {

// In the order of kKeyNames.
enum class Key : std::uint8_t {
  kObservationType,
  kObservationLevel,
  kObservationStatusMessage,
  kObservationModelName,
  kObservationModelParameters,
  kObservationUsageDetails,
  kObservationCostDetails,
  kObservationCompletionStartTime,
  kObservationPromptName,
  kObservationPromptVersion,
  kObservationInput,
  kObservationOutput,
  kObservationMetadata,
  kTraceName,
  kTraceInput,
  kTraceOutput,
  kTraceMetadata,
  kTracePublic,
  kTraceTags,
  kLangfuseUserId,
  kUserId,
  kLangfuseSessionId,
  kSessionId,
  kGenAiConversationId,
  kObservationMetadataUserId,
  kTraceMetadataUserId,
  kAiMetadataUserId,
  kObservationMetadataSessionId,
  kTraceMetadataSessionId,
  kAiMetadataSessionId,
  kObservationMetadataTags,
  kTraceMetadataTags,
  kAiMetadataTags,
  kTagTags,
  kLangfuseEnvironment,
  kLangfuseRelease,
  kLangfuseVersion,
  kLangfuseTags,
  kLangfusePublic,
  kLangfuseMetadata,
  kAsRoot,
  kIsAppRoot,
  kExperimentItemRoot,
  kLangfusePromptName,
  kLangfusePromptVersion,
  kDeploymentEnvironmentName,
  kDeploymentEnvironment,
  kServiceVersion,
  kGenAiOperation,
  kGenAiToolName,
  kGenAiToolCallId,
  kGenAiResponseModel,
  kGenAiRequestModel,
  kLlmResponseModel,
  kLlmModelName,
  kModel,
  kAiModelId,
  kOpenInferenceKind,
  kLogfireMessage,
  kGenkitName,
  kAiToolCallName,
  kAiOperationId,
  kAiFunctionId,
  kAiFirstChunk,
  kAiStreamFirstChunk,
  kGenAiProvider,
  kGenAiSystem,
  kLlmInvocationParameters,
  kModelConfig,
  kGenAiUsageCost,
  kLlmCostTotal,
  kInput,
  kOutput,
  kInputValue,
  kOutputValue,
  kTraceloopInput,
  kTraceloopOutput,
  kMlflowInputs,
  kMlflowOutputs,
  kGenAiInputMessages,
  kGenAiOutputMessages,
  kGenAiToolArguments,
  kGenAiToolResult,
  kGenAiSystemInstructions,
  kTranscript,
  kIsFinal,
  kText,
  kConversationId,
  kConversationType,
  kTurnNumber,
  kTurnInterrupted,
  kTurnEndedByHangup,
  kTurnLatency,
  kTtfb,
  kTtfbMs,
  kProvisional,
  kPrompt,
  kAllMessagesEvents,
  kEvents,
  kLkInputText,
  kLkUserTranscript,
  kLkChatCtx,
  kLkToolOutput,
  kLkResponseText,
  kGcpRequest,
  kGcpResponse,
  kGcpToolArgs,
  kGcpToolResponse,
  kToolArguments,
  kToolResponse,
  kOperationName,
  kGenkitSubtype,
  kGenkitInput,
  kGenkitOutput,
  kFlueToolName,
  kFlueToolCallId,
  kFlueTaskId,
  kFlueTaskAgent,
  kAiMetadataPrompt,
  kSdkLanguage,
  kForeignTraceId,
  kForeignSpanId,
  kForeignParentId,
  kBatchEntity,
  kBatchEvents,
  kCount,
};

// Attributes under these names are this server's own: ids that are no numbers, and
// the events that a span of batch ingestion was made of.
inline constexpr std::string_view kOwnIdPrefix = "repartee.id.";
// The scope of spans that batch ingestion makes.
inline constexpr std::string_view kBatchScope = "repartee.batch";

// The attribute's name on the wire.
std::string_view KeyName(Key key);

class AttributeIndex {
 public:
  // The attributes must outlive the index's use. Of equal keys the last counts.
  void Build(std::span<const otel::KeyValueView> attributes);

  // The value, or null if the span does not carry the key.
  const otel::AnyValueView* Find(Key key) const { return slots_[static_cast<std::size_t>(key)]; }
  // As Find, for keys without a slot: a walk over all attributes.
  const otel::AnyValueView* FindByName(std::string_view name) const;
  // The value, if JavaScript would call it true: no blank text, no zero, no false.
  const otel::AnyValueView* FindTruthy(Key key) const;
  // The value if it is none of "", [] and nothing at all.
  const otel::AnyValueView* FindMeaningful(Key key) const;
  // A text as it is, of anything else its JSON; good until the next Build.
  std::string_view Text(const otel::AnyValueView& value) const;
  // The value if it is a text that is not empty.
  std::string_view FindText(Key key) const;
  template <std::size_t n>
  bool HasMeaningful(const Key (&keys)[n]) const {
    return std::any_of(keys, keys + n, [this](Key key) { return FindMeaningful(key) != nullptr; });
  }
  // The first that JavaScript would call true, as text; empty if none.
  template <std::size_t n>
  std::string_view FirstTruthyText(const Key (&keys)[n]) const {
    for (const Key key : keys) {
      if (const otel::AnyValueView* value = FindTruthy(key)) return Text(*value);
    }
    return {};
  }
  // As FindText; a key given as another type counts as missing.
  template <std::size_t n>
  std::string_view FirstText(const Key (&keys)[n]) const {
    for (const Key key : keys) {
      if (const std::string_view text = FindText(key); !text.empty()) return text;
    }
    return {};
  }

  std::span<const otel::KeyValueView> all() const { return attributes_; }
  bool has_usage() const { return has_usage_; }  // any gen_ai.usage.* or llm.token_count.*
  // Any gen_ai.prompt*, gen_ai.completion*, llm.input_messages* or llm.output_messages*.
  bool has_dotted() const { return has_dotted_; }
  bool has_trace_metadata() const { return has_trace_metadata_; }  // any langfuse.trace.metadata*

 private:
  std::array<const otel::AnyValueView*, static_cast<std::size_t>(Key::kCount)> slots_{};
  std::span<const otel::KeyValueView> attributes_;
  bool has_usage_ = false;
  bool has_dotted_ = false;
  bool has_trace_metadata_ = false;
  mutable std::list<std::string> made_;  // texts of what was no text
};

}  // namespace repartee::server
