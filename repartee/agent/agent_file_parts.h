// The parts of an agent file, each read into its place in the settings. What cannot be is thrown
// as yaml::Fault. Thread: pure functions.
#pragma once

#include <vector>

#include "repartee/agent/agent_settings.h"
#include "repartee/agent/yaml_reader.h"

namespace repartee::agent_file {

void ReadSpeechToText(const YAML::Node& node, AgentSettings& settings);
void ReadLanguageModels(const YAML::Node& node, AgentSettings& settings);
void ReadTextToSpeech(const YAML::Node& node, AgentSettings& settings);
void ReadTurns(const YAML::Node& node, AgentSettings& settings);
void ReadIdle(const YAML::Node& node, AgentSettings& settings);
void ReadTools(const YAML::Node& node, const std::vector<DirectFunction>& functions, AgentSettings& settings);
void ReadFunctionCalls(const YAML::Node& node, AgentSettings& settings);
void ReadTracing(const YAML::Node& node, AgentSettings& settings);
void ReadKeys(const YAML::Node& node, AgentSettings& settings);
void ReadTelephony(const YAML::Node& node, AgentSettings& settings);

}  // namespace repartee::agent_file
