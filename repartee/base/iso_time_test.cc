#include "repartee/base/iso_time.h"

#include <gtest/gtest.h>

namespace repartee {
namespace {

TEST(IsoTime, IsCutToMilliseconds) {
  EXPECT_EQ(FormatIsoMillis(Nanos(1767323045678999999)), "2026-01-02T03:04:05.678+00:00");
  EXPECT_EQ(FormatIsoMillis(Nanos(0)), "1970-01-01T00:00:00.000+00:00");
}

}  // namespace
}  // namespace repartee
