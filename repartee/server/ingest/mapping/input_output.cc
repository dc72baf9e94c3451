// Which attributes are a span's input and output: the first rule that yields either
// side ends the search. Rules in order of rank; some belong to one instrumentation's scope.
#include <algorithm>

#include "repartee/otel/wire/utf8.h"
#include "repartee/server/ingest/mapping/dotted.h"
#include "repartee/server/ingest/mapping/rules.h"
#include "repartee/server/ingest/mapping/values.h"

namespace repartee::server {
namespace {

using Text = std::optional<std::string>;
using Kind = otel::AnyValueView::Kind;

Text TruthyText(const AttributeIndex& attributes, Key key) {
  const otel::AnyValueView* value = attributes.FindTruthy(key);
  if (value == nullptr) return std::nullopt;
  return ToText(*value);
}

Text NamedText(const AttributeIndex& attributes, std::string_view name) {
  const otel::AnyValueView* value = attributes.FindByName(name);
  if (value == nullptr || !IsTruthy(*value)) return std::nullopt;
  return ToText(*value);
}

Text FirstNamed(const AttributeIndex& attributes, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    if (Text text = NamedText(attributes, name)) return text;
  }
  return std::nullopt;
}

Text TextOf(const std::optional<Json>& json) {
  if (!json) return std::nullopt;
  return json->is_string() ? json->get<std::string>() : ToJsonText(*json);
}

bool IsAny(const InputOutput& io) { return io.input || io.output; }

// ---- messages ----

// The instructions as one text: contents of their parts, a line each.
std::string InstructionText(const std::string& instructions) {
  const Result<Json> json = ParseJson(instructions);
  if (!json.ok() || !json->is_array()) return instructions;
  std::string text;
  for (const Json& part : *json) {
    if (!part.is_object() || !part.contains("content") || !part["content"].is_string()) continue;
    text += (text.empty() ? "" : "\n") + part["content"].get<std::string>();
  }
  return text;
}

// Puts the system's instructions before messages that have none.
Text WithInstructions(const AttributeIndex& attributes, Text messages) {
  const Text instructions = TruthyText(attributes, Key::kGenAiSystemInstructions);
  if (!messages || !instructions) return messages;
  const Result<Json> json = ParseJson(*messages);
  if (!json.ok() || !json->is_array()) return messages;
  const auto is_system = [](const Json& message) {
    return message.is_object() && message.value("role", Json()) == "system";
  };
  if (std::any_of(json->begin(), json->end(), is_system)) return messages;
  Json all = Json::array({{{"role", "system"}, {"content", InstructionText(*instructions)}}});
  for (const Json& message : *json) all.push_back(message);
  return ToJsonText(all);
}

InputOutput GenAiMessages(const AttributeIndex& attributes) {
  InputOutput io{WithInstructions(attributes, TruthyText(attributes, Key::kGenAiInputMessages)),
                 TruthyText(attributes, Key::kGenAiOutputMessages)};
  if (IsAny(io)) return io;
  return {TruthyText(attributes, Key::kGenAiToolArguments), TruthyText(attributes, Key::kGenAiToolResult)};
}

Json AttributesAsJson(std::span<const otel::KeyValueView> attributes, Json object) {
  for (const otel::KeyValueView& attribute : attributes)
    object[otel::ToValidUtf8(attribute.key)] = ToJson(attribute.value);
  return object;
}

// Choices: one alone as it is, several as a list.
Text ChoicesText(const Json& choices) {
  if (choices.empty()) return std::nullopt;
  return ToJsonText(choices.size() == 1 ? choices[0] : choices);
}

// ---- rules by scope; an engaged result is final ----

using Rule = std::optional<InputOutput> (*)(const SpanInput&);

std::optional<InputOutput> Unless(InputOutput io) {
  if (!IsAny(io)) return std::nullopt;
  return io;
}

std::optional<InputOutput> Langfuse(const SpanInput& in) {
  const otel::AnyValueView* input = in.attributes.Find(Key::kObservationInput);
  const otel::AnyValueView* output = in.attributes.Find(Key::kObservationOutput);
  InputOutput io;
  if (input != nullptr) io.input = ToText(*input);
  if (output != nullptr) io.output = ToText(*output);
  return Unless(std::move(io));
}

// The member of that JSON text, else all of it.
Text MemberOf(const AttributeIndex& attributes, std::string_view name, const char* member) {
  const Text text = NamedText(attributes, name);
  if (!text) return std::nullopt;
  const Result<Json> json = ParseJson(*text);
  if (!json.ok()) return text;
  const bool has_member = json->is_object() && json->contains(member);
  return TextOf(has_member ? (*json)[member] : *json);
}

std::optional<InputOutput> Genkit(const SpanInput& in) {
  if (in.scope.name != "genkit-tracer") return std::nullopt;
  return InputOutput{MemberOf(in.attributes, "genkit:input", "messages"),
                     MemberOf(in.attributes, "genkit:output", "message")};
}

Text VercelOutput(const AttributeIndex& attributes) {
  const Text text = NamedText(attributes, "ai.response.text");
  const Text calls = NamedText(attributes, "ai.response.toolCalls");
  if (text && calls) {
    const Result<Json> parsed = ParseJson(*calls);
    return ToJsonText(
        {{"role", "assistant"}, {"content", *text}, {"tool_calls", parsed.ok() ? *parsed : Json(*calls)}});
  }
  return FirstNamed(attributes,
                    {"ai.response.text", "ai.result.text", "ai.toolCall.result", "ai.response.object",
                     "ai.result.object", "ai.response.toolCalls", "ai.result.toolCalls"});
}

std::optional<InputOutput> Vercel(const SpanInput& in) {
  if (in.scope.name != "ai") return std::nullopt;
  InputOutput io{FirstNamed(in.attributes, {"ai.prompt.messages", "ai.prompt", "ai.toolCall.args"}),
                 VercelOutput(in.attributes)};
  InputOutput messages = GenAiMessages(in.attributes);
  if (!io.input) io.input = std::move(messages.input);
  if (!io.output) io.output = std::move(messages.output);
  return io;
}

std::optional<InputOutput> Flue(const SpanInput& in) {
  if (in.scope.name != "@flue/opentelemetry") return std::nullopt;
  return Unless({FirstNamed(in.attributes, {"flue.turn.input", "flue.tool.arguments", "flue.task.prompt",
                                            "flue.workflow.payload"}),
                 FirstNamed(in.attributes, {"flue.turn.output", "flue.tool.result", "flue.task.result",
                                            "flue.workflow.result"})});
}

// ---- rules on span events ----

std::optional<InputOutput> DetailsEvent(const SpanInput& in) {
  for (const otel::EventView& event : in.span.events) {
    if (event.name != "gen_ai.client.inference.operation.details") continue;
    AttributeIndex attributes;
    attributes.Build(event.attributes);
    return Unless(GenAiMessages(attributes));
  }
  return std::nullopt;
}

std::optional<InputOutput> MessageEvents(const SpanInput& in) {
  Json messages = Json::array();
  Json choices = Json::array();
  for (const otel::EventView& event : in.span.events) {
    if (event.name == "gen_ai.choice") choices.push_back(AttributesAsJson(event.attributes, Json::object()));
    if (!event.name.starts_with("gen_ai.") || !event.name.ends_with(".message")) continue;
    const std::string role(event.name.substr(7, event.name.size() - 7 - 8));
    if (role == "system" || role == "user" || role == "assistant" || role == "tool")
      messages.push_back(AttributesAsJson(event.attributes, {{"role", role}}));
  }
  InputOutput io;
  if (!messages.empty()) io.input = ToJsonText(messages);
  io.output = ChoicesText(choices);
  return Unless(std::move(io));
}

InputOutput ByAttributes(const SpanInput& in);

std::optional<InputOutput> ContentEvents(const SpanInput& in) {
  InputOutput io;
  const otel::SpanView none;
  for (const otel::EventView& event : in.span.events) {
    const bool is_prompt = event.name == "gen_ai.content.prompt";
    if (!is_prompt && event.name != "gen_ai.content.completion") continue;
    AttributeIndex attributes;
    attributes.Build(event.attributes);
    InputOutput found = ByAttributes({none, attributes, in.resource, in.scope, false, nullptr});
    Text& side = is_prompt ? io.input : io.output;
    side = std::move(is_prompt ? found.input : found.output);
  }
  return Unless(std::move(io));
}

// ---- rules on attributes ----

Text NotEmptyObject(Text text) { return text && *text == "{}" ? std::nullopt : text; }

std::optional<InputOutput> Vertex(const SpanInput& in) {
  InputOutput io{NotEmptyObject(TruthyText(in.attributes, Key::kGcpRequest)),
                 NotEmptyObject(TruthyText(in.attributes, Key::kGcpResponse))};
  if (!io.input) io.input = TruthyText(in.attributes, Key::kGcpToolArgs);
  if (!io.output) io.output = TruthyText(in.attributes, Key::kGcpToolResponse);
  return Unless(std::move(io));
}

std::optional<InputOutput> LiveKit(const SpanInput& in) {
  InputOutput io;
  for (const Key key : {Key::kLkInputText, Key::kLkUserTranscript, Key::kLkChatCtx}) {
    if (!io.input) io.input = TruthyText(in.attributes, key);
  }
  for (const Key key : {Key::kLkToolOutput, Key::kLkResponseText}) {
    if (!io.output) io.output = TruthyText(in.attributes, key);
  }
  return Unless(std::move(io));
}

std::optional<InputOutput> LogfireEvents(const SpanInput& in) {
  const otel::AnyValueView* value = in.attributes.FindTruthy(Key::kEvents);
  if (value == nullptr) return std::nullopt;
  const Result<Json> events = ParseJson(ToText(*value));
  if (!events.ok() || !events->is_array()) return std::nullopt;
  Json messages = Json::array();
  Json choices = Json::array();
  for (const Json& event : *events) {
    const bool is_choice = event.is_object() && event.value("event.name", Json()) == "gen_ai.choice";
    (is_choice ? choices : messages).push_back(event);
  }
  InputOutput io;
  if (!messages.empty()) io.input = ToJsonText(messages);
  io.output = ChoicesText(choices);
  return Unless(std::move(io));
}

template <Key input, Key output>
std::optional<InputOutput> Pair(const SpanInput& in) {
  return Unless({TruthyText(in.attributes, input), TruthyText(in.attributes, output)});
}

std::optional<InputOutput> Pydantic(const SpanInput& in) {
  if (in.scope.name != "pydantic-ai") return std::nullopt;
  return Unless({WithInstructions(in.attributes, NamedText(in.attributes, "pydantic_ai.all_messages")),
                 NamedText(in.attributes, "final_result")});
}

std::optional<InputOutput> DottedPrompt(const SpanInput& in) {
  if (!in.attributes.has_dotted()) return std::nullopt;
  return Unless(
      {TextOf(Rebuild(in.attributes, "gen_ai.prompt")), TextOf(Rebuild(in.attributes, "gen_ai.completion"))});
}

std::optional<InputOutput> DottedMessages(const SpanInput& in) {
  if (!in.attributes.has_dotted()) return std::nullopt;
  return Unless({TextOf(Rebuild(in.attributes, "llm.input_messages")),
                 TextOf(Rebuild(in.attributes, "llm.output_messages"))});
}

std::optional<InputOutput> GenAi(const SpanInput& in) { return Unless(GenAiMessages(in.attributes)); }

constexpr Rule kSpanRules[] = {Langfuse, Genkit, Vercel, Flue, DetailsEvent, MessageEvents, ContentEvents};
constexpr Rule kAttributeRules[] = {Vertex,
                                    Pair<Key::kPrompt, Key::kAllMessagesEvents>,
                                    LiveKit,
                                    LogfireEvents,
                                    Pair<Key::kMlflowInputs, Key::kMlflowOutputs>,
                                    Pair<Key::kTraceloopInput, Key::kTraceloopOutput>,
                                    Pair<Key::kInputValue, Key::kOutputValue>,
                                    Pair<Key::kInput, Key::kOutput>,
                                    Pydantic,
                                    Pair<Key::kToolArguments, Key::kToolResponse>,
                                    DottedPrompt,
                                    DottedMessages,
                                    GenAi};

InputOutput ByAttributes(const SpanInput& in) {
  for (const Rule rule : kAttributeRules) {
    if (std::optional<InputOutput> io = rule(in)) return *std::move(io);
  }
  return {};
}

InputOutput ByRules(const SpanInput& in) {
  for (const Rule rule : kSpanRules) {
    if (std::optional<InputOutput> io = rule(in)) return *std::move(io);
  }
  return ByAttributes(in);
}

}  // namespace

InputOutput MapInputOutput(const SpanInput& in) {
  InputOutput io = ByRules(in);
  if (IsAny(io) || !in.voice_additions) return io;
  const Stage stage = MapStage(in);
  if (stage == Stage::kStt) io.output = TruthyText(in.attributes, Key::kTranscript);
  if (stage == Stage::kTts) io.input = TruthyText(in.attributes, Key::kText);
  return io;
}

InputOutput MapTraceInputOutput(const SpanInput& in, bool is_root, const InputOutput& own) {
  InputOutput io;
  io.input = TruthyText(in.attributes, Key::kTraceInput);
  io.output = TruthyText(in.attributes, Key::kTraceOutput);
  if (is_root && !io.input) io.input = own.input;
  if (is_root && !io.output) io.output = own.output;
  return io;
}

}  // namespace repartee::server
