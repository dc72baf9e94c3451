// Painter: what a watcher has to be told of a conversation that changed: its row and
// the turns that are new or other than before. Remembers what it told.
//
// Thread: one at a time; Paint on a store reader's.
#pragma once

#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

#include "repartee/server/store/store.h"

namespace repartee::server {

struct LiveEvent {
  std::string_view type;  // a literal
  std::string data;
};

class Painter {
 public:
  explicit Painter(ProjectKey project) : project_(project) {}

  // Nothing if the trace is gone or nothing of it that is shown has changed. Of a
  // conversation told for the first time only the last turns: who opens it loads the rest.
  Result<std::vector<LiveEvent>> Paint(StoreReader& reader, const TraceId& id, std::int64_t now_ns);

 private:
  struct Told {
    std::uint64_t row = 0;                            // hash of what was told
    std::unordered_map<SpanId, std::uint64_t> turns;  // what they were made of
  };
  Told& Remember(const TraceId& id, bool& is_new);

  const ProjectKey project_;
  std::unordered_map<TraceId, Told> told_;
  std::deque<TraceId> order_;  // oldest first, at most kMaxRemembered
};

}  // namespace repartee::server
