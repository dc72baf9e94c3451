#include "repartee/services/text/sentence_aggregator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "repartee/base/json.h"
#include "repartee/services/text/english_words.h"
#include "repartee/services/text/sentence_rules.h"
#include "repartee/services/text/utf8.h"

namespace repartee {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Character by character, the hardest way to get a text; the rest at the end.
std::vector<std::string> Split(std::string_view text, SentenceAggregatorOptions options = {}) {
  SentenceAggregator aggregator(std::move(options));
  std::vector<std::string> pieces;
  for (const char c : text) {
    for (std::string& piece : aggregator.Add({&c, 1})) pieces.push_back(std::move(piece));
  }
  if (auto rest = aggregator.Flush()) pieces.push_back(*std::move(rest));
  return pieces;
}

std::vector<std::string> Clauses(std::string_view text) {
  SentenceAggregatorOptions options;
  options.mode = TextAggregationMode::kClause;
  return Split(text, options);
}

Json RecordedRuns() {
  std::ifstream in(REPARTEE_SOURCE_DIR "/tests/golden/runtime/sentence_tokens.json");
  return Json::parse(in)["also"]["runs"];
}

TEST(SentenceAggregator, ReleasesTheRecordedSentencesAfterTheRecordedTokens) {
  const Json runs = RecordedRuns();
  ASSERT_EQ(runs.size(), 15u);
  for (const Json& run : runs) {
    SentenceAggregator aggregator;
    Json released = Json::array();
    int index = 0;
    for (const Json& token : run["tokens"]) {
      for (const std::string& piece : aggregator.Add(token.get<std::string>())) {
        released.push_back({{"text", piece}, {"after_token", index}});
      }
      ++index;
    }
    if (const auto rest = aggregator.Flush()) released.push_back({{"text", *rest}, {"after_token", -1}});

    EXPECT_EQ(released, run["sentences"]) << run["tokens"];
  }
}

TEST(SentenceAggregator, KnowsTitlesAbbreviationsInitialsAndNumbers) {
  EXPECT_THAT(Split("Prof. Green met Mrs. White at St. Mary's. It cost $8.5 million. Fine."),
              ElementsAre("Prof. Green met Mrs. White at St. Mary's.", "It cost $8.5 million.", "Fine."));
  EXPECT_THAT(Split("J. R. R. Tolkien wrote it. You know."),
              ElementsAre("J. R. R. Tolkien wrote it.", "You know."));
  EXPECT_THAT(Split("Version 2.0.1 is out. Get it at example.com/a.b today."),
              ElementsAre("Version 2.0.1 is out.", "Get it at example.com/a.b today."));
  EXPECT_THAT(Split("Bring fruit, etc. Then call."), ElementsAre("Bring fruit, etc.", "Then call."));
}

TEST(SentenceAggregator, ReadsAWholeWordBeforeItBelievesThatAnAbbreviationEndsTheSentence) {
  EXPECT_THAT(Split("He is with Albert I. Douglas now. Go."),
              ElementsAre("He is with Albert I. Douglas now.", "Go."));
  EXPECT_THAT(Split("It is for you and I. Did you know?"),
              ElementsAre("It is for you and I.", "Did you know?"));
  EXPECT_THAT(Split("We work for Acme Inc. The pay is good."),
              ElementsAre("We work for Acme Inc.", "The pay is good."));
}

TEST(SentenceAggregator, TellsATimeOfDayThatEndsASentenceFromOneThatDoesNot) {
  EXPECT_THAT(Split("We open at 9 a.m. and close at 5 p.m. Sundays are free."),
              ElementsAre("We open at 9 a.m. and close at 5 p.m.", "Sundays are free."));
  EXPECT_THAT(Split("At 5 p.m. Tom comes."), ElementsAre("At 5 p.m. Tom comes."));
}

TEST(SentenceAggregator, AnEllipsisIsAPauseUnlessACapitalFollows) {
  EXPECT_THAT(Split("Well... let me see. Hmm... The end."),
              ElementsAre("Well... let me see.", "Hmm...", "The end."));
}

TEST(SentenceAggregator, KeepsQuotesAndBracketsWithTheirSentence) {
  EXPECT_THAT(Split("\"Go.\" she said. (Really. I was there.) Then he left."),
              ElementsAre("\"Go.\" she said.", "(Really.", "I was there.)", "Then he left."));
}

TEST(SentenceAggregator, AnEmptyLineEndsATitle) {
  EXPECT_THAT(Split("Your plan\n\nFirst, rest. Then eat."),
              ElementsAre("Your plan", "\n\nFirst, rest.", "Then eat."));
}

TEST(SentenceAggregator, MarksOfOtherScriptsEndASentenceWithoutDoubt) {
  EXPECT_THAT(Split("今日は。元気？はい"), ElementsAre("今日は。", "元気？", "はい"));
  EXPECT_THAT(Split("नमस्ते। कैसे हो"), ElementsAre("नमस्ते।", "कैसे हो"));
}

TEST(SentenceAggregator, TakesBytesThatAreNoText) {
  EXPECT_THAT(Split("a\xff. B\xc3"), ElementsAre("a\xff.", "B\xc3"));
  EXPECT_THAT(Split("   "), IsEmpty());
}

TEST(SentenceAggregator, NeverCutsInsideAProtectedTag) {
  SentenceAggregatorOptions options;
  options.protected_tags = {"spell"};
  EXPECT_THAT(Split("Go to <spell>St. A. Then B</spell> now. Bye.", options),
              ElementsAre("Go to <spell>St. A. Then B</spell> now.", "Bye."));
}

TEST(SentenceAggregator, CutsAnEndlessTextAtABlank) {
  std::string text;
  while (text.size() < 10000) text += "word ";

  const auto pieces = Split(text);

  ASSERT_GT(pieces.size(), 2u);
  for (const std::string& piece : pieces) {
    EXPECT_LE(piece.size(), 4096u);
    EXPECT_EQ(piece.substr(piece.size() - 4), "word");
  }
}

TEST(SentenceAggregator, GivesTokensAsTheyComeInTokenMode) {
  SentenceAggregatorOptions options;
  options.mode = TextAggregationMode::kToken;
  SentenceAggregator aggregator(options);

  EXPECT_THAT(aggregator.Add(" Hi."), ElementsAre(" Hi."));
  EXPECT_EQ(aggregator.Flush(), std::nullopt);
}

TEST(SentenceAggregator, CutsAtClausesThatAreLongEnough) {
  EXPECT_THAT(Clauses("Well, the capital of France is Paris, a city of 2.1 million people. Yes."),
              ElementsAre("Well, the capital of France is Paris,", "a city of 2.1 million people.", "Yes."));
  EXPECT_THAT(Clauses("It opens at 7:30, costs 1,000 euros; bring your coat"),
              ElementsAre("It opens at 7:30,", "costs 1,000 euros;", "bring your coat"));
  EXPECT_THAT(Clauses("Dr. Smith, wait. Go on: he said \"nothing at all,\" then left"),
              ElementsAre("Dr. Smith, wait.", "Go on: he said \"nothing at all,\"", "then left"));
}

TEST(SentenceAggregator, ReleasesAClauseWithTheBlankBehindIt) {
  SentenceAggregatorOptions options;
  options.mode = TextAggregationMode::kClause;
  SentenceAggregator aggregator(options);

  EXPECT_THAT(aggregator.Add("The weather in Oslo,"), IsEmpty());
  EXPECT_THAT(aggregator.Add(" as"), ElementsAre("The weather in Oslo,"));
}

TEST(SentenceAggregator, ForgetsWhatItHeldWhenCleared) {
  SentenceAggregator aggregator;
  static_cast<void>(aggregator.Add("Half a sent"));
  aggregator.Clear();

  EXPECT_TRUE(aggregator.empty());
  EXPECT_EQ(aggregator.Flush(), std::nullopt);
}

TEST(EnglishWords, KnowsAbbreviationsInAnyCaseAndStartersCapitalized) {
  for (const char* word : {"Dr", "etc", "U.S", "messrs", "x"})
    EXPECT_TRUE(IsEnglishAbbreviation(word)) << word;
  for (const char* word : {"About", "Third", "Your", "Don't"})
    EXPECT_TRUE(StartsEnglishSentence(word)) << word;
  EXPECT_FALSE(StartsEnglishSentence("the"));
  EXPECT_FALSE(IsEnglishAbbreviation(""));
}

TEST(Utf8, CountsCharactersAndNotBytes) {
  EXPECT_EQ(CountCodePoints("naïve 🙂"), 7u);
  EXPECT_EQ(FirstCodePoint("🙂").bytes, 4u);
  EXPECT_EQ(FirstCodePoint("\xf0\x9f").bytes, 0u);
  EXPECT_EQ(FirstCodePoint("\xf0!").bytes, 1u);
}

}  // namespace
}  // namespace repartee
