#include "repartee/server/ingest/mapping/rules.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "repartee/base/json.h"
#include "repartee/otel/wire/utf8.h"
#include "repartee/server/ingest/mapping/values.h"
#include "repartee/server/model/time.h"

namespace repartee::server {
namespace {

using Kind = otel::AnyValueView::Kind;
using Type = ObservationType;

bool IsTrue(const otel::AnyValueView* value) {
  if (value == nullptr) return false;
  return value->kind == Kind::kBool ? value->boolean : value->kind == Kind::kString && value->bytes == "true";
}

template <class Value>
using Pairs = std::initializer_list<std::pair<std::string_view, Value>>;

template <class Value>
std::optional<Value> LookUp(const Pairs<Value>& table, std::string_view text) {
  for (const auto& [name, value] : table) {
    if (name == text) return value;
  }
  return std::nullopt;
}

// "3.2.1" and what is no version are not beyond 3.3.
bool IsBeyondVersion(std::string_view version, int most_major, int most_minor) {
  int major = 0;
  int minor = 0;
  const char* const end = version.data() + version.size();
  const auto first = std::from_chars(version.data(), end, major);
  if (first.ec != std::errc()) return false;
  if (first.ptr != end && *first.ptr == '.') std::from_chars(first.ptr + 1, end, minor);
  return major > most_major || (major == most_major && minor > most_minor);
}

// ---- type: the first rule that recognises the span decides ----

using TypeRule = std::optional<Type> (*)(const SpanInput&);

constexpr Key kModelKeysOfType[] = {Key::kObservationModelName, Key::kGenAiRequestModel,
                                    Key::kGenAiResponseModel, Key::kLlmModelName, Key::kModel};

// Exact, lower case: the reference takes no other spelling.
std::optional<Type> TypeSaid(const SpanInput& in) {
  static const Pairs<Type> kTypes = {{"span", Type::kSpan},           {"generation", Type::kGeneration},
                                     {"event", Type::kEvent},         {"embedding", Type::kEmbedding},
                                     {"agent", Type::kAgent},         {"tool", Type::kTool},
                                     {"chain", Type::kChain},         {"retriever", Type::kRetriever},
                                     {"guardrail", Type::kGuardrail}, {"evaluator", Type::kEvaluator}};
  return LookUp(kTypes, in.attributes.FindText(Key::kObservationType));
}

std::optional<Type> TypeOfOpenInference(const SpanInput& in) {
  static const Pairs<Type> kTypes = {{"CHAIN", Type::kChain},         {"RETRIEVER", Type::kRetriever},
                                     {"LLM", Type::kGeneration},      {"EMBEDDING", Type::kEmbedding},
                                     {"AGENT", Type::kAgent},         {"TOOL", Type::kTool},
                                     {"GUARDRAIL", Type::kGuardrail}, {"EVALUATOR", Type::kEvaluator}};
  return LookUp(kTypes, in.attributes.FindText(Key::kOpenInferenceKind));
}

std::optional<Type> TypeOfOperation(const SpanInput& in) {
  static const Pairs<Type> kTypes = {{"chat", Type::kGeneration},
                                     {"completion", Type::kGeneration},
                                     {"text_completion", Type::kGeneration},
                                     {"generate_content", Type::kGeneration},
                                     {"generate", Type::kGeneration},
                                     {"embeddings", Type::kEmbedding},
                                     {"invoke_agent", Type::kAgent},
                                     {"create_agent", Type::kAgent},
                                     {"execute_tool", Type::kTool}};
  return LookUp(kTypes, in.attributes.FindText(Key::kGenAiOperation));
}

// A Python SDK up to 3.3 called every span "span", also those with what only generations have.
std::optional<Type> TypeOfOldSdk(const SpanInput& in) {
  constexpr Key kOfGenerations[] = {Key::kObservationModelName,           Key::kObservationModelParameters,
                                    Key::kObservationUsageDetails,        Key::kObservationCostDetails,
                                    Key::kObservationCompletionStartTime, Key::kObservationPromptName,
                                    Key::kObservationPromptVersion};
  if (in.attributes.FindText(Key::kObservationType) != "span" || in.scope.name != "langfuse-sdk" ||
      in.resource.FindText(Key::kSdkLanguage) != "python" || IsBeyondVersion(in.scope.version, 3, 3))
    return std::nullopt;
  const bool has_any = std::any_of(std::begin(kOfGenerations), std::end(kOfGenerations),
                                   [&in](Key key) { return in.attributes.Find(key) != nullptr; });
  return has_any ? std::optional(Type::kGeneration) : std::nullopt;
}

std::optional<Type> TypeOfGenkit(const SpanInput& in) {
  static const Pairs<Type> kTypes = {{"model", Type::kGeneration},   {"background-model", Type::kGeneration},
                                     {"embedder", Type::kEmbedding}, {"tool", Type::kTool},
                                     {"tool.v2", Type::kTool},       {"retriever", Type::kRetriever},
                                     {"evaluator", Type::kEvaluator}};
  return LookUp(kTypes, in.attributes.FindText(Key::kGenkitSubtype));
}

bool IsVercel(const SpanInput& in, std::string_view operation) {
  return in.attributes.FindText(Key::kOperationName).starts_with(operation) ||
         in.attributes.FindText(Key::kAiOperationId) == operation;
}

std::optional<Type> TypeOfVercel(const SpanInput& in) {
  constexpr Key kModels[] = {Key::kObservationModelName, Key::kAiModelId, Key::kGenAiRequestModel,
                             Key::kGenAiResponseModel};
  static const Pairs<Type> kTypes = {{"ai.generateText.doGenerate", Type::kGeneration},
                                     {"ai.generateObject.doGenerate", Type::kGeneration},
                                     {"ai.streamText.doStream", Type::kGeneration},
                                     {"ai.streamObject.doStream", Type::kGeneration},
                                     {"ai.embed.doEmbed", Type::kEmbedding},
                                     {"ai.embedMany.doEmbed", Type::kEmbedding}};
  if (in.attributes.HasMeaningful(kModels)) {
    for (const auto& [operation, type] : kTypes) {
      if (IsVercel(in, operation)) return type;
    }
  }
  return IsVercel(in, "ai.toolCall") ? std::optional(Type::kTool) : std::nullopt;
}

std::optional<Type> TypeOfFlue(const SpanInput& in) {
  constexpr Key kTools[] = {Key::kFlueToolName, Key::kFlueToolCallId};
  constexpr Key kTasks[] = {Key::kFlueTaskId, Key::kFlueTaskAgent};
  if (in.attributes.HasMeaningful(kTools)) return Type::kTool;
  return in.attributes.HasMeaningful(kTasks) ? std::optional(Type::kAgent) : std::nullopt;
}

constexpr std::string_view kLiveKit = "livekit-agents";

std::optional<Type> TypeOfLiveKit(const SpanInput& in) {
  static const Pairs<Type> kTypes = {
      {"agent_turn", Type::kAgent}, {"start_agent_activity", Type::kAgent}, {"function_tool", Type::kTool}};
  return in.scope.name == kLiveKit ? LookUp(kTypes, in.span.name) : std::nullopt;
}

std::optional<Type> TypeOfTool(const SpanInput& in) {
  constexpr Key kKeys[] = {Key::kGenAiToolName, Key::kGenAiToolCallId};
  return in.attributes.HasMeaningful(kKeys) ? std::optional(Type::kTool) : std::nullopt;
}

std::optional<Type> TypeOfModel(const SpanInput& in) {
  return in.attributes.HasMeaningful(kModelKeysOfType) ? std::optional(Type::kGeneration) : std::nullopt;
}

constexpr TypeRule kTypeRules[] = {TypeOfOldSdk,  TypeSaid,     TypeOfOpenInference, TypeOfOperation,
                                   TypeOfGenkit,  TypeOfVercel, TypeOfTool,          TypeOfFlue,
                                   TypeOfLiveKit, TypeOfModel};

// ---- level ----

std::optional<Level> LevelSaid(std::string_view text) {
  std::string upper(Trimmed(text));
  for (char& c : upper) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  static const Pairs<Level> kLevels = {
      {"DEBUG", Level::kDebug},     {"TRACE", Level::kDebug},     {"VERBOSE", Level::kDebug},
      {"DEFAULT", Level::kDefault}, {"INFO", Level::kDefault},    {"LOG", Level::kDefault},
      {"NOTICE", Level::kDefault},  {"OK", Level::kDefault},      {"SUCCESS", Level::kDefault},
      {"WARN", Level::kWarning},    {"WARNING", Level::kWarning}, {"ERROR", Level::kError},
      {"FATAL", Level::kError},     {"CRITICAL", Level::kError}};
  return LookUp(kLevels, upper);
}

// Spans of LiveKit that only those who debug it want to see.
bool IsLiveKitDetail(std::string_view name) {
  constexpr std::string_view kDetails[] = {"user_speaking",
                                           "eou_detection",
                                           "llm_request_run",
                                           "tts_node",
                                           "tts_request",
                                           "tts_request_run",
                                           "tts_stream_adapter",
                                           "agent_speaking",
                                           "drain_agent_activity",
                                           "on_exit",
                                           "on_enter",
                                           "llm_fallback_adapter",
                                           "tts_fallback_adapter",
                                           "start_agent_activity"};
  return std::find(std::begin(kDetails), std::end(kDetails), name) != std::end(kDetails);
}

bool HasPrefix(std::string_view name, std::string_view stem) {
  return name == stem || (name.starts_with(stem) && name.size() > stem.size() && name[stem.size()] == '_');
}

std::optional<std::string> TextOf(const otel::AnyValueView* value) {
  if (value == nullptr) return std::nullopt;
  return ToText(*value);
}

template <std::size_t n>
const otel::AnyValueView* FirstTruthy(const AttributeIndex& attributes, const Key (&keys)[n]) {
  for (const Key key : keys) {
    if (const otel::AnyValueView* value = attributes.FindTruthy(key)) return value;
  }
  return nullptr;
}

std::string_view Unquoted(std::string_view text) {
  while (text.size() >= 2 && text.front() == '"' && text.back() == '"')
    text = text.substr(1, text.size() - 2);
  return text;
}

void AddTags(std::string_view text, std::vector<std::string>& tags) {
  if (Trimmed(text).starts_with('[')) {
    const Result<Json> json = ParseJson(text);
    if (json.ok() && json->is_array()) {
      for (const Json& tag : *json)
        tags.push_back(tag.is_string() ? tag.get<std::string>() : ToJsonText(tag));
      return;
    }
  }
  if (text.find(',') == std::string_view::npos) {
    tags.push_back(otel::ToValidUtf8(text));
    return;
  }
  while (true) {
    const std::string_view tag = text.substr(0, text.find(','));
    tags.push_back(otel::ToValidUtf8(Trimmed(tag)));
    if (tag.size() == text.size()) return;
    text.remove_prefix(tag.size() + 1);
  }
}

std::vector<std::string> MapTags(const SpanInput& in) {
  constexpr Key kKeys[] = {Key::kTraceTags,         Key::kLangfuseTags,   Key::kObservationMetadataTags,
                           Key::kTraceMetadataTags, Key::kAiMetadataTags, Key::kTagTags};
  std::vector<std::string> tags;
  const otel::AnyValueView* value = FirstTruthy(in.attributes, kKeys);
  if (value == nullptr) return tags;
  if (value->kind == Kind::kArray) {
    otel::ForEachItem(*value, [&tags](const otel::AnyValueView& item) { tags.push_back(ToText(item)); });
  } else if (value->kind == Kind::kString) {
    AddTags(value->bytes, tags);
  }
  std::sort(tags.begin(), tags.end());
  tags.erase(std::unique(tags.begin(), tags.end()), tags.end());
  return tags;
}

constexpr Key kUserKeys[] = {Key::kLangfuseUserId, Key::kUserId, Key::kObservationMetadataUserId,
                             Key::kTraceMetadataUserId, Key::kAiMetadataUserId};
constexpr Key kSessionKeys[] = {Key::kLangfuseSessionId,      Key::kSessionId,
                                Key::kGenAiConversationId,    Key::kObservationMetadataSessionId,
                                Key::kTraceMetadataSessionId, Key::kAiMetadataSessionId};
// As kSessionKeys without gen_ai.conversation.id, which does not make a span an update of its trace.
constexpr Key kUpdateKeys[] = {Key::kTraceName,
                               Key::kTraceInput,
                               Key::kTraceOutput,
                               Key::kTraceMetadata,
                               Key::kTracePublic,
                               Key::kTraceTags,
                               Key::kUserId,
                               Key::kSessionId,
                               Key::kLangfuseUserId,
                               Key::kLangfuseSessionId,
                               Key::kObservationMetadataUserId,
                               Key::kTraceMetadataUserId,
                               Key::kObservationMetadataSessionId,
                               Key::kTraceMetadataSessionId,
                               Key::kObservationMetadataTags,
                               Key::kTraceMetadataTags,
                               Key::kAiMetadataUserId,
                               Key::kAiMetadataSessionId,
                               Key::kAiMetadataTags,
                               Key::kTagTags};

}  // namespace

ObservationType MapType(const SpanInput& in) {
  for (const TypeRule rule : kTypeRules) {
    if (const std::optional<Type> type = rule(in)) return *type;
  }
  return Type::kSpan;
}

Level MapLevel(const SpanInput& in) {
  if (const std::string_view said = in.attributes.FindText(Key::kObservationLevel); !said.empty()) {
    if (const std::optional<Level> level = LevelSaid(said)) return *level;
  }
  if (in.span.status_code == 2) return Level::kError;
  return in.scope.name == kLiveKit && IsLiveKitDetail(in.span.name) ? Level::kDebug : Level::kDefault;
}

// By attributes first: names differ between Pipecat's releases and the tracing page.
Stage MapStage(const SpanInput& in) {
  if (in.attributes.Find(Key::kTurnNumber) != nullptr) return Stage::kTurn;
  static const Pairs<Stage> kOperations = {{"stt", Stage::kStt},
                                           {"tts", Stage::kTts},
                                           {"chat", Stage::kLlm},
                                           {"text_completion", Stage::kLlm},
                                           {"generate_content", Stage::kLlm},
                                           {"llm_response", Stage::kLlm}};
  if (const std::string_view operation = in.attributes.FindText(Key::kGenAiOperation); !operation.empty()) {
    return LookUp(kOperations, operation).value_or(Stage::kNone);
  }
  if (in.attributes.Find(Key::kConversationType) != nullptr) return Stage::kConversation;
  if (!in.scope.name.starts_with("pipecat")) return Stage::kNone;
  const std::string_view name = in.span.name;
  if (name == "conversation") return Stage::kConversation;
  if (name == "turn" || name.starts_with("turn-")) return Stage::kTurn;
  if (HasPrefix(name, "stt")) return Stage::kStt;
  if (HasPrefix(name, "tts")) return Stage::kTts;
  return HasPrefix(name, "llm") ? Stage::kLlm : Stage::kNone;
}

namespace {

// The attribute that names the span; null: it has its own name.
const otel::AnyValueView* NamedBy(const SpanInput& in) {
  const AttributeIndex& attributes = in.attributes;
  if (const otel::AnyValueView* tool = attributes.FindTruthy(Key::kGenAiToolName)) return tool;
  if (const otel::AnyValueView* genkit = attributes.Find(Key::kGenkitName)) return genkit;
  if (const otel::AnyValueView* message = attributes.FindTruthy(Key::kLogfireMessage)) return message;
  if (const otel::AnyValueView* call = attributes.Find(Key::kAiToolCallName)) return call;
  return attributes.Find(Key::kAiOperationId);
}

}  // namespace

std::string_view MapName(const SpanInput& in) {
  const otel::AnyValueView* by = NamedBy(in);
  return by != nullptr ? in.attributes.Text(*by) : in.span.name;
}

std::string_view MapNamePrefix(const SpanInput& in) {
  const otel::AnyValueView* by = NamedBy(in);
  if (by == nullptr || by != in.attributes.Find(Key::kAiOperationId)) return {};
  const otel::AnyValueView* function = in.attributes.FindTruthy(Key::kAiFunctionId);
  return function != nullptr ? in.attributes.Text(*function) : std::string_view();
}

bool HasModelFields(ObservationType type) { return type != Type::kSpan && type != Type::kEvent; }

bool IsAgentOperation(const SpanInput& in) {
  const std::string_view operation = in.attributes.FindText(Key::kGenAiOperation);
  return operation == "invoke_agent" || operation == "agent_step";
}

std::string_view MapModel(const SpanInput& in) {
  constexpr Key kKeys[] = {
      Key::kObservationModelName, Key::kGenAiResponseModel, Key::kAiModelId, Key::kGenAiRequestModel,
      Key::kLlmResponseModel,     Key::kLlmModelName,       Key::kModel};
  if (IsAgentOperation(in) || !HasModelFields(MapType(in))) return {};
  const std::string_view model = in.attributes.FirstTruthyText(kKeys);
  const bool is_genkit_model = model.empty() && in.attributes.FindText(Key::kGenkitSubtype) == "model";
  return is_genkit_model ? in.attributes.FindText(Key::kGenkitName) : model;
}

std::string NormalEnvironment(std::string_view text) {
  std::string name(text.substr(0, 200));
  for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  while (name.starts_with("langfuse")) {
    name.erase(0, 8);
    if (!name.empty() && (name[0] == '-' || name[0] == '_')) name.erase(0, 1);
  }
  name.resize(std::min<std::size_t>(name.size(), 40));
  const bool good = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
  return good ? name : "default";
}

std::string MapEnvironment(const SpanInput& in) {
  for (const Key key :
       {Key::kLangfuseEnvironment, Key::kDeploymentEnvironmentName, Key::kDeploymentEnvironment}) {
    const otel::AnyValueView* said = in.attributes.FindTruthy(key);
    if (said == nullptr) said = in.resource.FindTruthy(key);
    if (said == nullptr) continue;
    return said->kind == Kind::kString ? NormalEnvironment(said->bytes) : "default";
  }
  return "default";
}

std::optional<std::string> MapVersion(const SpanInput& in) {
  if (auto version = TextOf(in.attributes.Find(Key::kLangfuseVersion))) return version;
  return TextOf(in.resource.Find(Key::kServiceVersion));
}

// Pipecat 0.0.68 wrote seconds under the name of milliseconds; everyone else means what the name says.
std::int64_t MapTtfb(const SpanInput& in) {
  double factor = 1e6;
  const otel::AnyValueView* value = in.attributes.Find(Key::kTtfb);
  if (value == nullptr) {
    value = in.attributes.Find(Key::kTtfbMs);
    if (!in.scope.name.starts_with("pipecat")) factor = 1e3;
  }
  const std::optional<double> number = value != nullptr ? ToNumber(*value) : std::nullopt;
  if (!number || *number < 0 || *number > 1e6) return -1;
  return std::llround(*number * factor);
}

std::optional<std::int64_t> ToldCompletionStart(const SpanInput& in, std::int64_t start_ns,
                                                ObservationType type) {
  if (!HasModelFields(type)) return std::nullopt;
  if (const std::string_view text = in.attributes.FindText(Key::kObservationCompletionStartTime);
      !text.empty()) {
    if (const std::optional<std::int64_t> time = ParseIsoTime(Unquoted(text))) return time;
  }
  const otel::AnyValueView* chunk = in.attributes.Find(Key::kAiFirstChunk);
  if (chunk == nullptr) chunk = in.attributes.Find(Key::kAiStreamFirstChunk);
  if (chunk == nullptr || !IsTruthy(*chunk)) return std::nullopt;
  const std::optional<double> ms = JavaScriptNumber(*chunk);
  if (!ms || std::fabs(*ms) > 1e9) return std::nullopt;
  return start_ns + static_cast<std::int64_t>(std::ceil(*ms)) * 1'000'000;
}

std::optional<std::int64_t> MapCompletionStart(const SpanInput& in, std::int64_t start_ns, Stage stage) {
  if (const std::optional<std::int64_t> told = ToldCompletionStart(in, start_ns, MapType(in))) return told;
  if (!in.voice_additions || (stage != Stage::kLlm && stage != Stage::kTts)) return std::nullopt;
  const std::int64_t ttfb_us = MapTtfb(in);
  if (ttfb_us < 0) return std::nullopt;
  return start_ns + ttfb_us * 1'000;
}

bool IsOfBatch(const SpanInput& in) { return in.scope.name == kBatchScope; }

bool IsTraceEntry(const SpanInput& in) {
  return IsOfBatch(in) && in.attributes.FindText(Key::kBatchEntity) == "trace" &&
         SpanIdFromBytes(in.span.span_id) == kTraceEntryId;
}

bool IsTraceRoot(const SpanInput& in) {
  if (IsOfBatch(in)) return IsTraceEntry(in);
  return !SpanIdFromBytes(in.span.parent_span_id) || IsTrue(in.attributes.Find(Key::kAsRoot));
}

bool IsAppRoot(const SpanInput& in) { return IsTrue(in.attributes.Find(Key::kIsAppRoot)); }

bool IsTraceUpdate(const SpanInput& in) {
  if (IsOfBatch(in)) return false;
  return in.attributes.has_trace_metadata() || FirstTruthy(in.attributes, kUpdateKeys) != nullptr;
}

TraceFields MapTraceFields(const SpanInput& in, bool is_root) {
  TraceFields fields;
  fields.name = TextOf(in.attributes.Find(Key::kTraceName));
  if (!fields.name && is_root && !IsOfBatch(in)) {
    const std::string_view prefix = MapNamePrefix(in);
    fields.name = otel::ToValidUtf8((prefix.empty() ? std::string() : std::string(prefix) + ":") +
                                    std::string(MapName(in)));
  }
  fields.user_id = TextOf(FirstTruthy(in.attributes, kUserKeys));
  fields.session_id = TextOf(FirstTruthy(in.attributes, kSessionKeys));
  if (!fields.session_id && in.voice_additions)
    fields.session_id = TextOf(in.attributes.FindTruthy(Key::kConversationId));
  fields.release = TextOf(in.attributes.Find(Key::kLangfuseRelease));
  if (!fields.release) fields.release = TextOf(in.resource.Find(Key::kLangfuseRelease));
  fields.version = MapVersion(in);
  if (is_root) fields.environment = MapEnvironment(in);
  fields.tags = MapTags(in);
  const otel::AnyValueView* is_public = in.attributes.Find(Key::kTracePublic);
  if (is_public == nullptr) is_public = in.attributes.Find(Key::kLangfusePublic);
  // The reference lets every fuller event of a trace speak, with "not public" when it says nothing.
  fields.is_public = IsTrue(is_public);
  fields.whole = !IsOfBatch(in);
  return fields;
}

}  // namespace repartee::server
