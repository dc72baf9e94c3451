#include "repartee/server/live/change_queue.h"

namespace repartee::server {

bool ChangeQueue::Note(const TraceId& id, Nanos now) {
  const auto known = entries_.find(id);
  if (known != entries_.end()) {
    known->second.waits = true;
    return true;
  }
  if (entries_.size() >= kMaxChanged) {
    entries_.clear();
    return false;
  }
  entries_.emplace(id, Entry{true, now});
  return true;
}

std::vector<TraceId> ChangeQueue::TakeDue(Nanos now, std::size_t limit) {
  std::vector<TraceId> due;
  for (auto entry = entries_.begin(); entry != entries_.end();) {
    Entry& change = entry->second;
    if (change.due > now || (change.waits && due.size() >= limit)) {
      ++entry;
    } else if (change.waits) {
      due.push_back(entry->first);
      change = {false, now + kShortestGap};
      ++entry;
    } else {
      entry = entries_.erase(entry);
    }
  }
  return due;
}

}  // namespace repartee::server
