// Recorded: which conversations have a recording, for the list's filter and its count.
//
// Known are the latest kMaxTracesWithSound of the project. Thread: that of the call.
#pragma once

#include <unordered_set>

#include "repartee/server/ui/ui_call.h"

namespace repartee::server {

class Recorded {
 public:
  static Result<Recorded> Read(const UiCall& call);

  // The query asks for no others any more, and keeps what it asked before.
  void ApplyTo(ConversationQuery& query) const;
  // Counts a conversation that is among the chosen ones.
  void Add(const TraceId& trace) { count_ += traces_.contains(trace) ? 1 : 0; }
  std::int64_t count() const { return count_; }

 private:
  std::unordered_set<TraceId> traces_;
  std::int64_t count_ = 0;
};

}  // namespace repartee::server
