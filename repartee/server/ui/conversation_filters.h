// The filters of the list, which its facets and its histogram take as well.
//
// Thread: that of the call.
#pragma once

#include "repartee/server/ui/ui_call.h"

namespace repartee::server {

// Faults go to `query`.
ConversationQuery ReadConversationFilters(UiQuery& query, const UiCall& call);

}  // namespace repartee::server
