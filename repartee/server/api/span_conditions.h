// Conditions on observations that no column answers: what people comment on them, and
// their place within the trace.
//
// Thread: the store's reader threads.
#pragma once

#include <string_view>
#include <vector>

#include "repartee/server/api/filter.h"
#include "repartee/server/api/request.h"
#include "repartee/server/api/route.h"

namespace repartee::server {

// commentCount, commentContent and positionInTrace.
bool IsSpanConditionColumn(std::string_view column);

// The test for all conditions, those of columns too; empty if there are none. Comments are read
// here, ResourceExhausted if there are more than kMaxConfigItems. Of a trace the place is counted
// among the observations that meet the other conditions. `call` outlives the test.
Result<SpanTest> FullSpanTest(const ApiCall& call, std::vector<FilterCondition> conditions);

}  // namespace repartee::server
