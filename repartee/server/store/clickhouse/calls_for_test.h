// Calls as the tests of every store send them, and as rows. Thread: values.
#pragma once

#include <gtest/gtest.h>

#include <vector>

#include "repartee/server/ingest/batch_builder.h"
#include "repartee/server/store/clickhouse/span_rows.h"
#include "repartee/server/testing/store_kit.h"

namespace repartee::server::clickhouse {

// Of testing::StoreTest, without its embedded store.
class Calls : public testing::StoreTest {
 public:
  using StoreTest::kProject;

  // One turn, children first, root last: stt, turn, conversation.
  static std::vector<testing::TestSpan> Of(std::uint64_t number) { return Call(number); }
};

// What a node's log has of a request with these spans.
inline ShipRows RowsOf(const std::vector<testing::TestSpan>& spans, std::int64_t taken_ns) {
  Result<BuiltBatch> built = BuildBatch(Calls::kProject, testing::MakeRequest(spans), {});
  EXPECT_TRUE(built.ok()) << built.status();
  return MakeShipRows(built->batch, taken_ns);
}

}  // namespace repartee::server::clickhouse
