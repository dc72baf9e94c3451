// AgentFile: an agent described in YAML.
//
//   name: front desk
//   system_prompt: You are the front desk of a clinic. Answer in one short sentence.
//   greeting: Hello! How can I help you?
//   llm:
//     service: openai            # local (the default without a key), openai
//     model: gpt-4.1             # local: smollm2, qwen0.5b or a GGUF file
//     base_url: http://...       # of a server that speaks like OpenAI's
//   stt: {service: deepgram}     # local (the default without a key), deepgram
//   tts: {service: cartesia}     # local (the default without a key), cartesia
//   turns: {user_speech_timeout: 0.6}   # seconds
//
// Keys come from the environment. Thread: pure functions.
#pragma once

#include <string>

#include "repartee/agent/agent_settings.h"
#include "repartee/base/status.h"

namespace repartee {

// `where` names the text in errors. Malformed when it is no YAML, InvalidArgument for a key that is not
// known or a value that cannot be: "agent.yaml:4: ..." says in which line, and what is possible.
Result<AgentSettings> ParseAgentFile(std::string_view text, const std::string& where);

// The same of a file of at most 1 MiB; NotFound if it cannot be read.
Result<AgentSettings> ReadAgentFile(const std::string& path);

}  // namespace repartee
