#include "bench/server/voice10.h"

#include <gtest/gtest.h>

#include <numeric>

namespace repartee::bench {
namespace {

TEST(Voice10, IsTheSameForEveryServer) {
  const auto batches = Voice10({.day = std::chrono::seconds(1'795'000'000)}).Next(100'000);
  const auto bytes =
      std::accumulate(batches.begin(), batches.end(), std::size_t{0},
                      [](std::size_t sum, const Batch& batch) { return sum + batch.body.size(); });
  EXPECT_EQ(batches.size(), 196u);
  EXPECT_EQ(bytes, 138'993'201u);
}

TEST(Voice10, HoldsAThousandConversationsOpenWhenMixed) {
  Voice10 workload({.is_mixed = true, .batch = 4});
  const auto batches = workload.Next(2 * kSpansInConversation);
  EXPECT_NE(batches[0].last_trace_id, batches[1].last_trace_id);
  EXPECT_EQ(batches[0].last_trace_id, batches[2].last_trace_id);
}

}  // namespace
}  // namespace repartee::bench
