#include "repartee/server/model/observation.h"

#include <algorithm>
#include <array>

namespace repartee::server {
namespace {

constexpr std::array<std::string_view, kObservationTypes> kTypeNames = {
    "SPAN",  "GENERATION", "EVENT",     "AGENT",     "TOOL",
    "CHAIN", "RETRIEVER",  "EVALUATOR", "EMBEDDING", "GUARDRAIL"};
constexpr std::array<std::string_view, 4> kLevelNames = {"DEBUG", "DEFAULT", "WARNING", "ERROR"};

template <class T>
void Take(std::optional<T>& to, std::optional<T>&& from) {
  if (from) to = std::move(from);
}

}  // namespace

std::string_view TypeName(ObservationType type) { return kTypeNames[static_cast<std::size_t>(type)]; }

std::optional<ObservationType> TypeFromName(std::string_view name) {
  const auto found = std::find(kTypeNames.begin(), kTypeNames.end(), name);
  if (found == kTypeNames.end()) return std::nullopt;
  return static_cast<ObservationType>(found - kTypeNames.begin());
}

std::string_view LevelName(Level level) { return kLevelNames[static_cast<std::size_t>(level)]; }

std::optional<Level> LevelFromName(std::string_view name) {
  const auto found = std::find(kLevelNames.begin(), kLevelNames.end(), name);
  if (found == kLevelNames.end()) return std::nullopt;
  return static_cast<Level>(found - kLevelNames.begin());
}

void TraceFields::Merge(TraceFields&& later) {
  Take(name, std::move(later.name));
  Take(user_id, std::move(later.user_id));
  Take(session_id, std::move(later.session_id));
  if (later.whole) {
    release = std::move(later.release);
    version = std::move(later.version);
  } else {
    Take(release, std::move(later.release));
    Take(version, std::move(later.version));
  }
  whole = whole || later.whole;
  Take(environment, std::move(later.environment));
  Take(is_public, std::move(later.is_public));
  for (std::string& tag : later.tags) {
    if (std::find(tags.begin(), tags.end(), tag) == tags.end()) tags.push_back(std::move(tag));
  }
  std::sort(tags.begin(), tags.end());
}

}  // namespace repartee::server
