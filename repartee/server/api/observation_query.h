// What both generations of the API ask of a list of observations. Thread: the
// store's reader threads.
#pragma once

#include <cstdint>
#include <vector>

#include "repartee/server/api/request.h"
#include "repartee/server/api/route.h"
#include "repartee/server/api/trace_view.h"

namespace repartee::server {

enum class ObservationApi : std::uint8_t {
  kV1,
  kV2
};

// The simple parameters and the filter; of a column that the filter names, the filter
// alone counts. Faults are gathered in `query`. ResourceExhausted as FullSpanTest's. `call`
// outlives the answer.
Result<SpanQuery> ReadSpanQuery(QueryReader& query, const ApiCall& call, ObservationApi api);

// Start in nanoseconds, trace and span: rows of one millisecond neither repeat nor vanish.
std::string WriteSpanCursor(const FoundSpan& last);
// `cursor` as where `wanted` begins.
void ReadSpanCursor(QueryReader& query, SpanQuery& wanted);

// Reads the whole of each span found and hands it to `write` with its trace's row.
template <class Write>
Status LoadEach(StoreReader& reader, const MappingOptions& mapping, const std::vector<FoundSpan>& rows,
                Write write) {
  for (const FoundSpan& span : rows) {
    const Result<Observation> observation = LoadObservation(reader, mapping, span);
    if (!observation.ok()) return observation.status();
    write(*observation, span.trace);
  }
  return OkStatus();
}

}  // namespace repartee::server
