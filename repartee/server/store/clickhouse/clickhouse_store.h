// ClickHouseStore: the store of a node before a ClickHouse server. Spans are acknowledged when
// they stand in the log of its folder and sent behind the answer (ship_log.h, shipper.h); what
// is read is what the server has. Scores are kept in the folder, as by the embedded store.
//
// Thread: any.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "repartee/base/clock.h"
#include "repartee/server/limits.h"
#include "repartee/server/store/clickhouse/client.h"
#include "repartee/server/store/clickhouse/ship_log.h"
#include "repartee/server/store/store.h"

namespace repartee::server::clickhouse {

struct ClickHouseStoreOptions {
  std::string folder;  // made if missing; one process owns it
  Address address;
  std::uint64_t max_log_bytes = ShipLogOptions{}.max_bytes;
  std::chrono::milliseconds settle_after{10'000};  // shipper.h
  std::chrono::milliseconds block_age{1'000};
  int reader_threads = kReaderThreads;
  const Clock* clock = &Clock::System();  // outlives the store
};

class ClickHouseStore : public Store {
 public:
  // Waits until all that was acknowledged before the call can be read.
  virtual Status Flush(std::chrono::milliseconds limit) = 0;
};

// A server that is away does not matter: spans wait in the log for it. AlreadyExists when another process
// owns the folder, FailedPrecondition when the tables are not those of this program.
Result<std::unique_ptr<ClickHouseStore>> OpenClickHouseStore(ClickHouseStoreOptions options);

}  // namespace repartee::server::clickhouse
