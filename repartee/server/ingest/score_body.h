// A score as clients send it, checked and made a row. Thread: pure functions.
#pragma once

#include <string>

#include "repartee/base/json.h"
#include "repartee/base/status.h"
#include "repartee/server/store/scores.h"

namespace repartee::server {

// `event_ns` is the time of the event around it, which a score's own timestamp beats.
// InvalidArgument says which field is wrong. An absent id stays empty.
Result<ScoreRow> ParseScore(const Json& body, ProjectKey project, std::int64_t event_ns);

}  // namespace repartee::server
