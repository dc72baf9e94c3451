#include "repartee/server/store/clickhouse/fault.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace repartee::server::clickhouse {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(ClickHouseFault, IsReadAsTheServerOf2018SaysIt) {
  const Status status = FaultOf(404,
                                "Code: 60, e.displayText() = DB::Exception: Table default.span doesn't "
                                "exist., e.what() = DB::Exception\n");

  EXPECT_EQ(status.code(), StatusCode::kNotFound);
  EXPECT_EQ(status.message(), "ClickHouse refuses (code 60): Table default.span doesn't exist.");
}

TEST(ClickHouseFault, IsReadAsTodaysServerSaysIt) {
  const Status status = FaultOf(500,
                                "Code: 241. DB::Exception: Memory limit (for query) exceeded. "
                                "(MEMORY_LIMIT_EXCEEDED) (version 25.8.1.1 (official build))\n");

  EXPECT_EQ(status.code(), StatusCode::kResourceExhausted);
  EXPECT_THAT(status.message(), HasSubstr("Memory limit (for query) exceeded. (MEMORY_LIMIT_EXCEEDED)"));
  EXPECT_THAT(status.message(), Not(HasSubstr("\n")));
}

TEST(ClickHouseFault, TellsWhoFromWhatAndNowFromNever) {
  const auto code_of = [](int code) {
    return FaultOf(500, "Code: " + std::to_string(code) + ". DB::Exception: why").code();
  };

  EXPECT_EQ(code_of(516), StatusCode::kUnauthenticated);
  EXPECT_EQ(code_of(497), StatusCode::kPermissionDenied);
  EXPECT_EQ(code_of(252), StatusCode::kUnavailable);
  EXPECT_EQ(code_of(285), StatusCode::kUnavailable);
  EXPECT_EQ(code_of(62), StatusCode::kInternal);
}

TEST(ClickHouseFault, OfAnotherServerNamesItsStatus) {
  const Status gateway = FaultOf(502, "<html>Bad Gateway</html>");
  const Status stranger = FaultOf(404, "");

  EXPECT_EQ(gateway.code(), StatusCode::kUnavailable);
  EXPECT_EQ(gateway.message(), "no answer of ClickHouse's (HTTP 502): <html>Bad Gateway</html>");
  EXPECT_EQ(stranger.code(), StatusCode::kNotFound);
}

TEST(ClickHouseFault, IsCutToALine) {
  const Status status = FaultOf(500, "Code: 62. DB::Exception: Syntax error\n" + std::string(10'000, 'x'));

  EXPECT_LT(status.message().size(), 500u);
  EXPECT_THAT(status.message(), HasSubstr("Syntax error x"));
}

TEST(ClickHouseFault, HasACodeOnlyIfItBeginsWithOne) {
  EXPECT_EQ(FaultCode("Code: 47, e.displayText()"), 47);
  EXPECT_EQ(FaultCode("Code: x"), std::nullopt);
  EXPECT_EQ(FaultCode("Code: 99999999999999999999"), std::nullopt);
  EXPECT_EQ(FaultCode(" Code: 47"), std::nullopt);
  EXPECT_EQ(FaultCode(""), std::nullopt);
}

}  // namespace
}  // namespace repartee::server::clickhouse
