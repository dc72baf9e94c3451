#include "repartee/agent/agent_file_parts.h"
#include "repartee/services/cartesia/protocol.h"
#include "repartee/services/deepgram/protocol.h"
#include "repartee/services/openai/protocol.h"
#include "repartee/services/openai/speech_protocol.h"

namespace repartee::agent_file {
namespace {

using CheckSettings = Status (*)(const Json& settings);

void CheckEach(const YAML::Node& node, CheckSettings check) {
  if (!node.IsMap()) yaml::Refuse(node, "settings must be a list of keys and values");
  // One by one, so that the fault is found in its line.
  for (const auto& entry : node) {
    const Json one{{entry.first.as<std::string>(""), yaml::ToJson(entry.second)}};
    yaml::Check(entry.first, check(one));
  }
}

yaml::Reader Setting(ServiceSettings& service, const char* name) {
  return [&service, name](const YAML::Node& node) { service.settings[name] = yaml::ToJson(node); };
}

yaml::Reader Settings(ServiceSettings& service) {
  return [&service](const YAML::Node& node) {
    if (!node.IsMap()) yaml::Refuse(node, "settings must be a list of keys and values");
    service.settings.update(yaml::ToJson(node));
  };
}

yaml::Reader Headers(ServiceSettings& service) {
  return [&service](const YAML::Node& node) {
    if (!node.IsMap()) yaml::Refuse(node, "headers must be a list of names and values");
    for (const auto& entry : node) {
      service.headers.Set(entry.first.as<std::string>(""), yaml::Expanded(entry.second));
    }
    yaml::Check(node, CheckHttpHeaders(service.headers));
  };
}

template <class T, class Read>
yaml::Reader Optional(std::optional<T>& value, Read read) {
  return [&value, read](const YAML::Node& node) {
    T given{};
    read(given)(node);
    value = given;
  };
}

// What every service has.
yaml::Readers CommonReaders(ServiceSettings& service, std::vector<std::string> names) {
  return {
      {"service", yaml::OneOf(service.service, std::move(names))},
      {"model", yaml::Text(service.model)},
      {"base_url", yaml::Text(service.base_url)},
      {"headers", Headers(service)},
      {"max_retries", Optional(service.max_retries, [](int& value) { return yaml::Whole(value, 0, 10); })},
      {"settings", Settings(service)}};
}

void CheckUrl(const YAML::Node& node, const ServiceSettings& service, bool http) {
  if (service.base_url.empty()) return;
  if (service.service == "local") {
    yaml::Refuse(node["base_url"], "a local model has no base_url; leave it out, or name another service");
  }
  const auto has = [&service](const char* scheme) { return service.base_url.starts_with(scheme); };
  if (http && !has("http://") && !has("https://")) {
    yaml::Refuse(node["base_url"], "a URL begins with http:// or https://");
  }
  if (!http && !has("ws://") && !has("wss://")) {
    yaml::Refuse(node["base_url"], "a URL begins with ws:// or wss://");
  }
}

Status NoSettings(const Json& settings) {
  return Status::InvalidArgument("{} cannot be set on this machine", settings.begin().key());
}

// What is given beside `settings` is a setting as well: its line is its own.
void CheckAll(const YAML::Node& node, const ServiceSettings& service, CheckSettings check) {
  if (const YAML::Node given = node["settings"]) CheckEach(given, check);
  for (const char* const name : {"language", "voice"}) {
    const YAML::Node given = node[name];
    if (given) yaml::Check(given, check(Json{{name, yaml::ToJson(given)}}));
  }
  if (service.service == "local") return;
  if (const YAML::Node model = node["model"]) yaml::Check(model, check(Json{{"model", service.model}}));
}

ServiceSettings ReadHearing(const YAML::Node& node) {
  ServiceSettings service;
  yaml::Readers readers = CommonReaders(service, {"local", "deepgram", "openai"});
  readers["language"] = Setting(service, "language");
  readers["tag"] = yaml::Texts(service.tag);
  readers["mip_opt_out"] = Optional(service.mip_opt_out, [](bool& value) { return yaml::Flag(value); });
  yaml::ReadMap(node, "stt", readers);
  const bool openai = service.service == "openai";
  CheckUrl(node, service, openai);
  const bool here = service.service == "local";
  CheckAll(node, service,
           here     ? NoSettings
           : openai ? openai::CheckTranscriptionSettings
                    : deepgram::CheckSettings);
  return service;
}

ServiceSettings ReadVoice(const YAML::Node& node) {
  ServiceSettings service;
  yaml::Readers readers = CommonReaders(service, {"local", "cartesia", "openai"});
  readers["voice"] = Setting(service, "voice");
  readers["language"] = Setting(service, "language");
  readers["max_buffer_delay_ms"] =
      Optional(service.max_buffer_delay_ms, [](int& value) { return yaml::Whole(value, 0, 5000); });
  yaml::ReadMap(node, "tts", readers);
  const bool openai = service.service == "openai";
  CheckUrl(node, service, openai);
  const bool here = service.service == "local";
  CheckAll(node, service, here ? NoSettings : openai ? openai::CheckSpeechSettings : cartesia::CheckSettings);
  return service;
}

ServiceSettings ReadLanguageModel(const YAML::Node& node, AgentSettings& settings) {
  ServiceSettings service;
  yaml::Readers readers = CommonReaders(service, {"local", "openai"});
  readers["organization"] = yaml::Text(service.organization);
  readers["project"] = yaml::Text(service.project);
  readers["azure_api_version"] = yaml::Text(service.azure_api_version);
  readers["first_chunk_timeout"] =
      Optional(service.first_chunk_timeout, [](Nanos& value) { return yaml::Seconds(value, 600); });
  readers["max_sentences"] = yaml::Whole(settings.max_sentences, 0, 1000);
  readers["threads"] = yaml::Whole(settings.threads, 0, 256);
  yaml::ReadMap(node, "llm", readers);
  CheckUrl(node, service, true);
  if (service.service.empty() && !service.base_url.empty()) service.service = "openai";
  CheckAll(node, service, service.service == "local" ? NoSettings : openai::CheckSettings);
  return service;
}

}  // namespace

void ReadSpeechToText(const YAML::Node& node, AgentSettings& settings) {
  yaml::ForEach(node, [&](const YAML::Node& entry) { settings.stt.push_back(ReadHearing(entry)); });
}

void ReadLanguageModels(const YAML::Node& node, AgentSettings& settings) {
  yaml::ForEach(node,
                [&](const YAML::Node& entry) { settings.llm.push_back(ReadLanguageModel(entry, settings)); });
}

void ReadTextToSpeech(const YAML::Node& node, AgentSettings& settings) {
  yaml::ForEach(node, [&](const YAML::Node& entry) { settings.tts.push_back(ReadVoice(entry)); });
}

}  // namespace repartee::agent_file
