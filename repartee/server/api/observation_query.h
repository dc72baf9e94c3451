// What both generations of the API ask of a list of observations. Thread: the
// store's reader threads.
#pragma once

#include <cstdint>

#include "repartee/server/api/request.h"
#include "repartee/server/api/route.h"

namespace repartee::server {

enum class ObservationApi : std::uint8_t {
  kV1,
  kV2
};

// The simple parameters and the filter; of a column that the filter names, the filter
// alone counts. Faults are gathered in `query`. `call` outlives the answer.
SpanQuery ReadSpanQuery(QueryReader& query, const ApiCall& call, ObservationApi api);

}  // namespace repartee::server
