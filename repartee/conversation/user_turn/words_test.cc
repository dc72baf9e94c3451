#include "repartee/conversation/user_turn/words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace repartee {
namespace {

using ::testing::ElementsAre;

TEST(CountWords, CountsRunsOfAnythingButWhiteSpace) {
  EXPECT_EQ(CountWords(""), 0);
  EXPECT_EQ(CountWords(" \t\n"), 0);
  EXPECT_EQ(CountWords("one"), 1);
  EXPECT_EQ(CountWords("  one, two\tthree\n"), 3);
}

TEST(CountWords, KnowsTheWhiteSpaceOfUnicode) {
  EXPECT_EQ(CountWords("un\u00A0deux"), 2);            // no-break space
  EXPECT_EQ(CountWords("一\u3000二\u3000三"), 3);      // ideographic space
  EXPECT_EQ(CountWords("a\u2003b\u2028c\u205Fd"), 4);  // em space, line separator, mathematical space
  EXPECT_EQ(CountWords("\u3000\u00A0"), 0);
  EXPECT_EQ(CountWords("zero\u200Bwidth"), 1);  // no white space, whatever its name
}

TEST(TrimSpace, TakesWhiteSpaceOfAnyKindFromBothEnds) {
  EXPECT_EQ(TrimSpace("\u3000 a b\u00A0\n"), "a b");
  EXPECT_EQ(TrimSpace(" \u2003"), "");
}

TEST(SplitWords, TakesBytesThatAreNoUtf8ForLetters) {
  EXPECT_THAT(SplitWords("a\x85 \xE3\x80 b"), ElementsAre("a\x85", "\xE3\x80", "b"));
}

TEST(NormalizeWords, MakesTextsComparable) {
  EXPECT_EQ(NormalizeWords("  It's  FINE, isn’t it?! "), "its fine isnt it");
  EXPECT_EQ(NormalizeWords("twenty-one"), "twenty one");
  EXPECT_EQ(NormalizeWords("ÀÉÎ ŽŁ Ω Ж Ё"), "àéî žł ω ж ё");
  EXPECT_EQ(NormalizeWords("ＡＢＣ　１２"), "abc 12");
  EXPECT_EQ(NormalizeWords("¿Qué?"), "qué");
  EXPECT_EQ(NormalizeWords("?!"), "");
}

}  // namespace
}  // namespace repartee
