#include "repartee/otel/environment.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace repartee::otel {
namespace {

TEST(Environment, CountsAnEmptyValueAsUnset) {
  const Environment environment = Environment::Of({{"A", ""}, {"B", " b "}});

  EXPECT_EQ(environment.Get("A"), "");
  EXPECT_EQ(environment.GetFirst("A", "B"), "b");
  EXPECT_EQ(environment.Find("A"), "");
  EXPECT_EQ(environment.Find("C"), std::nullopt);
}

TEST(Environment, ReadsWholeNumbersAlone) {
  const Environment environment =
      Environment::Of({{"A", "42"}, {"B", "soon"}, {"C", "-1"}, {"D", "1.5"}, {"E", "99999999999999999999"}});

  EXPECT_EQ(environment.GetNumber("A"), 42);
  for (const char* name : {"B", "C", "D", "E", "F"})
    EXPECT_EQ(environment.GetNumber(name), std::nullopt) << name;
}

TEST(Environment, KnowsTheWordsForOff) {
  for (const char* word : {"false", "False", "0", "no", "off", "OFF", "", "  "}) {
    EXPECT_FALSE(Environment::Of({{"A", word}}).IsOn("A", true)) << word;
  }
  for (const char* word : {"true", "1", "yes", "anything"}) {
    EXPECT_TRUE(Environment::Of({{"A", word}}).IsOn("A", false)) << word;
  }
  EXPECT_TRUE(Environment::Of({{"B", "x"}}).IsOn("A", true));
}

TEST(Environment, ReadsTheProcessesOwn) {
  setenv("REPARTEE_TEST_VARIABLE", "here", 1);
  EXPECT_EQ(Environment().Get("REPARTEE_TEST_VARIABLE"), "here");
  unsetenv("REPARTEE_TEST_VARIABLE");
}

}  // namespace
}  // namespace repartee::otel
