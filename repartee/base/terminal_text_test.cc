#include "repartee/base/terminal_text.h"

#include <gtest/gtest.h>

namespace repartee {
namespace {

TEST(TerminalTextTest, CountsCharactersNotBytes) {
  EXPECT_EQ(CharacterCount(""), 0u);
  EXPECT_EQ(CharacterCount("Zürich 東京"), 9u);
}

TEST(TerminalTextTest, CutsBetweenCharacters) {
  EXPECT_EQ(OneLine("東京です", 4), "東京です");
  EXPECT_EQ(OneLine("東京です", 2), "東京…");
  EXPECT_EQ(OneLine("abc", 0), "…");
}

TEST(TerminalTextTest, LetsNoTextDriveTheTerminal) { EXPECT_EQ(OneLine("a\x1b[2J\nb\x7f", 20), "a [2J b "); }

}  // namespace
}  // namespace repartee
