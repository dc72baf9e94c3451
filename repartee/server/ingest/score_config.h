// A score that names a score config: it has the config's name and kind, and a value that
// the config allows. Thread: the store's reader threads, since the config is looked up.
#pragma once

#include <cstdint>
#include <string_view>

#include "repartee/base/json.h"
#include "repartee/base/status.h"
#include "repartee/server/store/config_store.h"
#include "repartee/server/store/scores.h"

namespace repartee::server {

inline constexpr std::string_view kScoreConfigKind = "score-config";

// As ParseScore; without a kind of its own it has that of its config. InvalidArgument says
// which field does not fit the config.
Result<ScoreRow> ParseScoreByConfig(Json body, ProjectKey project, std::int64_t event_ns,
                                    ConfigStore& config);

// Whether a score of that body, as text, may name a config at all.
inline bool MayNameConfig(std::string_view body) { return body.find("configId") != std::string_view::npos; }

}  // namespace repartee::server
