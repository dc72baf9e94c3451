// SqliteStore: the embedded store, all in one folder: a writer, a follower behind
// it, and a few reader threads. One process owns the folder, by a lock on the file
// "lock" in it.
//
// Thread: any.
#pragma once

#include <memory>
#include <string>

#include "repartee/base/clock.h"
#include "repartee/server/limits.h"
#include "repartee/server/store/store.h"

namespace repartee::server {

struct SqliteStoreOptions {
  std::string folder;  // made if missing
  MappingOptions mapping;
  std::size_t live_trace_bytes = kLiveTraceBytes;
  int reader_threads = kReaderThreads;
  const Clock* clock = &Clock::System();  // outlives the store
};

// Recovers what a crash left, so it may take some 0.1 s a million spans. AlreadyExists
// when another process owns the folder.
Result<std::unique_ptr<Store>> OpenSqliteStore(SqliteStoreOptions options);

}  // namespace repartee::server
