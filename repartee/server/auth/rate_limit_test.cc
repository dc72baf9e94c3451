#include "repartee/server/auth/rate_limit.h"

#include <gtest/gtest.h>

#include <string>

namespace repartee::server {
namespace {

using std::chrono::seconds;

TEST(RateLimit, TakesABurstThenTheSteadyRate) {
  VirtualClock clock;
  RateLimit limit(2, clock);
  for (int i = 0; i < 20; ++i) EXPECT_FALSE(limit.Take("a")) << i;

  EXPECT_EQ(limit.Take("a"), std::chrono::milliseconds(500));
  EXPECT_FALSE(limit.Take("b"));
  clock.AdvanceTo(clock.MonotonicNow() + seconds(1));
  EXPECT_FALSE(limit.Take("a"));
  EXPECT_FALSE(limit.Take("a"));
  EXPECT_TRUE(limit.Take("a"));
  clock.AdvanceTo(clock.MonotonicNow() + seconds(1'000));
  for (int i = 0; i < 20; ++i) EXPECT_FALSE(limit.Take("a")) << i;
  EXPECT_TRUE(limit.Take("a"));
}

TEST(RateLimit, NoughtIsNoLimit) {
  RateLimit limit(0);
  for (int i = 0; i < 1'000; ++i) EXPECT_FALSE(limit.Take("a"));
}

TEST(RateLimit, RemembersThoseThatAreInUse) {
  VirtualClock clock;
  RateLimit limit(1, clock);
  for (int i = 0; i < 11; ++i) (void)limit.Take("busy");
  for (std::size_t i = 0; i + 1 < RateLimit::kMaxKeys; ++i) (void)limit.Take(std::to_string(i));
  clock.AdvanceTo(clock.MonotonicNow() + seconds(2));
  EXPECT_FALSE(limit.Take("one more"));

  EXPECT_FALSE(limit.Take("busy"));
  EXPECT_FALSE(limit.Take("busy"));
  EXPECT_TRUE(limit.Take("busy"));
}

}  // namespace
}  // namespace repartee::server
