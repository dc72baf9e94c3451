#include "repartee/cli/agent_options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>

#include "repartee/agent/agent_file.h"
#include "repartee/agent/vendor_choice.h"

namespace repartee::cli {

namespace {

// The service of that name alone, as it is by default; `here` is what people call the one on this machine.
auto Chooses(std::vector<ServiceSettings>& services, const char* here) {
  return [&services, here](const std::string& name) {
    services.assign(1, {});
    services.front().service = name == here ? "local" : name;
  };
}

void AddServices(CLI::App& command, AgentSettings& settings) {
  command
      .add_option_function<std::string>(
          "--stt", Chooses(settings.stt, "moonshine"),
          "Speech to text: moonshine (on this machine), deepgram or openai; without it deepgram if "
          "DEEPGRAM_API_KEY is set, else moonshine")
      ->check(CLI::IsMember({"moonshine", "deepgram", "openai"}));
  command
      .add_option_function<std::string>(
          "--tts", Chooses(settings.tts, "piper"),
          "Text to speech: piper (on this machine), cartesia or openai; without it cartesia if "
          "CARTESIA_API_KEY is set, else piper")
      ->check(CLI::IsMember({"piper", "cartesia", "openai"}));
  CLI::Option* const llm = command.add_option_function<std::string>(
      "--llm", [&settings](const std::string& name) { settings.llm.assign(1, LanguageModelNamed(name)); },
      "Language model: smollm2, qwen0.5b, a GGUF file, openai, or the URL of a server that speaks like "
      "OpenAI's; without it openai if OPENAI_API_KEY is set, else smollm2");
  llm->trigger_on_parse();
  // Behind the other options, whatever their order on the line.
  command.add_option_function<std::string>(
      "--llm-model",
      [&settings](const std::string& model) {
        if (settings.llm.empty()) settings.llm.assign(1, LanguageModelNamed("openai"));
        settings.llm.front().model = model;
      },
      "The model to ask for at openai or at the URL");
}

}  // namespace

void AddAgentSettings(CLI::App& command, AgentSettings& settings) {
  const auto read = [&command, &settings](const std::string& path) {
    auto described = ReadAgentFile(path);
    if (described.ok()) {
      settings = *std::move(described);
      for (const auto& [name, value] : settings.tracing) setenv(name.c_str(), value.c_str(), 0);
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
  AddServices(command, settings);
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
  command.add_flag_callback(
      "--record", [] { setenv("REPARTEE_RECORD", "true", 1); },
      "Upload each conversation's sound to where its trace goes");
  command
      .add_option_function<std::string>(
          "--record-format",
          [](const std::string& format) { setenv("REPARTEE_RECORD_FORMAT", format.c_str(), 1); },
          "What is uploaded: wav, or opus at a tenth of the size")
      ->check(CLI::IsMember({"wav", "opus"}));
}

void AddAgentServerOptions(CLI::App& command, AgentHostOptions& options) {
  command.add_option("--max-conversations", options.max_conversations, "At once; more are refused")
      ->check(CLI::Range(1, 100000))
      ->capture_default_str();
  command.add_option("--greeting", options.agent.greeting, "What the agent says first");
  AddAgentSettings(command, options.agent);
}

}  // namespace repartee::cli
