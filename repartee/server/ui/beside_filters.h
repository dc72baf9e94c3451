// The list's filters that a trace's row knows nothing of: what is kept beside it, scores and recordings.
//
// Thread: that of the call.
#pragma once

#include "repartee/server/ui/conversation_scores.h"
#include "repartee/server/ui/recorded.h"

namespace repartee::server {

struct BesideFilters {
  ScoreFilter score;
  bool recorded = false;  // with a recording alone
};

// Those of the scores and `audio`; faults go to `query`.
BesideFilters ReadBesideFilters(UiQuery& query);
// Leaves `to` as it is if nothing is asked.
Status ApplyBesideFilters(const UiCall& call, const BesideFilters& filters, ConversationQuery& to);

}  // namespace repartee::server
