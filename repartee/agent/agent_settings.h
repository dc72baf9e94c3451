// AgentSettings: what a person chooses about a voice agent. Thread: values.
#pragma once

#include <string>

#include "repartee/base/clock.h"

namespace repartee {

struct AgentSettings {
  // What people call it; empty: nothing.
  std::string name{};
  // A small model depends on every word of it: another prompt, another quality of answers.
  std::string system_prompt = "You are a helpful voice assistant. Answer in one short sentence.";
  // What the agent says when a client is there; empty: it waits for the user.
  std::string greeting{};
  // "moonshine" on this machine, or "deepgram". Empty: Deepgram if DEEPGRAM_API_KEY is set, else moonshine.
  std::string speech_to_text{};
  // "piper" on this machine, or "cartesia". Empty: Cartesia if CARTESIA_API_KEY is set, else piper.
  std::string text_to_speech{};
  // "smollm2", "qwen0.5b" or a GGUF file: on this machine. "openai", or the URL of a server that speaks
  // like it: there. Empty: OpenAI if OPENAI_API_KEY is set, else smollm2.
  std::string language_model{};
  // The model to ask for at OpenAI or at the URL; empty: the service's default.
  std::string remote_model{};
  // Of an answer of a model on this machine, which goes on too long; 0: any.
  int max_sentences = 1;
  // How long the user may pause before the turn counts as over, from the moment the voice has stopped.
  Nanos user_speech_timeout = std::chrono::milliseconds(600);
  // Of the language model on this machine; 0: one less than cores.
  int threads = 0;
  // For virtual time: models run in place and take no time.
  bool run_inline = false;
};

}  // namespace repartee
