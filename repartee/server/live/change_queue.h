// ChangeQueue: conversations that have changed, each given out at most four times a
// second however often it changes. Full: it says so, and what it held is forgotten.
//
// Thread: that of its owner. Times are monotonic.
#pragma once

#include <unordered_map>
#include <vector>

#include "repartee/base/clock.h"
#include "repartee/server/model/ids.h"

namespace repartee::server {

inline constexpr Nanos kShortestGap = std::chrono::milliseconds(250);  // between two for one id
inline constexpr std::size_t kMaxChanged = 10'000;

class ChangeQueue {
 public:
  // False if that was one too many: the queue is empty then, and its watchers load anew.
  bool Note(const TraceId& id, Nanos now);
  // At most `limit` of those whose time has come.
  std::vector<TraceId> TakeDue(Nanos now, std::size_t limit);

 private:
  struct Entry {
    bool waits = false;
    Nanos due{0};  // not before; of one that does not wait, when it may be forgotten
  };
  std::unordered_map<TraceId, Entry> entries_;  // at most kMaxChanged
};

}  // namespace repartee::server
