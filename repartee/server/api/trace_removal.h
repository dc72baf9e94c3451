// TraceRemoval: a trace goes with all that hangs on it: comments on it and its spans,
// media that nothing else shows, its scores. What stays for a while is its tombstone.
//
// What lies outside of the store goes first, so that a stop in between leaves nothing
// behind that no trace leads to: the trace is still there, to be deleted again.
//
// Thread: any; the work is done on the store's reader threads, then on its writer's.
#pragma once

#include <string>
#include <vector>

#include "repartee/server/media/media_store.h"
#include "repartee/server/store/config_store.h"
#include "repartee/server/store/store.h"

namespace repartee::server {

class TraceRemoval {
 public:
  // All are borrowed and outlive every removal under way; `media` may be null: none are kept.
  TraceRemoval(Store& store, ConfigStore& config, MediaStore* media)
      : store_(store), config_(config), media_(media) {}

  // By the ids that clients know; unknown ones are fine. `done` is called once: when OK, they
  // are hidden for good. Not OK as an answer: too much waits, and `done` is not called.
  Status Remove(ProjectKey project, std::vector<std::string> ids, Store::Done done) const;

 private:
  // Adds the names that a trace has beside those it was asked for by.
  Status Detach(StoreReader& reader, ProjectKey project, std::vector<std::string>& ids) const;
  Status RemoveComments(StoreReader& reader, ProjectKey project, const TraceRow& row,
                        const std::vector<ConfigItem>& of_spans) const;

  Store& store_;
  ConfigStore& config_;
  MediaStore* const media_;
};

}  // namespace repartee::server
