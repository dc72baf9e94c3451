// StoreBackend: a store that is not the embedded one, for tests that hold of every store.
//
// Thread: the test's.
#pragma once

#include <memory>
#include <string>

#include "repartee/base/clock.h"
#include "repartee/base/status.h"
#include "repartee/server/store/store.h"

namespace repartee::server::testing {

class StoreBackend {
 public:
  virtual ~StoreBackend() = default;
  // `clock` outlives the store.
  virtual Result<std::unique_ptr<Store>> Open(const std::string& folder, const Clock& clock) = 0;
  // Returns when what was acknowledged can be read.
  virtual Status Settle(Store& store) = 0;
};

// What REPARTEE_TEST_STORE names: null for the embedded store or nothing, a new database for "clickhouse".
std::unique_ptr<StoreBackend> BackendOfEnvironment();

}  // namespace repartee::server::testing
