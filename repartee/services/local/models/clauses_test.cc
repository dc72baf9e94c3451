#include "repartee/services/local/models/clauses.h"

#include <gmock/gmock.h>

#include "repartee/services/local/models/utf8_assembler.h"

namespace repartee::local {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(SplitClauses, CutsBehindSentencesAndBehindCommasOnceTheClauseIsLong) {
  EXPECT_THAT(SplitClauses("Yes, of course. The capital of France is Paris, and it is old! Is it?"),
              ElementsAre("Yes, of course.", "The capital of France is Paris,", "and it is old!", "Is it?"));
}

TEST(SplitClauses, LeavesNumbersTimesAndTitlesWhole) {
  EXPECT_THAT(
      SplitClauses("It has 8.5 million people at 7:30, or 1,234. Dr. Smith lives in St. Louis."),
      ElementsAre("It has 8.5 million people at 7:30,", "or 1,234.", "Dr. Smith lives in St. Louis."));
}

TEST(SplitClauses, KeepsRunsOfMarksAndClosingQuotesWithTheirClause) {
  EXPECT_THAT(SplitClauses("He said \"Stop!\" Really?! Well... \u201cNo.\u201d Yes"),
              ElementsAre("He said \"Stop!\"", "Really?!", "Well...", "\u201cNo.\u201d", "Yes"));
}

TEST(SplitClauses, GivesNothingForNothing) {
  EXPECT_THAT(SplitClauses(""), IsEmpty());
  EXPECT_THAT(SplitClauses(" \n "), IsEmpty());
}

TEST(SplitClauses, CutsWhatHasNoMarkAtABlankAndElseBetweenCharacters) {
  std::string words;
  while (words.size() < 1000) words += "word ";
  std::string letters;
  while (letters.size() < 1000) letters += "\u00e9";  // two bytes each
  for (const std::string& text : {words, letters}) {
    std::string joined;
    for (const std::string& clause : SplitClauses(text)) {
      EXPECT_LE(clause.size(), kMaxClauseBytes);
      EXPECT_NE(clause.front() & 0xC0, 0x80);
      joined += clause + (text == words ? " " : "");
    }
    EXPECT_EQ(joined, text);
  }
}

TEST(SplitAtMarks, GivesEachPieceWithTheMarkThatEndedIt) {
  const auto pieces = SplitAtMarks("Yes, at 7:30?! \"Good.\" Then, so");

  std::string shown;
  for (const MarkedText& piece : pieces)
    shown += "[" + std::string(piece.text) + "|" + (piece.mark ? piece.mark : '0') + "]";
  EXPECT_EQ(shown, "[Yes|,][at 7:30|?][\"Good|.][Then|,][so|0]");
}

TEST(Utf8Assembler, HoldsBackTheFirstPartOfACharacter) {
  Utf8Assembler assembler;

  EXPECT_EQ(assembler.Add("caf\xC3"), "caf");
  EXPECT_EQ(assembler.Add("\xA9 \xF0\x9F"), "\u00e9 ");
  EXPECT_EQ(assembler.Add("\x98"), "");
  EXPECT_EQ(assembler.Add("\x80!"), "\U0001F600!");
}

TEST(Utf8Assembler, PassesBytesThatNoRestCanMakeACharacter) {
  Utf8Assembler assembler;

  EXPECT_EQ(assembler.Add("a\x80\x80\x80\x80"), "a\x80\x80\x80\x80");
}

}  // namespace
}  // namespace repartee::local
