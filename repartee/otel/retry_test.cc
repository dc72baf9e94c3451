#include "repartee/otel/retry.h"

#include <gtest/gtest.h>

namespace repartee::otel {
namespace {

using std::chrono::seconds;

TEST(Retry, IsForPassingFaultsAlone) {
  for (const int status : {429, 502, 503, 504}) EXPECT_TRUE(IsRetryableStatus(status)) << status;
  for (const int status : {200, 301, 400, 401, 408, 413, 500, 501})
    EXPECT_FALSE(IsRetryableStatus(status)) << status;
}

TEST(Retry, WaitsTwiceAsLongEachTimeWithinAFifth) {
  for (int i = 0; i < 100; ++i) {
    for (int retry = 1; retry <= 4; ++retry) {
      const double base = static_cast<double>(1 << (retry - 1));
      EXPECT_GE(ToSeconds(Backoff(retry)), base * 0.8 - 1e-6);
      EXPECT_LE(ToSeconds(Backoff(retry)), base * 1.2 + 1e-6);
    }
  }
}

TEST(RetryAfter, IsSecondsOrADate) {
  const Nanos noon = seconds(784'111'777);  // Sun, 06 Nov 1994 08:49:37 GMT

  EXPECT_EQ(ParseRetryAfter("2", noon), seconds(2));
  EXPECT_EQ(ParseRetryAfter("0", noon), seconds(0));
  EXPECT_EQ(ParseRetryAfter("Sun, 06 Nov 1994 08:49:42 GMT", noon), seconds(5));
  EXPECT_EQ(ParseRetryAfter("Sun, 06 Nov 1994 08:00:00 GMT", noon), seconds(0));
}

TEST(RetryAfter, IsNothingWhenItIsNeither) {
  for (const char* value : {"", "soon", "-1", "2.5", "2 s", "Sun, 06 Nov 1994",
                            "Sun, 06 Nix 1994 08:49:42 GMT", "Sun, 06 Nov 1994 08:49:42 GMT+1"}) {
    EXPECT_EQ(ParseRetryAfter(value, seconds(0)), std::nullopt) << value;
  }
}

TEST(RetryAfter, StaysWithinAYear) {
  EXPECT_EQ(ParseRetryAfter("99999999999999999999", seconds(0)), seconds(31'536'000));
  EXPECT_EQ(ParseRetryAfter("999999999999", seconds(0)), seconds(31'536'000));
  EXPECT_EQ(ParseRetryAfter("Fri, 31 Dec 9999 23:59:59 GMT", seconds(0)), seconds(31'536'000));
}

}  // namespace
}  // namespace repartee::otel
