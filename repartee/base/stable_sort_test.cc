#include "repartee/base/stable_sort.h"

#include <gmock/gmock.h>

#include <string>

namespace repartee {
namespace {

TEST(StableSort, SortsAndKeepsTheOrderOfEquals) {
  std::vector<std::string> words{"bb", "a", "cc", "b", "aa", "c"};

  StableSort(words, [](const std::string& a, const std::string& b) { return a.size() < b.size(); });

  EXPECT_THAT(words, ::testing::ElementsAre("a", "b", "c", "bb", "cc", "aa"));
}

TEST(StableSort, TakesNothingAtAll) {
  std::vector<int> none;

  StableSort(none, std::less<>());

  EXPECT_TRUE(none.empty());
}

}  // namespace
}  // namespace repartee
