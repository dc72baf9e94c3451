#include "repartee/server/ingest/mapping/tools.h"

#include <algorithm>
#include <initializer_list>
#include <set>
#include <string_view>
#include <utility>

#include "repartee/base/json.h"
#include "repartee/server/ingest/mapping/values.h"

namespace repartee::server {
namespace {

// Null if `value` is no object, or has nothing under any of the keys; the first one that it has.
const Json* Member(const Json* value, std::initializer_list<const char*> keys) {
  if (value == nullptr || !value->is_object()) return nullptr;
  for (const char* key : keys) {
    const auto found = value->find(key);
    if (found != value->end() && !found->is_null()) return &*found;
  }
  return nullptr;
}

std::string TextOf(const Json* value) {
  return value != nullptr && value->is_string() ? value->get<std::string>() : std::string();
}

// A JSON value, or the one that a text holds; null if there is none.
class Opened {
 public:
  explicit Opened(const Json* value) : value_(value) {
    if (value == nullptr || !value->is_string()) return;
    *this = Opened(value->get_ref<const std::string&>());
  }
  explicit Opened(std::string_view text) {
    Result<Json> parsed = ParseJson(text);
    if (parsed.ok()) own_ = *std::move(parsed);
  }

  const Json& operator*() const { return value_ != nullptr ? *value_ : own_; }
  const Json* operator->() const { return &**this; }

 private:
  const Json* value_ = nullptr;  // borrowed; null: `own_` counts
  Json own_;
};

std::string DefinedName(const Json& tool) {
  const Json* function = Member(&tool, {"function"});
  return TextOf(Member(function != nullptr ? function : &tool, {"name"}));
}

// ---- what was offered ----

class Offered {
 public:
  // A tool, or a text that holds one.
  void Add(const Json& tool) { AddName(DefinedName(*Opened(&tool))); }

  // A list, or a text that holds one.
  void AddList(const Json* list) {
    const Opened opened(list);
    if (!opened->is_array()) return;
    for (const Json& tool : *opened) Add(tool);
  }

  // The same of what may be anything else: only if all of its items are tools.
  void AddIfTools(const Json* list) {
    const Opened opened(list);
    if (!opened->is_array()) return;
    const bool all = std::all_of(opened->begin(), opened->end(),
                                 [](const Json& tool) { return !DefinedName(*Opened(&tool)).empty(); });
    if (all) AddList(&*opened);
  }

  std::vector<std::string> Take() { return std::move(names_); }

 private:
  void AddName(std::string name) {
    if (name.empty() || names_.size() >= kMaxToolsOfSpan || !known_.insert(name).second) return;
    names_.push_back(std::move(name));
  }

  std::vector<std::string> names_;
  std::set<std::string> known_;
};

void AddOfMessages(const Json* messages, Offered& offered) {
  if (messages == nullptr || !messages->is_array()) return;
  for (const Json& message : *messages) {
    const Json* tools = Member(&message, {"tools"});
    if (tools != nullptr && tools->is_array()) offered.AddList(tools);
    // LangGraph says each tool as a message.
    const Json* content = Member(&message, {"content"});
    const bool is_tool = TextOf(Member(&message, {"role"})) == "tool" &&
                         TextOf(Member(content, {"type"})) == "function" &&
                         Member(content, {"function"}) != nullptr;
    if (is_tool) offered.Add(*content);
  }
}

void AddOfInput(const Json& input, Offered& offered) {
  if (input.is_array()) return AddOfMessages(&input, offered);
  const Json* tools = Member(&input, {"tools"});
  if (tools != nullptr && tools->is_array()) offered.AddList(tools);
  AddOfMessages(Member(&input, {"messages"}), offered);
}

// "llm.tools.0.tool.json_schema"
bool IsToolSchema(std::string_view key) {
  constexpr std::string_view kBefore = "llm.tools.";
  constexpr std::string_view kBehind = ".tool.json_schema";
  if (!key.starts_with(kBefore) || !key.ends_with(kBehind)) return false;
  if (key.size() <= kBefore.size() + kBehind.size()) return false;
  const std::string_view number = key.substr(kBefore.size(), key.size() - kBefore.size() - kBehind.size());
  return number.find_first_not_of("0123456789") == std::string_view::npos;
}

void AddOfAttributes(const Json& attributes, bool voice_additions, Offered& offered) {
  offered.AddList(Member(&attributes, {"ai.prompt.tools"}));
  offered.AddIfTools(Member(&attributes, {"gen_ai.tool.definitions"}));
  const Opened parameters(Member(&attributes, {"model_request_parameters"}));
  offered.AddIfTools(Member(&*parameters, {"function_tools"}));
  if (!attributes.is_object()) return;
  for (const auto& [key, value] : attributes.items()) {
    if (IsToolSchema(key)) offered.Add(value);
  }
  if (voice_additions) offered.AddIfTools(Member(&attributes, {"tools"}));
}

// Most metadata have no tools: not even opened then.
bool MayHaveTools(std::string_view attributes) {
  const auto has = [attributes](std::string_view word) {
    return attributes.find(word) != std::string_view::npos;
  };
  return has("tool") || has("model_request_parameters");
}

void AddOfMetadata(const std::vector<MetadataEntry>& metadata, bool voice_additions, Offered& offered) {
  for (const auto& [key, value] : metadata) {
    if (key == "tools") {
      const Opened tools(value);
      offered.AddIfTools(&*tools);
    }
    if (key == "attributes" && MayHaveTools(value)) AddOfAttributes(*Opened(value), voice_additions, offered);
  }
}

// ---- what was called ----

class Called {
 public:
  void Add(const Json& call) {
    const Json* function = Member(&call, {"function"});
    std::string name = TextOf(Member(function, {"name"}));
    if (name.empty()) name = TextOf(Member(&call, {"name", "toolName"}));
    if (name.empty() || names_.size() >= kMaxToolsOfSpan) return;
    std::string key = TextOf(Member(&call, {"id", "toolCallId", "call_id"}));
    if (key.empty()) key = name + "-" + Arguments(call, function);
    if (known_.insert(std::move(key)).second) names_.push_back(std::move(name));
  }

  // A list, or a text that holds one; false if it is none.
  bool AddList(const Json* list) {
    const Opened opened(list);
    if (!opened->is_array()) return false;
    for (const Json& call : *opened) Add(call);
    return true;
  }

  std::vector<std::string> Take() { return std::move(names_); }

 private:
  static std::string Arguments(const Json& call, const Json* function) {
    const Json* arguments = Member(function, {"arguments"});
    if (arguments == nullptr) arguments = Member(&call, {"arguments", "args", "input"});
    if (arguments == nullptr) return {};
    return arguments->is_string() ? arguments->get<std::string>() : ToJsonText(*arguments);
  }

  std::vector<std::string> names_;
  std::set<std::string> known_;  // ids; of calls without one what they say
};

bool HasAny(const Json& object, std::initializer_list<const char*> keys) {
  return std::any_of(keys.begin(), keys.end(), [&object](const char* key) { return object.contains(key); });
}

bool IsOneOf(std::string_view text, std::initializer_list<std::string_view> all) {
  return std::find(all.begin(), all.end(), text) != all.end();
}

// An item of a list without names is a call if it looks like one in any of the SDKs' forms.
bool IsCall(const Json& item) {
  if (!item.is_object() || HasAny(item, {"role", "content", "tool_calls", "additional_kwargs"})) return false;
  const std::string type = TextOf(Member(&item, {"type"}));
  if (type == "tool-result") return false;
  const Json* function = Member(&item, {"function"});
  if (!TextOf(Member(function, {"name"})).empty() && function->contains("arguments")) return true;
  const bool is_of_ai_sdk = !TextOf(Member(&item, {"toolName"})).empty();
  if (is_of_ai_sdk && (type == "tool-call" || HasAny(item, {"input", "args"}))) return true;
  if (TextOf(Member(&item, {"name"})).empty()) return false;
  if (type == "tool_use" && item.contains("input")) return true;
  const bool is_marked = HasAny(item, {"id", "index", "call_id"}) ||
                         IsOneOf(type, {"function", "function_call", "tool-call", "tool_use"});
  return is_marked && item.contains("arguments");
}

void AddOfMessage(const Json& message, Called& called) {
  if (!called.AddList(Member(&message, {"tool_calls"}))) called.AddList(Member(&message, {"toolCalls"}));
  if (const Json* call = Member(&message, {"function_call"})) called.Add(*call);
  called.AddList(Member(Member(&message, {"additional_kwargs"}), {"tool_calls"}));
  const Json* content = Member(&message, {"content"});
  if (content == nullptr || !content->is_array()) return;
  for (const Json& part : *content) {
    if (IsOneOf(TextOf(Member(&part, {"type"})), {"tool_use", "tool-call"})) called.Add(part);
  }
}

void AddOfOutput(const Json& output, Called& called) {
  if (output.is_array()) {
    for (const Json& item : output) {
      if (IsCall(item)) {
        called.Add(item);
      } else {
        AddOfMessage(item, called);
      }
    }
    return;
  }
  AddOfMessage(output, called);
  const Json* choices = Member(&output, {"choices"});
  if (choices == nullptr || !choices->is_array()) return;
  for (const Json& choice : *choices) {
    if (const Json* message = Member(&choice, {"message"})) AddOfMessage(*message, called);
  }
}

}  // namespace

ToolNames ToolsOf(const Observation& observation, bool voice_additions) {
  Offered offered;
  if (observation.input && MayHaveTools(*observation.input)) AddOfInput(*Opened(*observation.input), offered);
  AddOfMetadata(observation.metadata, voice_additions, offered);
  Called called;
  if (observation.output) AddOfOutput(*Opened(*observation.output), called);
  return {offered.Take(), called.Take()};
}

}  // namespace repartee::server
