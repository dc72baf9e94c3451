// EveryStore: tests that hold of every store: of the embedded one, and of ClickHouse where its
// server is installed (a real one, started once a test program).
//
// Thread: the test's.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "repartee/server/testing/store_kit.h"

namespace repartee::server::testing {

struct StoreKind {
  std::string name;
  std::unique_ptr<StoreBackend> (*make)();  // null: the embedded store
};

std::vector<StoreKind> StoreKinds();
std::string NameOfKind(const ::testing::TestParamInfo<StoreKind>& kind);

class EveryStore : public StoreTest, public ::testing::WithParamInterface<StoreKind> {
 protected:
  EveryStore() : StoreTest(GetParam().make()) {}
};

}  // namespace repartee::server::testing
