#include "repartee/agent/vendor_choice.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

namespace repartee {
namespace {

constexpr const char* kHere = "local";
constexpr const char* kDefaultModel = "smollm2";

bool IsSet(const char* variable) {
  const char* const value = std::getenv(variable);
  return value != nullptr && *value != '\0';
}

const char* KeyOf(const std::string& service) {
  if (service == "deepgram") return "DEEPGRAM_API_KEY";
  return service == "cartesia" ? "CARTESIA_API_KEY" : "OPENAI_API_KEY";
}

// One of the agent's parts: where it can be had, the vendor of choice first.
struct Part {
  const char* what;
  std::vector<std::string> vendors;
};
const Part kHearing{"speech to text", {"deepgram", "openai"}};
const Part kThinking{"language model", {"openai"}};
const Part kSpeaking{"text to speech", {"cartesia", "openai"}};

Status Choose(const Part& part, bool run_inline, ServiceSettings& choice) {
  if (choice.service.empty()) {
    // Virtual time waits for no network: a key alone does not choose the vendor then.
    const bool by_key = choice.model.empty() && !run_inline && IsSet(KeyOf(part.vendors.front()));
    choice.service = by_key || !choice.base_url.empty() ? part.vendors.front() : kHere;
  }
  if (choice.service == kHere) return OkStatus();
  if (std::find(part.vendors.begin(), part.vendors.end(), choice.service) == part.vendors.end()) {
    return Status::InvalidArgument("{}: '{}' is neither local nor {}", part.what, choice.service,
                                   fmt::join(part.vendors, " nor "));
  }
  // A server of one's own may need no key.
  if (choice.base_url.empty() && !IsSet(KeyOf(choice.service))) {
    return Status::Unauthenticated("{} is to be {}'s, but there is no key; set {}", part.what, choice.service,
                                   KeyOf(choice.service));
  }
  if (!run_inline) return OkStatus();
  return Status::InvalidArgument("virtual time takes {} on this machine (local), not {}", part.what,
                                 choice.service);
}

Status ChooseAll(const Part& part, bool run_inline, std::vector<ServiceSettings>& choices) {
  if (choices.empty()) choices.emplace_back();
  for (ServiceSettings& choice : choices) {
    if (Status status = Choose(part, run_inline, choice); !status.ok()) return status;
  }
  return OkStatus();
}

}  // namespace

ServiceSettings LanguageModelNamed(const std::string& name) {
  ServiceSettings named;
  if (name.starts_with("http://") || name.starts_with("https://")) {
    named.service = "openai";
    named.base_url = name;
  } else if (name == "openai") {
    named.service = name;
  } else if (!name.empty()) {
    named.service = kHere;
    named.model = name;
  }
  return named;
}

Result<AgentSettings> ChooseVendors(AgentSettings settings) {
  Status status = ChooseAll(kHearing, settings.run_inline, settings.stt);
  if (status.ok()) status = ChooseAll(kSpeaking, settings.run_inline, settings.tts);
  if (status.ok()) status = ChooseAll(kThinking, settings.run_inline, settings.llm);
  if (!status.ok()) return status;
  for (ServiceSettings& llm : settings.llm) {
    if (llm.service == kHere && llm.model.empty()) llm.model = kDefaultModel;
  }
  return settings;
}

}  // namespace repartee
