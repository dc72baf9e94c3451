// The filters of the list of spans, which its picture takes as well.
//
// Thread: that of the call; the query must not outlive it.
#pragma once

#include <string>

#include "repartee/server/ui/ui_call.h"

namespace repartee::server {

// Faults go to `query`. Attributes are looked for in the span, its resource and its scope.
SpanQuery ReadSpanFilters(UiQuery& query, const UiCall& call);

// "start.trace.span": where the page before ended.
std::string PositionText(const FoundSpan& found);
// Nothing if the text is none that PositionText makes.
std::optional<SpanPosition> ReadPosition(std::string_view text);

}  // namespace repartee::server
