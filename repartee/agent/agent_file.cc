#include "repartee/agent/agent_file.h"

#include <yaml-cpp/yaml.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <sstream>
#include <utility>

namespace repartee {
namespace {

constexpr std::uintmax_t kMaxBytes = 1 << 20;

// A fault of the description and where it stands. Thrown and caught in this file alone, since the YAML
// library throws as well.
struct Fault {
  StatusCode code;
  YAML::Mark mark;
  std::string text;
};

[[noreturn]] void Refuse(const YAML::Node& node, std::string text) {
  throw Fault{StatusCode::kInvalidArgument, node.Mark(), std::move(text)};
}

using Reader = std::function<void(const YAML::Node&)>;
using Readers = std::map<std::string, Reader, std::less<>>;

std::string KeysOf(const Readers& readers) {
  std::string keys;
  for (const auto& [key, reader] : readers) keys += (keys.empty() ? "" : ", ") + key;
  return keys;
}

// Each key goes to its reader; one that nobody reads is a mistake, not something to pass over.
void ReadMap(const YAML::Node& node, const std::string& what, const Readers& readers) {
  if (!node.IsMap()) Refuse(node, what + " must be a list of keys and values");
  for (const auto& entry : node) {
    if (!entry.first.IsScalar()) Refuse(entry.first, "a key must be a word");
    const std::string key = entry.first.Scalar();
    const auto reader = readers.find(key);
    if (reader == readers.end()) {
      Refuse(entry.first, fmt::format("{} has no key {}; it has {}", what, key, KeysOf(readers)));
    }
    reader->second(entry.second);
  }
}

Reader Text(std::string& value) {
  return [&value](const YAML::Node& node) {
    if (!node.IsScalar()) Refuse(node, "a text is expected here");
    value = node.Scalar();
  };
}

Reader OneOf(std::string& value, std::vector<std::string> choices) {
  return [&value, choices = std::move(choices)](const YAML::Node& node) {
    Text(value)(node);
    std::string names;
    for (const std::string& choice : choices) {
      if (choice == value) return;
      names += (names.empty() ? "" : ", ") + choice;
    }
    Refuse(node, fmt::format("{} is not known here; possible is {}", value, names));
  };
}

template <class T>
Reader Number(T& value, T least, T most) {
  return [&value, least, most](const YAML::Node& node) {
    T number{};
    if (!YAML::convert<T>::decode(node, number) || number < least || number > most) {
      Refuse(node, fmt::format("a number from {} to {} is expected here", least, most));
    }
    value = number;
  };
}

struct LanguageModel {
  std::string service;
  std::string model;
  std::string base_url;
};

void ReadLanguageModel(const YAML::Node& node, AgentSettings& settings) {
  LanguageModel given;
  ReadMap(node, "llm",
          {{"service", OneOf(given.service, {"local", "openai"})},
           {"model", Text(given.model)},
           {"base_url", Text(given.base_url)},
           {"max_sentences", Number(settings.max_sentences, 0, 1000)},
           {"threads", Number(settings.threads, 0, 256)}});
  const bool is_url = given.base_url.starts_with("http://") || given.base_url.starts_with("https://");
  if (!given.base_url.empty() && !is_url) Refuse(node["base_url"], "a URL begins with http:// or https://");
  if (given.service == "local" && is_url) {
    Refuse(node["base_url"], "a local model has no base_url; leave it out, or service: openai");
  }
  if (is_url || given.service == "openai") {
    settings.language_model = is_url ? given.base_url : "openai";
    settings.remote_model = given.model;
  } else {
    settings.language_model = given.model.empty() && given.service == "local" ? "smollm2" : given.model;
  }
}

// Speech to text or text to speech: `here` is what it is called on this machine.
Reader Speech(const char* what, std::string& choice, const char* here, const char* vendor) {
  return [=, &choice](const YAML::Node& node) {
    std::string service;
    ReadMap(node, what, {{"service", OneOf(service, {"local", vendor})}});
    choice = service == "local" ? here : service;
  };
}

AgentSettings ReadAgent(const YAML::Node& root) {
  AgentSettings settings;
  double pause = ToSeconds(settings.user_speech_timeout);
  ReadMap(root, "the description of an agent",
          {{"name", Text(settings.name)},
           {"system_prompt", Text(settings.system_prompt)},
           {"greeting", Text(settings.greeting)},
           {"stt", Speech("stt", settings.speech_to_text, "moonshine", "deepgram")},
           {"llm", [&settings](const YAML::Node& node) { ReadLanguageModel(node, settings); }},
           {"tts", Speech("tts", settings.text_to_speech, "piper", "cartesia")},
           {"turns", [&pause](const YAML::Node& node) {
              ReadMap(node, "turns", {{"user_speech_timeout", Number(pause, 0.0, 60.0)}});
            }}});
  settings.user_speech_timeout = FromSeconds(pause);
  return settings;
}

Status At(const std::string& where, const YAML::Mark& mark, StatusCode code, const std::string& text) {
  if (mark.is_null()) return {code, fmt::format("{}: {}", where, text)};
  return {code, fmt::format("{}:{}: {}", where, mark.line + 1, text)};
}

}  // namespace

Result<AgentSettings> ParseAgentFile(std::string_view text, const std::string& where) {
  try {
    const YAML::Node root = YAML::Load(std::string(text));
    if (root.IsNull()) return Status::InvalidArgument("{}: describes nothing", where);
    return ReadAgent(root);
  } catch (const Fault& fault) {
    return At(where, fault.mark, fault.code, fault.text);
  } catch (const YAML::Exception& error) {
    return At(where, error.mark, StatusCode::kMalformed, error.msg);
  }
}

Result<AgentSettings> ReadAgentFile(const std::string& path) {
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  if (!error && size > kMaxBytes) return Status::InvalidArgument("{} has more than 1 MiB", path);
  std::ifstream file(path, std::ios::binary);
  if (error || !file) return Status::NotFound("{} cannot be read", path);
  std::ostringstream text;
  text << file.rdbuf();
  return ParseAgentFile(text.str(), path);
}

}  // namespace repartee
