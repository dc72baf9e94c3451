#include "repartee/services/openai/protocol.h"

#include <algorithm>

#include "repartee/base/log.h"
#include "repartee/base/random.h"

namespace repartee::openai {
namespace {

constexpr std::size_t kMaxCalls = 128;
constexpr std::size_t kMaxArgumentBytes = 256 << 10;
constexpr std::size_t kMaxErrorBytes = 300;
constexpr std::uint64_t kMostTokens = 1'000'000'000'000'000;  // counts can be added up

enum class Kind {
  kText,
  kNumber,
  kInteger,
  kObject
};
struct Setting {
  const char* name;
  Kind kind;
  bool sent;  // under its own name, if given
};
constexpr Setting kSettings[] = {
    {"model", Kind::kText, false},
    {"system_instruction", Kind::kText, false},
    {"temperature", Kind::kNumber, true},
    {"top_p", Kind::kNumber, true},
    {"frequency_penalty", Kind::kNumber, true},
    {"presence_penalty", Kind::kNumber, true},
    {"seed", Kind::kInteger, true},
    {"max_tokens", Kind::kInteger, true},
    {"max_completion_tokens", Kind::kInteger, true},
    {"service_tier", Kind::kText, true},
    {"extra", Kind::kObject, false},
};

const Setting* FindSetting(std::string_view name) {
  for (const Setting& setting : kSettings) {
    if (name == setting.name) return &setting;
  }
  return nullptr;
}

bool Is(const Json& value, Kind kind) {
  switch (kind) {
    case Kind::kText: return value.is_string();
    case Kind::kNumber: return value.is_number();
    case Kind::kInteger: return value.is_number_integer();
    case Kind::kObject: return value.is_object();
  }
  return false;
}

const char* Wanted(Kind kind) {
  switch (kind) {
    case Kind::kText: return "a text";
    case Kind::kNumber: return "a number";
    case Kind::kInteger: return "a whole number";
    case Kind::kObject: return "an object";
  }
  return "";
}

// The member, or null if there is none.
const Json& Member(const Json& value, const char* name) {
  static const Json kNone;
  if (!value.is_object()) return kNone;
  const auto found = value.find(name);
  return found == value.end() ? kNone : *found;
}

std::string Text(const Json& value, const char* name) {
  const Json& member = Member(value, name);
  return member.is_string() ? member.get<std::string>() : std::string();
}

std::optional<std::int64_t> Count(const Json& value, const char* name) {
  const Json& member = Member(value, name);
  if (member.is_number_unsigned()) {
    return static_cast<std::int64_t>(std::min(member.get<std::uint64_t>(), kMostTokens));
  }
  // Some servers count in doubles.
  if (!member.is_number_float()) return std::nullopt;
  const double number = member.get<double>();
  if (!(number >= 0 && number < static_cast<double>(kMostTokens))) return std::nullopt;
  return static_cast<std::int64_t>(number);
}

std::optional<LLMTokenUsage> ParseUsage(const Json& usage) {
  if (!usage.is_object()) return std::nullopt;
  LLMTokenUsage tokens;
  tokens.prompt_tokens = Count(usage, "prompt_tokens").value_or(0);
  tokens.completion_tokens = Count(usage, "completion_tokens").value_or(0);
  tokens.total_tokens =
      Count(usage, "total_tokens").value_or(tokens.prompt_tokens + tokens.completion_tokens);
  const Json& prompt = Member(usage, "prompt_tokens_details");
  tokens.cache_read_input_tokens = Count(prompt, "cached_tokens");
  tokens.cache_creation_input_tokens = Count(prompt, "cache_write_tokens");
  tokens.reasoning_tokens = Count(Member(usage, "completion_tokens_details"), "reasoning_tokens");
  return tokens;
}

ToolCallPiece ParsePiece(const Json& call) {
  ToolCallPiece piece;
  const Json& index = Member(call, "index");
  if (index.is_number_unsigned() && index.get<std::uint64_t>() < 1'000'000) piece.index = index.get<int>();
  piece.id = Text(call, "id");
  const Json& function = Member(call, "function");
  piece.name = Text(function, "name");
  const Json& arguments = Member(function, "arguments");
  // Some servers give the arguments as an object, whole.
  piece.arguments = arguments.is_object() ? arguments.dump() : Text(function, "arguments");
  return piece;
}

std::string MessageOfError(const Json& body) {
  const Json& error = Member(body, "error");
  if (error.is_string()) return error.get<std::string>();
  if (std::string text = Text(error, "message"); !text.empty()) return text;
  for (const char* name : {"message", "detail"}) {
    if (std::string text = Text(body, name); !text.empty()) return text;
  }
  return {};
}

}  // namespace

Status CheckSettings(const Json& settings) {
  for (const auto& [name, value] : settings.items()) {
    const Setting* const known = FindSetting(name);
    if (!known) {
      return Status::InvalidArgument(
          "there is no setting \"{}\"; further fields of the request go under \"extra\"", name);
    }
    if (!value.is_null() && !Is(value, known->kind)) {
      return Status::InvalidArgument("{} must be {}, not {}", name, Wanted(known->kind), value.type_name());
    }
  }
  return OkStatus();
}

// ---------------------------------------------------------------- request

Json RequestTools(const Json& schemas) {
  Json tools = Json::array();
  for (const Json& schema : schemas) {
    if (schema.contains("type")) {
      tools.push_back(schema);
      continue;
    }
    const Json& properties = Member(schema, "properties");
    const Json& required = Member(schema, "required");
    Json parameters{{"type", "object"},
                    {"properties", properties.is_object() ? properties : Json::object()},
                    {"required", required.is_array() ? required : Json::array()}};
    Json function{{"name", Text(schema, "name")},
                  {"description", Text(schema, "description")},
                  {"parameters", std::move(parameters)}};
    tools.push_back(Json{{"type", "function"}, {"function", std::move(function)}});
  }
  return tools;
}

std::string RequestBody(const Json& settings, const Json& messages, const Json& tools,
                        const Json& tool_choice, const Dialect& dialect) {
  Json sent = Json::array();
  if (const std::string instruction = Text(settings, "system_instruction"); !instruction.empty()) {
    sent.push_back({{"role", "system"}, {"content", instruction}});
  }
  for (const Json& message : messages) {
    sent.push_back(message);
    if (!dialect.developer_role && Text(message, "role") == "developer") sent.back()["role"] = "system";
  }
  Json body{{"model", Text(settings, "model")}, {"stream", true}, {"messages", std::move(sent)}};
  if (dialect.stream_options) body["stream_options"] = {{"include_usage", true}};
  if (!tools.empty()) {
    body["tools"] = tools;
    if (!tool_choice.is_null()) body["tool_choice"] = tool_choice;
  }
  for (const Setting& setting : kSettings) {
    const Json& value = Member(settings, setting.name);
    if (setting.sent && !value.is_null()) body[setting.name] = value;
  }
  if (const Json& extra = Member(settings, "extra"); extra.is_object()) body.update(extra);
  return body.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// ---------------------------------------------------------------- answer

Result<Chunk> ParseChunk(std::string_view data) {
  Result<Json> parsed = ParseJson(data);
  if (!parsed.ok()) return std::move(parsed).status();
  if (!parsed->is_object()) return Status::Malformed("a chunk is no JSON object");
  const Json& body = *parsed;
  Chunk chunk;
  if (!Member(body, "error").is_null()) {
    chunk.error = ErrorText(data);
    return chunk;
  }
  chunk.model = Text(body, "model");
  chunk.usage = ParseUsage(Member(body, "usage"));
  const Json& choices = Member(body, "choices");
  chunk.has_choice = choices.is_array() && !choices.empty();
  if (!chunk.has_choice) return chunk;
  const Json& delta = Member(choices[0], "delta");
  chunk.text = Text(delta, "content");
  if (const Json& calls = Member(delta, "tool_calls"); calls.is_array()) {
    for (const Json& call : calls) chunk.tool_calls.push_back(ParsePiece(call));
  }
  return chunk;
}

std::string ErrorText(std::string_view body) {
  std::string text;
  if (const Result<Json> parsed = ParseJson(body); parsed.ok()) text = MessageOfError(*parsed);
  if (text.empty()) text = body;
  if (text.size() > kMaxErrorBytes) {
    std::size_t cut = kMaxErrorBytes;
    while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xC0) == 0x80) --cut;
    text.resize(cut);
    text += "...";
  }
  std::replace_if(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  return text;
}

// ---------------------------------------------------------------- function calls

void ToolCallAssembler::Add(const ToolCallPiece& piece) {
  // Without an index a piece that names a call begins one.
  const bool begins = !piece.id.empty() || !piece.name.empty();
  const int index = piece.index.value_or(begins || last_ < 0 ? last_ + 1 : last_);
  if (!calls_.contains(index) && calls_.size() >= kMaxCalls) return;
  last_ = index;
  Parts& call = calls_[index];
  if (call.id.empty()) call.id = piece.id;
  if (call.name.empty()) call.name = piece.name;
  if (call.arguments.size() + piece.arguments.size() > kMaxArgumentBytes) {
    call.too_long = true;
  } else {
    call.arguments += piece.arguments;
  }
}

std::vector<ToolCall> ToolCallAssembler::Finish() && {
  std::vector<ToolCall> calls;
  for (auto& [index, parts] : calls_) {
    if (parts.name.empty()) {
      LogWarning("openai: function call {} has no name and is left out", index);
      continue;
    }
    ToolCall call{std::move(parts.id), std::move(parts.name), Json::object(), {}};
    if (call.id.empty()) call.id = "call_" + RandomUuid();
    // No arguments at all means an empty object, not an error.
    Result<Json> arguments = ParseJson(parts.arguments.empty() ? "{}" : parts.arguments);
    if (parts.too_long) {
      call.problem = fmt::format("The arguments are longer than {} bytes.", kMaxArgumentBytes);
    } else if (!arguments.ok()) {
      call.problem = fmt::format("The arguments are no valid JSON ({}).", arguments.status().message());
    } else if (!arguments->is_object()) {
      call.problem = "The arguments are no JSON object.";
    } else {
      call.arguments = *std::move(arguments);
    }
    calls.push_back(std::move(call));
  }
  return calls;
}

}  // namespace repartee::openai
