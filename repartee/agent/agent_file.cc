#include "repartee/agent/agent_file.h"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

#include "repartee/agent/agent_file_parts.h"

namespace repartee {
namespace {

constexpr std::uintmax_t kMaxBytes = 1 << 20;
constexpr double kLongestIdle = 24 * 3600;

// A part that has a reader of its own.
template <class Read>
yaml::Reader Part(Read read, AgentSettings& settings) {
  return [read, &settings](const YAML::Node& node) { read(node, settings); };
}

AgentSettings ReadAgent(const YAML::Node& root, const std::vector<DirectFunction>& functions) {
  AgentSettings settings;
  const auto tools = [&](const YAML::Node& node) { agent_file::ReadTools(node, functions, settings); };
  yaml::ReadMap(root, "the description of an agent",
                {{"name", yaml::Text(settings.name)},
                 {"system_prompt", yaml::Text(settings.system_prompt)},
                 {"greeting", yaml::Text(settings.greeting)},
                 {"stt", Part(agent_file::ReadSpeechToText, settings)},
                 {"llm", Part(agent_file::ReadLanguageModels, settings)},
                 {"tts", Part(agent_file::ReadTextToSpeech, settings)},
                 {"turns", Part(agent_file::ReadTurns, settings)},
                 {"user_idle", Part(agent_file::ReadIdle, settings)},
                 {"tools", tools},
                 {"function_calls", Part(agent_file::ReadFunctionCalls, settings)},
                 {"dtmf", Part(agent_file::ReadKeys, settings)},
                 {"telephony", Part(agent_file::ReadTelephony, settings)},
                 {"recordings", yaml::Text(settings.recordings)},
                 {"idle_timeout", yaml::Seconds(settings.idle_timeout, kLongestIdle)},
                 {"tracing", Part(agent_file::ReadTracing, settings)}});
  return settings;
}

Status At(const std::string& where, const YAML::Mark& mark, StatusCode code, const std::string& text) {
  if (mark.is_null()) return {code, fmt::format("{}: {}", where, text)};
  return {code, fmt::format("{}:{}: {}", where, mark.line + 1, text)};
}

}  // namespace

Result<AgentSettings> ParseAgentFile(std::string_view text, const std::string& where,
                                     const std::vector<DirectFunction>& functions) {
  try {
    const YAML::Node root = YAML::Load(std::string(text));
    if (root.IsNull()) return Status::InvalidArgument("{}: describes nothing", where);
    return ReadAgent(root, functions);
  } catch (const yaml::Fault& fault) {
    return At(where, fault.mark, fault.code, fault.text);
  } catch (const YAML::Exception& error) {
    return At(where, error.mark, StatusCode::kMalformed, error.msg);
  }
}

Result<AgentSettings> ReadAgentFile(const std::string& path, const std::vector<DirectFunction>& functions) {
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  if (!error && size > kMaxBytes) return Status::InvalidArgument("{} has more than 1 MiB", path);
  std::ifstream file(path, std::ios::binary);
  if (error || !file) return Status::NotFound("{} cannot be read", path);
  std::ostringstream text;
  text << file.rdbuf();
  return ParseAgentFile(text.str(), path, functions);
}

}  // namespace repartee
