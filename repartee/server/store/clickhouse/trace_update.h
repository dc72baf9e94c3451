// Trace rows are made anew from their spans, and ended when they are deleted.
//
// Thread: that of the client's owner.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "repartee/server/store/clickhouse/client.h"
#include "repartee/server/store/clickhouse/rising_time.h"
#include "repartee/server/store/store.h"

namespace repartee::server::clickhouse {

// Of one project each: ids alone may be another project's too.
using TraceSet = std::set<std::pair<ProjectKey, std::string>>;  // with the 16 bytes of the id

// The traces that the rows of `trace_day` name. Malformed if they are none.
Result<TraceSet> TracesOf(std::string_view day_rows);

// Makes the rows of these traces from the spans that the server has, as of now. What they became.
Result<std::vector<TraceChange>> UpdateTraces(Client& client, const TraceSet& traces, RisingTime& time);

// What came of these traces until now is not shown any more, and is removed by and by.
Status EndTraces(Client& client, ProjectKey project, const std::vector<TraceId>& traces, RisingTime& time);
// Removes what began before that day (YYYYMMDD), by and by.
Status RemoveBefore(Client& client, ProjectKey project, int first_day);

// What says that rows are the same as others: a server that knows tokens stores them once.
std::string TokenOf(std::string_view rows);

}  // namespace repartee::server::clickhouse
