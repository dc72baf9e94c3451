#include "repartee/agent/vendor_choice.h"

#include <cstdlib>
#include <string>

namespace repartee {
namespace {

bool IsUrl(const std::string& model) { return model.starts_with("http://") || model.starts_with("https://"); }

bool IsSet(const char* variable) {
  const char* const value = std::getenv(variable);
  return value != nullptr && *value != '\0';
}

// One of the agent's parts: where it can be had.
struct Part {
  const char* what;
  const char* here;
  const char* vendor;
  const char* key;
};
constexpr Part kHearing{"speech to text", "moonshine", "deepgram", "DEEPGRAM_API_KEY"};
constexpr Part kSpeaking{"text to speech", "piper", "cartesia", "CARTESIA_API_KEY"};

Status Choose(const Part& part, bool run_inline, std::string& choice) {
  // Virtual time waits for no network: a key alone does not choose the vendor then.
  if (choice.empty()) choice = IsSet(part.key) && !run_inline ? part.vendor : part.here;
  if (choice == part.here) return OkStatus();
  if (choice != part.vendor) {
    return Status::InvalidArgument("{}: '{}' is neither {} nor {}", part.what, choice, part.here,
                                   part.vendor);
  }
  if (!IsSet(part.key)) {
    return Status::Unauthenticated("{} is to be {}'s, but there is no key; set {}", part.what, part.vendor,
                                   part.key);
  }
  if (!run_inline) return OkStatus();
  return Status::InvalidArgument("virtual time takes {} on this machine ({}), not {}", part.what, part.here,
                                 part.vendor);
}

Status ChooseModel(AgentSettings& settings) {
  std::string& model = settings.language_model;
  if (model.empty()) model = IsSet("OPENAI_API_KEY") ? "openai" : "smollm2";
  if (model == "openai" && !IsSet("OPENAI_API_KEY")) {
    return Status::Unauthenticated(
        "the language model is to be OpenAI's, but there is no key; set OPENAI_API_KEY");
  }
  if (!IsRemoteModel(model) || !settings.run_inline) return OkStatus();
  return Status::InvalidArgument(
      "virtual time takes a language model on this machine (smollm2, qwen0.5b or a GGUF file), not {}",
      model);
}

}  // namespace

bool IsRemoteModel(const std::string& language_model) {
  return language_model == "openai" || IsUrl(language_model);
}

Result<AgentSettings> ChooseVendors(AgentSettings settings) {
  Status status = Choose(kHearing, settings.run_inline, settings.speech_to_text);
  if (status.ok()) status = Choose(kSpeaking, settings.run_inline, settings.text_to_speech);
  if (status.ok()) status = ChooseModel(settings);
  if (!status.ok()) return status;
  return settings;
}

}  // namespace repartee
