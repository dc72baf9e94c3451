// What every shape of a trace begins with. Thread: pure functions.
#pragma once

#include "repartee/server/api/json_writer.h"
#include "repartee/server/auth/key_store.h"
#include "repartee/server/store/store.h"

namespace repartee::server {

// Ids, times, names, tags; without texts, observations, scores and metrics.
void WriteTraceCore(JsonWriter& json, const TraceRow& row, const Project& project);

}  // namespace repartee::server
