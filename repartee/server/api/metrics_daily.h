// GET /api/public/metrics/daily, which older integrations ask: what each day had, the newest first.
//
// Limits: those of lists of traces and spans; 422 beyond. Thread: the store's reader threads.
#pragma once

#include "repartee/server/api/route.h"

namespace repartee::server {

HttpResponse ListDailyMetrics(const ApiCall& call);

}  // namespace repartee::server
