// The range that a question about replies is about, as parameters and as part of the answer.
//
// Thread: that of the call.
#pragma once

#include <vector>

#include "repartee/server/ui/ui_call.h"
#include "repartee/server/ui/view_json.h"

namespace repartee::server {

// from, to (the last 24 hours unless told) and environment; faults go to `query`.
VoiceQuery ReadVoiceRange(UiQuery& query, const UiCall& call);

// A range this short is told span by span: its steps may be shorter than a minute.
bool IsExact(const VoiceQuery& range);
// The roll-ups of its project and environments.
RollupQuery RollupsOf(const VoiceQuery& range, std::vector<RollupRange> ranges);

// from, to, and searched_from, which is later than from when there was too much to look at.
void WriteVoiceRange(JsonWriter& json, const VoiceQuery& range, const ScanExtent& extent);

}  // namespace repartee::server
