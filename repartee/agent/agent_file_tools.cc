#include <algorithm>

#include "repartee/agent/agent_file_parts.h"
#include "repartee/agent/http_tool.h"

namespace repartee::agent_file {
namespace {

constexpr double kLongest = 600;  // s
constexpr std::size_t kMaxTools = 128;

void ReadParameters(const YAML::Node& node, Json& properties) {
  if (!node.IsMap()) yaml::Refuse(node, "parameters must be a list of names and JSON schemas");
  for (const auto& entry : node) {
    Json schema = yaml::ToJson(entry.second);
    // A plain word is a type.
    if (schema.is_string()) schema = Json{{"type", std::move(schema)}};
    if (!schema.is_object()) yaml::Refuse(entry.second, "a type or a JSON schema is expected here");
    properties[entry.first.as<std::string>("")] = std::move(schema);
  }
}

void ReadHeaders(const YAML::Node& given, HttpHeaders& headers) {
  if (!given.IsMap()) yaml::Refuse(given, "headers must be a list of names and values");
  for (const auto& entry : given) headers.Set(entry.first.as<std::string>(""), yaml::Expanded(entry.second));
  yaml::Check(given, CheckHttpHeaders(headers));
}

void ReadRequest(const YAML::Node& node, HttpToolOptions& tool) {
  Nanos timeout = tool.timeout;
  const auto headers = [&tool](const YAML::Node& given) { ReadHeaders(given, tool.headers); };
  yaml::ReadMap(node, "http",
                {{"method", yaml::Text(tool.method)},
                 {"url", [&tool](const YAML::Node& given) { tool.url = yaml::Expanded(given); }},
                 {"headers", headers},
                 {"timeout", yaml::Seconds(timeout, kLongest)}});
  if (tool.url.empty()) yaml::Refuse(node, "http needs a url");
  tool.timeout = std::chrono::duration_cast<std::chrono::milliseconds>(timeout);
}

DirectFunction NamedFunction(const YAML::Node& node, const std::string& name,
                             const std::vector<DirectFunction>& functions) {
  std::string names;
  for (const DirectFunction& function : functions) {
    if (function.name == name) return function;
    names += (names.empty() ? "" : ", ") + function.name;
  }
  yaml::Refuse(node, fmt::format("there is no function {}; there are {}", name, names));
}

// The program of a server and what it sees of the environment.
void ReadCommand(const YAML::Node& node, std::vector<std::string>& command) {
  if (!node.IsSequence() || node.size() == 0) {
    yaml::Refuse(node, "command must be a list: the program and its arguments");
  }
  for (const auto& part : node) command.push_back(yaml::Expanded(part));
}

void ReadEnvironment(const YAML::Node& node, MCPProcessOptions& process) {
  if (!node.IsMap()) yaml::Refuse(node, "environment must be a list of names and values");
  for (const auto& entry : node) {
    process.environment.emplace_back(entry.first.as<std::string>(""), yaml::Expanded(entry.second));
  }
}

void CheckServer(const YAML::Node& node, const MCPClientOptions& server) {
  const bool http = server.url.starts_with("http://") || server.url.starts_with("https://");
  if (!server.url.empty() && !http)
    yaml::Refuse(node, "mcp needs a url that begins with http:// or https://");
  if (server.url.empty() == server.process.command.empty()) {
    yaml::Refuse(node, "mcp needs either a url (http:// or https://) or a command");
  }
  if (!http && node["headers"]) yaml::Refuse(node["headers"], "a command takes no headers");
  if (http && node["environment"]) yaml::Refuse(node["environment"], "a url takes no environment");
}

// A server of tools: {mcp: {url: ..., tools: [...]}}, {mcp: {command: [...], tools: [...]}}.
MCPClientOptions ReadServer(const YAML::Node& node) {
  MCPClientOptions server;
  Nanos timeout = server.timeout;
  const auto read = [&server, &timeout](const YAML::Node& given) {
    yaml::ReadMap(
        given, "mcp",
        {{"url", [&server](const YAML::Node& url) { server.url = yaml::Expanded(url); }},
         {"headers", [&server](const YAML::Node& headers) { ReadHeaders(headers, server.headers); }},
         {"command", [&server](const YAML::Node& command) { ReadCommand(command, server.process.command); }},
         {"environment",
          [&server](const YAML::Node& environment) { ReadEnvironment(environment, server.process); }},
         {"tools", yaml::Texts(server.tools)},
         {"timeout", yaml::Seconds(timeout, kLongest)}});
  };
  yaml::ReadMap(
      node, "a server of tools",
      {{"mcp", read}, {"cancel_on_interruption", yaml::Flag(server.function.cancel_on_interruption)}});
  CheckServer(node["mcp"], server);
  server.timeout = std::chrono::duration_cast<std::chrono::milliseconds>(timeout);
  return server;
}

void CheckRequired(const YAML::Node& node, const std::vector<std::string>& names, HttpToolOptions& tool) {
  for (const std::string& name : names) {
    if (!tool.properties.contains(name)) {
      yaml::Refuse(node["required"], fmt::format("{} is required, but is no parameter", name));
    }
    tool.required.push_back(name);
  }
}

DirectFunction ReadTool(const YAML::Node& node, const std::vector<DirectFunction>& functions) {
  HttpToolOptions tool;
  std::string function;
  std::vector<std::string> required;
  Nanos timeout{0};
  yaml::ReadMap(node, "a tool",
                {{"name", yaml::Text(tool.name)},
                 {"description", yaml::Text(tool.description)},
                 {"parameters", [&tool](const YAML::Node& given) { ReadParameters(given, tool.properties); }},
                 {"required", yaml::Texts(required)},
                 {"http", [&tool](const YAML::Node& given) { ReadRequest(given, tool); }},
                 {"function", yaml::Text(function)},
                 {"cancel_on_interruption", yaml::Flag(tool.function.cancel_on_interruption)},
                 {"cancellable_by_llm", yaml::Flag(tool.function.cancellable_by_llm)},
                 {"timeout", yaml::Seconds(timeout, kLongest)}});
  if (tool.function.cancellable_by_llm && tool.function.cancel_on_interruption) {
    yaml::Refuse(node["cancellable_by_llm"],
                 "the model may cancel only what an interruption does not: "
                 "cancel_on_interruption: false");
  }
  if (timeout > Nanos(0)) tool.function.timeout = timeout;
  if (function.empty() == tool.url.empty()) yaml::Refuse(node, "a tool needs either http or function");
  if (!function.empty()) {
    DirectFunction named = NamedFunction(node["function"], function, functions);
    if (!tool.description.empty()) named.schema["description"] = tool.description;
    named.options = tool.function;
    return named;
  }
  if (tool.name.empty()) yaml::Refuse(node, "a tool needs a name");
  CheckRequired(node, required, tool);
  auto made = MakeHttpTool(std::move(tool));
  yaml::Check(node["http"], made.status());
  return *std::move(made);
}

}  // namespace

void ReadTools(const YAML::Node& node, const std::vector<DirectFunction>& functions,
               AgentSettings& settings) {
  if (!node.IsSequence()) yaml::Refuse(node, "tools must be a list");
  for (const auto& entry : node) {
    if (settings.tools.size() + settings.mcp_servers.size() >= kMaxTools) {
      yaml::Refuse(entry, fmt::format("more than {} tools", kMaxTools));
    }
    if (entry.IsMap() && entry["mcp"]) {
      settings.mcp_servers.push_back(ReadServer(entry));
      continue;
    }
    DirectFunction tool = ReadTool(entry, functions);
    const bool known = std::any_of(settings.tools.begin(), settings.tools.end(),
                                   [&tool](const DirectFunction& other) { return other.name == tool.name; });
    if (known) yaml::Refuse(entry, fmt::format("there are two tools {}", tool.name));
    settings.tools.push_back(std::move(tool));
  }
}

void ReadFunctionCalls(const YAML::Node& node, AgentSettings& settings) {
  FunctionCallsOptions& calls = settings.function_calls;
  yaml::ReadMap(node, "function_calls",
                {{"run_in_parallel", yaml::Flag(calls.run_in_parallel)},
                 {"group_parallel_tools", yaml::Flag(calls.group_parallel_tools)},
                 {"timeout", yaml::Seconds(calls.timeout, kLongest)}});
}

void ReadTracing(const YAML::Node& node, AgentSettings& settings) {
  const auto variable = [&settings](const char* name, std::vector<std::string> choices = {}) {
    return [&settings, name, choices = std::move(choices)](const YAML::Node& given) {
      std::string value;
      if (choices.empty()) {
        yaml::Text(value)(given);
      } else {
        yaml::OneOf(value, choices)(given);
      }
      settings.tracing.emplace_back(name, value);
    };
  };
  const auto attributes = [&settings](const YAML::Node& given) {
    if (!given.IsMap()) yaml::Refuse(given, "attributes must be a list of names and values");
    for (const auto& entry : given) {
      Json value = yaml::ToJson(entry.second);
      if (!value.is_primitive()) yaml::Refuse(entry.second, "a text, a number or a truth is expected here");
      settings.additional_span_attributes[entry.first.as<std::string>("")] = std::move(value);
    }
  };
  yaml::ReadMap(node, "tracing",
                {{"enabled", variable("ENABLE_TRACING", {"true", "false"})},
                 {"endpoint", variable("OTEL_EXPORTER_OTLP_ENDPOINT")},
                 {"service_name", variable("OTEL_SERVICE_NAME")},
                 {"mode", variable("REPARTEE_TRACING_MODE", {"extended", "pipecat"})},
                 {"span_names", variable("REPARTEE_SPAN_NAMES", {"page", "pipecat"})},
                 {"capture_content", variable("REPARTEE_CAPTURE_CONTENT", {"all", "last", "none"})},
                 {"provisional_spans", variable("REPARTEE_PROVISIONAL_SPANS", {"auto", "on", "off"})},
                 {"record", variable("REPARTEE_RECORD", {"true", "false"})},
                 {"record_format", variable("REPARTEE_RECORD_FORMAT", {"wav", "opus"})},
                 {"attributes", attributes}});
}

void ReadKeys(const YAML::Node& node, AgentSettings& settings) {
  bool wanted = true;
  DTMFAggregatorOptions options;
  const auto last = [&options](const YAML::Node& given) {
    const auto key = ParseKeypadEntry(given.IsScalar() ? given.Scalar() : "");
    if (!key) yaml::Refuse(given, "one of 0 to 9, * and # is expected here");
    options.termination_digit = *key;
  };
  if (node.IsScalar()) {
    yaml::Flag(wanted)(node);
  } else {
    yaml::ReadMap(node, "dtmf",
                  {{"timeout", yaml::Seconds(options.timeout, 60)},
                   {"termination_digit", last},
                   {"prefix", yaml::Text(options.prefix)}});
  }
  if (wanted) settings.dtmf = options;
}

}  // namespace repartee::agent_file
