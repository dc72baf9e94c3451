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

// The first that is there, even if it is blank.
Text FirstPresent(const AttributeIndex& attributes, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    if (const otel::AnyValueView* value = attributes.FindByName(name)) return ToText(*value);
  }
  return std::nullopt;
}

Text TextOf(const std::optional<Json>& json) {
  if (!json) return std::nullopt;
  return json->is_string() ? json->get<std::string>() : ToJsonText(*json);
}

// What a text holds as JSON, written anew; a text that is none as it is.
Text Reread(const Text& text) {
  if (!text) return std::nullopt;
  const Result<Json> json = ParseJson(*text);
  return json.ok() && !json->is_null() ? TextOf(*json) : text;
}

bool IsAny(const InputOutput& io) { return io.input || io.output; }

bool IsAnyFilled(const InputOutput& io) {
  return (io.input && !io.input->empty()) || (io.output && !io.output->empty());
}

// ---- messages ----

// The instructions as one text: contents of their parts, a line each.
std::string InstructionText(const std::string& instructions) {
  const Result<Json> json = ParseJson(instructions);
  if (!json.ok()) return instructions;
  if (!json->is_array()) return json->is_string() ? json->get<std::string>() : instructions;
  std::string text;
  for (const Json& part : *json) {
    const Json content = part.is_object() ? part.value("content", Json()) : part;
    if (!content.is_null()) text += (text.empty() ? "" : "\n") + *TextOf(content);
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

// The member of what the text holds, else all of it.
Text MemberOf(const AttributeIndex& attributes, std::string_view name, const char* member) {
  const Text text = NamedText(attributes, name);
  if (!text) return std::nullopt;
  const Result<Json> json = ParseJson(*text);
  if (!json.ok() || !json->is_object()) return Reread(text);
  const Json inner = json->value(member, Json());
  return TextOf(inner.is_null() ? *json : inner);
}

std::optional<InputOutput> Genkit(const SpanInput& in) {
  if (in.scope.name != "genkit-tracer") return std::nullopt;
  return InputOutput{MemberOf(in.attributes, "genkit:input", "messages"),
                     MemberOf(in.attributes, "genkit:output", "message")};
}

Text VercelOutput(const AttributeIndex& attributes) {
  const otel::AnyValueView* text = attributes.FindByName("ai.response.text");
  const otel::AnyValueView* calls = attributes.FindByName("ai.response.toolCalls");
  if (text != nullptr && calls != nullptr)
    return ToJsonText({{"role", "assistant"}, {"content", ToJson(*text)}, {"tool_calls", ToJson(*calls)}});
  if (text != nullptr && IsTruthy(*text)) return ToText(*text);
  return FirstPresent(attributes, {"ai.result.text", "ai.toolCall.result", "ai.response.object",
                                   "ai.result.object", "ai.response.toolCalls", "ai.result.toolCalls"});
}

std::optional<InputOutput> Vercel(const SpanInput& in) {
  if (in.scope.name != "ai") return std::nullopt;
  InputOutput io{FirstPresent(in.attributes, {"ai.prompt.messages", "ai.prompt", "ai.toolCall.args"}),
                 VercelOutput(in.attributes)};
  InputOutput messages = GenAiMessages(in.attributes);
  if (!io.input) io.input = std::move(messages.input);
  if (!io.output) io.output = std::move(messages.output);
  return io;
}

std::optional<InputOutput> Flue(const SpanInput& in) {
  if (in.scope.name != "@flue/opentelemetry") return std::nullopt;
  return Unless(
      {Reread(FirstPresent(in.attributes, {"flue.turn.input", "flue.tool.arguments", "flue.task.prompt",
                                           "flue.workflow.payload"})),
       Reread(FirstPresent(in.attributes, {"flue.turn.output", "flue.tool.result", "flue.task.result",
                                           "flue.operation.result", "flue.workflow.result"}))});
}

// ---- rules on span events ----

std::optional<InputOutput> DetailsEvent(const SpanInput& in) {
  for (const otel::EventView& event : in.span.events) {
    if (event.name != "gen_ai.client.inference.operation.details") continue;
    AttributeIndex attributes;
    attributes.Build(event.attributes);
    InputOutput io = GenAiMessages(attributes);
    if (IsAny(io)) return io;
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

InputOutput ByRules(const SpanInput& in);

// What the rules make of the attributes of the first such event, else the attributes themselves.
Text OfContentEvent(const SpanInput& in, std::string_view name, Text InputOutput::* side) {
  const auto event = std::find_if(in.span.events.begin(), in.span.events.end(),
                                  [name](const otel::EventView& e) { return e.name == name; });
  if (event == in.span.events.end() || event->attributes.empty()) return std::nullopt;
  AttributeIndex attributes;
  attributes.Build(event->attributes);
  const otel::SpanView none;
  Text text = ByRules({none, attributes, in.resource, in.scope, false, nullptr}).*side;
  if (text && !text->empty()) return text;
  return ToJsonText(AttributesAsJson(event->attributes, Json::object()));
}

std::optional<InputOutput> ContentEvents(const SpanInput& in) {
  return Unless({OfContentEvent(in, "gen_ai.content.prompt", &InputOutput::input),
                 OfContentEvent(in, "gen_ai.content.completion", &InputOutput::output)});
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

// Since 1.8 LiveKit marks what people said in the name of its attributes.
void AddMarked(const AttributeIndex& attributes, InputOutput& io) {
  if (!io.input)
    io.input = FirstPresent(attributes, {"lk.pii.input_text", "lk.pii.user_transcript", "lk.pii.chat_ctx",
                                         "lk.pii.user_input", "lk.pii.function_tool.arguments"});
  if (!io.output)
    io.output = FirstPresent(attributes, {"lk.pii.function_tool.output", "lk.pii.response.text"});
}

std::optional<InputOutput> LiveKit(const SpanInput& in) {
  InputOutput io{FirstPresent(in.attributes, {"lk.input_text", "lk.user_transcript", "lk.chat_ctx"}),
                 TruthyText(in.attributes, Key::kLkToolOutput)};
  if (!io.output) io.output = TruthyText(in.attributes, Key::kLkResponseText);
  if (in.voice_additions) AddMarked(in.attributes, io);
  if (!IsAnyFilled(io)) return std::nullopt;
  return io;
}

// Of several choices the first counts.
std::optional<InputOutput> LogfireEvents(const SpanInput& in) {
  const otel::AnyValueView* value = in.attributes.FindTruthy(Key::kEvents);
  if (value == nullptr) return std::nullopt;
  const Result<Json> events = ParseJson(ToText(*value));
  if (!events.ok() || !events->is_array()) return std::nullopt;
  Json messages = Json::array();
  InputOutput io;
  for (const Json& event : *events) {
    const bool is_choice = event.is_object() && event.value("event.name", Json()) == "gen_ai.choice";
    if (!is_choice) {
      messages.push_back(event);
    } else if (!io.output) {
      io.output = ToJsonText(event);
    }
  }
  if (!messages.empty()) io.input = ToJsonText(messages);
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

bool HasAnyWith(const AttributeIndex& attributes, std::string_view prefix) {
  const auto all = attributes.all();
  return std::any_of(all.begin(), all.end(),
                     [prefix](const otel::KeyValueView& a) { return a.key.starts_with(prefix); });
}

// Whoever names messages this way names them all so: what comes of it is final, even if it is nothing.
std::optional<InputOutput> Dotted(const SpanInput& in, std::string_view input, std::string_view output) {
  if (!in.attributes.has_dotted()) return std::nullopt;
  if (!HasAnyWith(in.attributes, input) && !HasAnyWith(in.attributes, output)) return std::nullopt;
  return InputOutput{TextOf(Rebuild(in.attributes, input)), TextOf(Rebuild(in.attributes, output))};
}

std::optional<InputOutput> DottedPrompt(const SpanInput& in) {
  return Dotted(in, "gen_ai.prompt", "gen_ai.completion");
}

std::optional<InputOutput> DottedMessages(const SpanInput& in) {
  return Dotted(in, "llm.input_messages", "llm.output_messages");
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

// The trace's own, each side, else the root's; only where neither is said do the rules speak.
InputOutput MapTraceInputOutput(const SpanInput& in, bool is_root, const InputOutput& own) {
  InputOutput io{TruthyText(in.attributes, Key::kTraceInput), TruthyText(in.attributes, Key::kTraceOutput)};
  if (!is_root) return io;
  if (!IsAny(io)) return own;
  if (!io.input) io.input = FirstPresent(in.attributes, {KeyName(Key::kObservationInput)});
  if (!io.output) io.output = FirstPresent(in.attributes, {KeyName(Key::kObservationOutput)});
  return io;
}

}  // namespace repartee::server
