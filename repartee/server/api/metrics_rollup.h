// The part of a metrics query that roll-ups answer: counts, sums and percentiles of spans by what
// a series tells, over whole minutes and hours. The rest is counted span by span.
//
// An environment is the span's own here. Thread: the store's reader threads.
#pragma once

#include <vector>

#include "repartee/server/api/aggregate.h"
#include "repartee/server/api/metrics_query.h"
#include "repartee/server/api/route.h"

namespace repartee::server {

// The rows within the query's range that answer it, without a gap; none if it asks for what
// roll-ups do not hold.
std::vector<RollupRange> RolledPart(const MetricsQuery& query, const MappingOptions& mapping,
                                    std::int64_t now_ns);

// Adds what those rows hold. False, with nothing added: they do not tell what the query asks
// of them, are behind, or hold no more than kMaxSpansCountedExactly.
Result<bool> AddRollups(const MetricsQuery& query, const ApiCall& call, std::vector<RollupRange> ranges,
                        MetricsTable& table);

}  // namespace repartee::server
