// Versions of prompts and the labels that point at them, over the ConfigStore; and
// prompts within prompts, put in place. Thread: as the ConfigStore.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "repartee/base/json.h"
#include "repartee/server/store/config_store.h"

namespace repartee::server {

inline constexpr std::string_view kPromptKind = "prompt";
inline constexpr std::string_view kLatestLabel = "latest";
inline constexpr std::string_view kProductionLabel = "production";

// Which version of a prompt: at most one of the two is set.
struct PromptChoice {
  std::optional<std::int64_t> version{};
  std::optional<std::string> label{};
};

class PromptStore {
 public:
  // `config` is borrowed.
  PromptStore(ConfigStore& config, ProjectKey project) : config_(config), project_(project) {}

  // All versions, newest first; empty if there is no such prompt.
  Result<std::vector<ConfigItem>> Versions(const std::string& name);
  // Without a choice that with the label "production".
  Result<std::optional<ConfigItem>> Find(const std::string& name, const PromptChoice& choice);
  // The next version with that body; its labels leave the others, "latest" always.
  Result<ConfigItem> Add(const std::string& name, Json body);
  // Moves labels to a version; NotFound.
  Result<ConfigItem> MoveLabels(const std::string& name, std::int64_t version,
                                const std::vector<std::string>& labels);
  // Those that fit the choice, or all; FailedPrecondition names a prompt that uses one
  // of them, NotFound if there are none.
  Status Remove(const std::string& name, const PromptChoice& choice);

  // References in the prompt's text replaced by what they name, at most kMaxPromptDepth
  // deep. `graph` gets what was put in, or stays null. InvalidArgument names a
  // reference that leads nowhere or round in a circle.
  Result<Json> Resolve(const ConfigItem& item, Json& graph);

 private:
  Result<std::string> ResolveText(const std::string& text, const ConfigItem& parent,
                                  std::vector<std::string>& trail, Json& dependencies);
  Status CheckUnused(const std::string& name, const std::vector<ConfigItem>& doomed);

  ConfigStore& config_;
  const ProjectKey project_;
};

// The labels of a version.
std::vector<std::string> LabelsOf(const Json& body);

}  // namespace repartee::server
