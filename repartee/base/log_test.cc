#include "repartee/base/log.h"

#include <gmock/gmock.h>

#include <cstdlib>

namespace repartee {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kOurs = "REPARTEE_LOG_LEVEL";
constexpr const char* kOpenTelemetrys = "OTEL_LOG_LEVEL";

// In a process of its own: the variables are read once.
void LogEach(const char* ours, const char* opentelemetrys) {
  ours ? setenv(kOurs, ours, 1) : unsetenv(kOurs);
  opentelemetrys ? setenv(kOpenTelemetrys, opentelemetrys, 1) : unsetenv(kOpenTelemetrys);
  LogDebug("d-line");
  LogInfo("i-line");
  LogWarning("w-line");
  LogError("e-line");
  std::_Exit(0);
}

class LogLevelTest : public ::testing::Test {
 protected:
  void SetUp() override { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
  static constexpr auto kEnds = [](int status) { return testing::ExitedWithCode(0)(status); };
};

TEST_F(LogLevelTest, IsWarningWhenNothingIsSaid) {
  EXPECT_EXIT(LogEach(nullptr, nullptr), kEnds,
              AllOf(HasSubstr("w-line"), HasSubstr("e-line"), Not(HasSubstr("i-line"))));
}

TEST_F(LogLevelTest, ComesFromOpenTelemetrysVariable) {
  EXPECT_EXIT(LogEach(nullptr, "DEBUG"), kEnds, HasSubstr("d-line"));
  EXPECT_EXIT(LogEach(nullptr, "info"), kEnds, AllOf(HasSubstr("i-line"), Not(HasSubstr("d-line"))));
  EXPECT_EXIT(LogEach(nullptr, "error"), kEnds, AllOf(HasSubstr("e-line"), Not(HasSubstr("w-line"))));
  EXPECT_EXIT(LogEach(nullptr, "none"), kEnds, Not(HasSubstr("line")));
}

TEST_F(LogLevelTest, IsOurOwnVariablesWhereBothAreSet) {
  EXPECT_EXIT(LogEach("error", "debug"), kEnds, AllOf(HasSubstr("e-line"), Not(HasSubstr("w-line"))));
  EXPECT_EXIT(LogEach("", "debug"), kEnds, HasSubstr("d-line"));
}

TEST_F(LogLevelTest, IsWarningForAWordThatIsNone) {
  EXPECT_EXIT(LogEach(nullptr, "loud"), kEnds, AllOf(HasSubstr("w-line"), Not(HasSubstr("i-line"))));
}

}  // namespace
}  // namespace repartee
