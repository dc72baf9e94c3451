#include "repartee/base/json_nesting.h"

#include <gtest/gtest.h>

#include <string>

namespace repartee {
namespace {

constexpr std::size_t kNowhere = std::string_view::npos;

TEST(JsonNesting, NamesTheByteThatGoesTooDeep) {
  EXPECT_EQ(FindDeepNesting("[[1]]", 2), kNowhere);
  EXPECT_EQ(FindDeepNesting("[[[1]]]", 2), 2u);
  EXPECT_EQ(FindDeepNesting(R"({"a":[{}]})", 2), 6u);
  EXPECT_EQ(FindDeepNesting(std::string(100'000, '['), 256), 256u);
}

TEST(JsonNesting, NeighboursAndBracketsInStringsAreNotDeep) {
  EXPECT_EQ(FindDeepNesting("[[],[],{},{}]", 2), kNowhere);
  EXPECT_EQ(FindDeepNesting(R"(["[[[[", "\"[[[[", "\\"])", 1), kNowhere);
}

TEST(JsonNesting, TextsThatEndInTheMiddleAreNoFault) {
  EXPECT_EQ(FindDeepNesting(R"(["abc\)", 3), kNowhere);
  EXPECT_EQ(FindDeepNesting("", 0), kNowhere);
  EXPECT_EQ(FindDeepNesting("]]]][", 1), kNowhere);
}

}  // namespace
}  // namespace repartee
