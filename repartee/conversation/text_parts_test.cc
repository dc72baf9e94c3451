#include "repartee/conversation/text_parts.h"

#include <gtest/gtest.h>

#include "repartee/conversation/user_turn/words.h"

namespace repartee {
namespace {

TEST(TextParts, PartsWithTheirOwnSpacesAreGlued) {
  TextParts parts;
  for (const char* part : {"Hello ", "Pipe", "cat", ". How"}) parts.Add(part, true);
  EXPECT_EQ(parts.Join(), "Hello Pipecat. How");
}

TEST(TextParts, PartsWithoutSpacesAreSetApartByOneBlank) {
  TextParts parts;
  for (const char* part : {"Hello", "there."}) parts.Add(part, false);
  EXPECT_EQ(parts.Join(), "Hello there.");
}

TEST(TextParts, MixedPartsGetABlankUnlessThereIsOne) {
  TextParts parts;
  parts.Add("Here's some", true);
  parts.Add(" code:", true);
  parts.Add("`x`", false);
  parts.Add("`y`", false);
  parts.Add(" And more: ", true);
  parts.Add("`z`", false);
  parts.Add("Hope that ", true);
  parts.Add("helps!", true);
  EXPECT_EQ(parts.Join(), "Here's some code: `x` `y` And more: `z` Hope that helps!");
}

TEST(TextParts, TheWholeIsTrimmed) {
  TextParts parts;
  parts.Add(" \n", true);
  EXPECT_EQ(parts.Join(), "");
  parts.Add("a ", true);
  EXPECT_EQ(parts.Join(), "a");
}

TEST(TextParts, TextBeyondTheLimitIsDropped) {
  TextParts parts;
  parts.Add(std::string(1 << 20, 'a'), true);
  parts.Add("b", true);
  EXPECT_EQ(parts.Join().size(), std::size_t{1} << 20);
}

TEST(Words, AreCountedBetweenWhiteSpace) {
  EXPECT_EQ(CountWords(""), 0);
  EXPECT_EQ(CountWords("  \t "), 0);
  EXPECT_EQ(CountWords(" one two\nthree "), 3);
}

}  // namespace
}  // namespace repartee
