// AgentSettings: what a person chooses about a voice agent. Thread: values.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "repartee/agent/mcp_client.h"
#include "repartee/agent/telephony_line.h"
#include "repartee/agent/turn_settings.h"
#include "repartee/base/clock.h"
#include "repartee/base/json.h"
#include "repartee/conversation/dtmf_aggregator.h"
#include "repartee/net/http.h"
#include "repartee/services/direct_function.h"

namespace repartee {

// One service. What a service does not know is left out of account by it.
struct ServiceSettings {
  // "local" (on this machine), "deepgram", "openai", "cartesia". Empty: the vendor whose key the environment
  // has, else local.
  std::string service{};
  // Of a language model: the model to ask for; local: "smollm2", "qwen0.5b" or a GGUF file. Empty: the
  // service's default.
  std::string model{};
  // Of a server that speaks like the vendor's; empty: the vendor's, or what its variable says
  // (DEEPGRAM_BASE_URL, OPENAI_BASE_URL, CARTESIA_BASE_URL).
  std::string base_url{};
  // Over the defaults of the service's class, which checks them.
  Json settings = Json::object();
  // Fixed for the service's life.
  HttpHeaders headers{};                       // openai, cartesia: with each request
  std::string organization{};                  // openai
  std::string project{};                       // openai
  std::string azure_api_version{};             // openai: Azure's older form
  std::vector<std::string> tag{};              // deepgram
  std::optional<bool> mip_opt_out{};           // deepgram
  std::optional<int> max_buffer_delay_ms{};    // cartesia
  std::optional<int> max_retries{};            // openai
  std::optional<Nanos> first_chunk_timeout{};  // openai
};

struct AgentSettings {
  // What people call it; empty: nothing.
  std::string name{};
  // A small model depends on every word of it: another prompt, another quality of answers.
  std::string system_prompt = "You are a helpful voice assistant. Answer in one short sentence.";
  // What the agent says when a client is there; empty: it waits for the user.
  std::string greeting{};
  // The first that is of use does the work; when it fails for good, the next takes over. Empty: one, chosen
  // by the keys in the environment.
  std::vector<ServiceSettings> stt{};
  std::vector<ServiceSettings> llm{};
  std::vector<ServiceSettings> tts{};
  // Of an answer of a model on this machine, which goes on too long; 0: any.
  int max_sentences = 1;
  // How long the user may pause before the turn counts as over, from the moment the voice has stopped.
  Nanos user_speech_timeout = std::chrono::milliseconds(600);
  TurnSettings turns{};
  UserIdleSettings idle{};
  // What the model may call.
  std::vector<DirectFunction> tools{};
  // Servers whose tools it may call as well; AddMCPTools asks for them.
  std::vector<MCPClientOptions> mcp_servers{};
  FunctionCallsOptions function_calls{};
  // Keys of a telephone become words of the user's.
  std::optional<DTMFAggregatorOptions> dtmf{};
  // Whose calls are answered.
  std::vector<TelephonyLine> telephony{};
  // Where each conversation is recorded, as ID.wav (caller left, agent right); empty: nowhere.
  std::string recordings{};
  // The conversation ends when nobody has said anything for so long.
  Nanos idle_timeout = std::chrono::seconds(300);
  // Onto the conversation's span.
  Json additional_span_attributes = Json::object();
  // Variables of the environment that the description sets where the environment does not: how conversations
  // are traced.
  std::vector<std::pair<std::string, std::string>> tracing{};
  // Of the language model on this machine; 0: one less than cores.
  int threads = 0;
  // For virtual time: models run in place and take no time.
  bool run_inline = false;
};

// Puts the tools of the servers to the others. Blocks while these are asked. Errors as GetMCPTools, and
// InvalidArgument for two tools of one name.
Status AddMCPTools(AgentSettings& settings);

}  // namespace repartee
