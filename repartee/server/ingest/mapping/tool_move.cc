#include "repartee/server/ingest/mapping/tool_move.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>

#include "repartee/base/json.h"
#include "repartee/server/ingest/mapping/values.h"

namespace repartee::server {
namespace {

constexpr char kRequestParameters[] = "model_request_parameters";
constexpr char kFunctionTools[] = "function_tools";

// A JSON value, or the one that a text holds.
Json Opened(const Json& value) {
  if (!value.is_string()) return value;
  Result<Json> parsed = ParseJson(value.get_ref<const std::string&>());
  return parsed.ok() ? *std::move(parsed) : value;
}

Json MemberOf(const Json& object, const char* key) {
  return object.is_object() ? object.value(key, Json()) : Json();
}

// Blank if the tool has none.
std::string NameOf(const Json& tool) {
  const Json function = MemberOf(tool, "function");
  const Json name = MemberOf(function.is_null() ? tool : function, "name");
  return name.is_string() ? name.get<std::string>() : std::string();
}

enum class Nameless {
  kNo,
  kOfProviders  // a provider's own tool has a type alone
};

bool IsTool(const Json& tool, Nameless nameless) {
  if (!NameOf(tool).empty()) return true;
  return nameless == Nameless::kOfProviders && MemberOf(tool, "type").is_string();
}

// The tools of a list whose items are all of them tools; of any other value nothing.
std::optional<Json> ToolList(const Json& value, Nameless nameless) {
  const Json list = Opened(value);
  if (!list.is_array()) return std::nullopt;
  Json tools = Json::array();
  for (const Json& item : list) {
    Json tool = Opened(item);
    if (!IsTool(tool, nameless)) return std::nullopt;
    tools.push_back(std::move(tool));
  }
  return tools;
}

// "llm.tools.0.tool.json_schema" has 0.
std::optional<std::int64_t> SchemaNumber(std::string_view key) {
  constexpr std::string_view kBefore = "llm.tools.";
  constexpr std::string_view kBehind = ".tool.json_schema";
  if (key.size() <= kBefore.size() + kBehind.size()) return std::nullopt;
  if (!key.starts_with(kBefore) || !key.ends_with(kBehind)) return std::nullopt;
  const std::string_view number = key.substr(kBefore.size(), key.size() - kBefore.size() - kBehind.size());
  if (number.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  return LeadingInteger(number);
}

// Of equal names the first counts.
class Tools {
 public:
  void Add(Json tool) {
    const std::string name = NameOf(tool);
    if (name.empty() || names_.insert(name).second) all_.push_back(std::move(tool));
  }
  void AddAll(const Json& tools) {
    for (const Json& tool : tools) Add(tool);
  }
  const Json& all() const { return all_; }

 private:
  Json all_ = Json::array();
  std::set<std::string> names_;
};

void TakeOfParameters(Json& attributes, Tools& tools, MovedTools& moved) {
  Json parameters = Opened(MemberOf(attributes, kRequestParameters));
  if (!parameters.is_object()) return;
  const std::optional<Json> found = ToolList(MemberOf(parameters, kFunctionTools), Nameless::kNo);
  if (!found) return;
  tools.AddAll(*found);
  parameters.erase(kFunctionTools);
  if (parameters.empty()) {
    attributes.erase(kRequestParameters);
    moved.attributes.emplace_back(kRequestParameters);
  } else {
    moved.request_parameters = ToJsonText(parameters);
    attributes[kRequestParameters] = *moved.request_parameters;
  }
}

void TakeOfSchemas(Json& attributes, Tools& tools, MovedTools& moved) {
  std::multimap<std::int64_t, std::string> keys;
  for (const auto& [key, value] : attributes.items()) {
    if (const std::optional<std::int64_t> number = SchemaNumber(key)) keys.emplace(*number, key);
  }
  for (const auto& [number, key] : keys) {
    Json tool = Opened(attributes[key]);
    if (!IsTool(tool, Nameless::kNo)) continue;
    tools.Add(std::move(tool));
    attributes.erase(key);
    moved.attributes.push_back(key);
  }
}

void TakeOfAttributes(Json& attributes, Tools& tools, MovedTools& moved) {
  for (const auto& [key, nameless] : {std::pair("ai.prompt.tools", Nameless::kOfProviders),
                                      std::pair("gen_ai.tool.definitions", Nameless::kNo)}) {
    const std::optional<Json> found = ToolList(MemberOf(attributes, key), nameless);
    if (!found) continue;
    tools.AddAll(*found);
    attributes.erase(key);
    moved.attributes.emplace_back(key);
  }
  TakeOfParameters(attributes, tools, moved);
  TakeOfSchemas(attributes, tools, moved);
}

bool MayHoldTools(std::string_view attributes) {
  for (const char* key : {"ai.prompt.tools", "gen_ai.tool.definitions", kRequestParameters, "llm.tools."}) {
    if (attributes.find(key) != std::string_view::npos) return true;
  }
  return false;
}

// The input with the tools; nothing if it is of a kind that has no place for them.
std::optional<Json> WithTools(const std::optional<std::string>& input, const Tools& tools) {
  if (!input) return Json{{"tools", tools.all()}};
  const Result<Json> parsed = ParseJson(*input);
  if (!parsed.ok()) return Json{{"prompt", *input}, {"tools", tools.all()}};
  if (parsed->is_null()) return Json{{"tools", tools.all()}};
  if (parsed->is_string()) return Json{{"prompt", *parsed}, {"tools", tools.all()}};
  if (parsed->is_array()) return Json{{"messages", *parsed}, {"tools", tools.all()}};
  if (!parsed->is_object()) return std::nullopt;
  Tools united;
  if (const Json known = Opened(MemberOf(*parsed, "tools")); !known.is_null()) {
    if (!known.is_array()) return std::nullopt;
    for (const Json& item : known) {
      if (Json tool = Opened(item); IsTool(tool, Nameless::kOfProviders)) united.Add(std::move(tool));
    }
    if (united.all().empty() && !known.empty()) return std::nullopt;
  }
  united.AddAll(tools.all());
  Json whole = *parsed;
  whole["tools"] = united.all();
  return whole;
}

}  // namespace

std::optional<MovedTools> MoveToolsToInput(std::optional<std::string>& input,
                                           std::vector<MetadataEntry>& metadata) {
  const auto named = [&metadata](std::string_view key) {
    return std::find_if(metadata.begin(), metadata.end(), [key](const auto& e) { return e.first == key; });
  };
  MovedTools moved;
  Tools tools;
  if (const auto entry = named("tools"); entry != metadata.end()) {
    const std::optional<Json> found = ToolList(Json(entry->second), Nameless::kNo);
    moved.metadata_tools = found && !found->empty();
    if (moved.metadata_tools) tools.AddAll(*found);
  }
  const auto attributes = named("attributes");
  Json left;
  if (attributes != metadata.end() && MayHoldTools(attributes->second)) {
    left = Opened(Json(attributes->second));
    if (left.is_object()) TakeOfAttributes(left, tools, moved);
  }
  if (tools.all().empty()) return std::nullopt;
  const std::optional<Json> united = WithTools(input, tools);
  if (!united) return std::nullopt;
  input = ToJsonText(*united);
  if (left.is_object()) attributes->second = ToJsonText(left);
  std::erase_if(metadata, [&moved, &left](const MetadataEntry& entry) {
    const bool is_bare = entry.first == "attributes" && left.is_object() && left.empty();
    return is_bare || (moved.metadata_tools && entry.first == "tools");
  });
  return moved;
}

void RemoveMovedTools(const MovedTools& moved, std::vector<MetadataEntry>& flat) {
  std::erase_if(flat, [&moved](const MetadataEntry& entry) {
    if (moved.metadata_tools && entry.first == "tools") return true;
    return std::any_of(moved.attributes.begin(), moved.attributes.end(),
                       [&entry](const std::string& key) { return entry.first == "attributes." + key; });
  });
  for (auto& [key, value] : flat) {
    const bool is_parameters =
        moved.request_parameters && key == std::string("attributes.") + kRequestParameters;
    if (is_parameters) value = *moved.request_parameters;
  }
}

}  // namespace repartee::server
