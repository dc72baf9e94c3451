// Calls as the tests of every store send them. Thread: values.
#pragma once

#include <vector>

#include "repartee/server/testing/store_kit.h"

namespace repartee::server::clickhouse {

// Of testing::StoreTest, without its embedded store.
class Calls : public testing::StoreTest {
 public:
  // One turn, children first, root last: stt, turn, conversation.
  static std::vector<testing::TestSpan> Of(std::uint64_t number) { return Call(number); }
};

}  // namespace repartee::server::clickhouse
