#include "repartee/cli/agent_options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "repartee/agent/agent_file.h"

namespace repartee::cli {

void AddAgentSettings(CLI::App& command, AgentSettings& settings) {
  const auto read = [&command, &settings](const std::string& path) {
    auto described = ReadAgentFile(path);
    if (described.ok()) {
      settings = *std::move(described);
      return;
    }
    fmt::print(stderr, "repartee {}: {}\n", command.get_name(), described.status().message());
    throw CLI::RuntimeError(1);
  };
  // While the line is read, ahead of what the other options set.
  command
      .add_option_function<std::string>("--config", read,
                                        "YAML file that describes the agent; other options go before it")
      ->trigger_on_parse();
  command
      .add_option("--stt", settings.speech_to_text,
                  "Speech to text: moonshine (on this machine) or deepgram; without it deepgram if "
                  "DEEPGRAM_API_KEY is set, else moonshine")
      ->check(CLI::IsMember({"moonshine", "deepgram"}));
  command
      .add_option("--tts", settings.text_to_speech,
                  "Text to speech: piper (on this machine) or cartesia; without it cartesia if "
                  "CARTESIA_API_KEY is set, else piper")
      ->check(CLI::IsMember({"piper", "cartesia"}));
  command.add_option(
      "--llm", settings.language_model,
      "Language model: smollm2, qwen0.5b, a GGUF file, openai, or the URL of a server that speaks like "
      "OpenAI's; without it openai if OPENAI_API_KEY is set, else smollm2");
  command.add_option("--llm-model", settings.remote_model, "The model to ask for at openai or at the URL");
  command.add_option("--system-prompt", settings.system_prompt, "What the model is told before all else");
  command
      .add_option("--max-sentences", settings.max_sentences,
                  "Of an answer of a model on this machine; 0: any")
      ->check(CLI::Range(0, 1000))
      ->capture_default_str();
  command
      .add_option("--threads", settings.threads,
                  "Of the language model on this machine; 0: one less than cores")
      ->check(CLI::Range(0, 256))
      ->capture_default_str();
}

void AddAgentServerOptions(CLI::App& command, AgentHostOptions& options) {
  command.add_option("--max-conversations", options.max_conversations, "At once; more are refused")
      ->check(CLI::Range(1, 100000))
      ->capture_default_str();
  command.add_option("--greeting", options.agent.greeting, "What the agent says first");
  AddAgentSettings(command, options.agent);
}

}  // namespace repartee::cli
