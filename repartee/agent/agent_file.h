// AgentFile: an agent described in YAML. docs/agent-file.md has every key; the largest part of it:
//
//   name: front desk
//   system_prompt: You are the front desk of a clinic. Answer in one short sentence.
//   greeting: Hello! How can I help you?
//   stt: {service: deepgram, language: en, settings: {keyterm: [Repartee]}}
//   llm: [{service: openai, model: gpt-4.1}, {service: local}]   # the next takes over when one fails
//   tts: {service: cartesia, voice: 71a7ad14-091c-4e8e-a314-022ece01c121}
//   turns: {stop: smart_turn, mute: function_call}
//   tools: [{name: book, description: Books., parameters: {day: {type: string}}, http: {url: http://...}}]
//
// Keys of vendors come from the environment. Thread: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "repartee/agent/agent_functions.h"
#include "repartee/agent/agent_settings.h"
#include "repartee/base/status.h"

namespace repartee {

// `where` names the text in errors; `functions` are what its tools may call by name. Malformed when it is no
// YAML, InvalidArgument for a key that is not known or a value that cannot be: "agent.yaml:4: ..." says in
// which line, and what is possible.
Result<AgentSettings> ParseAgentFile(std::string_view text, const std::string& where,
                                     const std::vector<DirectFunction>& functions = AgentFunctions());

// The same of a file of at most 1 MiB; NotFound if it cannot be read.
Result<AgentSettings> ReadAgentFile(const std::string& path,
                                    const std::vector<DirectFunction>& functions = AgentFunctions());

}  // namespace repartee
