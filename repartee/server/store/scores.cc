#include "repartee/server/store/scores.h"

#include <algorithm>
#include <array>

namespace repartee::server {
namespace {

constexpr std::array<std::string_view, 5> kTypes = {"NUMERIC", "BOOLEAN", "CATEGORICAL", "TEXT",
                                                    "CORRECTION"};
constexpr std::array<std::string_view, 3> kSources = {"API", "EVAL", "ANNOTATION"};

template <class Enum, std::size_t n>
std::optional<Enum> FromName(const std::array<std::string_view, n>& names, std::string_view name) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<Enum>(found - names.begin());
}

}  // namespace

std::string_view ScoreTypeName(ScoreType type) { return kTypes[static_cast<std::size_t>(type)]; }
std::optional<ScoreType> ScoreTypeFromName(std::string_view name) {
  return FromName<ScoreType>(kTypes, name);
}
std::string_view ScoreSourceName(ScoreSource source) { return kSources[static_cast<std::size_t>(source)]; }
std::optional<ScoreSource> ScoreSourceFromName(std::string_view name) {
  return FromName<ScoreSource>(kSources, name);
}

}  // namespace repartee::server
