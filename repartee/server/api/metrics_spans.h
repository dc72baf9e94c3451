// Metrics over observations: from roll-ups where these answer, else span by span; kMaxSpansScanned
// and kMaxScanTime bound what is looked at, ResourceExhausted beyond.
//
// Thread: the store's reader threads.
#pragma once

#include "repartee/server/api/aggregate.h"
#include "repartee/server/api/metrics_query.h"
#include "repartee/server/api/route.h"

namespace repartee::server {

Status AddObservations(const MetricsQuery& query, const ApiCall& call, MetricsTable& table);

}  // namespace repartee::server
