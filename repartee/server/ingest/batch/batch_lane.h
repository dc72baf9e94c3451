// BatchLane: entities of batch ingestion on their way into the store. An event
// changes what is stored, so reading, merging and writing of one entity must not
// overlap with another's: the lane does one round at a time, and takes into it all
// that waits.
//
// Thread: Push from any; answers come from the store's threads.
#pragma once

#include <deque>
#include <mutex>
#include <vector>

#include "repartee/server/ingest/batch/entity.h"
#include "repartee/server/ingest/batch_builder.h"
#include "repartee/server/store/store.h"

namespace repartee::server {

class BatchLane {
 public:
  // `store` is borrowed; it is stopped before the lane goes.
  BatchLane(Store& store, MappingOptions mapping) : store_(store), mapping_(mapping) {}

  // Told once, when all is on disk or cannot be. `refused` are the ids of events that found no place,
  // because their entity has kMaxEventsPerEntity; some may be of other calls.
  using Done = UniqueFunction<void(const Status&, const std::vector<std::string>& refused)>;

  // Takes the entities with their new events. ResourceExhausted when too many wait: then `done` is
  // not called.
  Status Push(ProjectKey project, std::vector<Entity> entities, Done done);

 private:
  struct Work {
    ProjectKey project = 0;
    std::vector<Entity> entities;
    Done done;
  };
  struct Round;

  void StartRound();
  void FinishRound(Round& round, const Status& status);
  Result<BuiltBatch> BuildRound(StoreReader& reader, Round& round) const;
  static Status MergeStored(StoreReader& reader, Round& round, Entity& entity);

  Store& store_;
  const MappingOptions mapping_;
  std::mutex mutex_;
  std::deque<Work> waiting_;  // guarded by mutex_; at most kMaxQueuedBatches
  bool is_running_ = false;   // guarded by mutex_
};

}  // namespace repartee::server
