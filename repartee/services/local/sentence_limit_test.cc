#include "repartee/services/local/sentence_limit.h"

#include <gtest/gtest.h>

namespace repartee {
namespace {

// What passes of an answer that comes in pieces of `step` bytes.
std::string Passed(std::string_view answer, int sentences, std::size_t step) {
  SentenceLimit limit(sentences);
  std::string out;
  for (std::size_t at = 0; at < answer.size() && !limit.over(); at += step)
    out += limit.Add(answer.substr(at, step));
  return out + limit.Finish();
}

TEST(SentenceLimit, EndsBehindTheFirstSentenceHoweverItComes) {
  for (std::size_t step = 1; step < 12; ++step) {
    EXPECT_EQ(Passed("The capital of France is Paris. It is large. More.", 1, step),
              "The capital of France is Paris.");
    EXPECT_EQ(Passed("Hello! How are you?", 1, step), "Hello!");
    EXPECT_EQ(Passed("He said \"I do it for them.\" The rest is silence.", 1, step),
              "He said \"I do it for them.\"");
  }
}

TEST(SentenceLimit, TakesNoMarkInsideANumberOrATitleForAnEnd) {
  for (std::size_t step = 1; step < 12; ++step) {
    EXPECT_EQ(Passed("It has 8.5 million people. Is that many?", 1, step), "It has 8.5 million people.");
    EXPECT_EQ(Passed("Ask Dr. Smith about it. He knows.", 1, step), "Ask Dr. Smith about it.");
  }
}

TEST(SentenceLimit, LetsSeveralSentencesThrough) {
  for (std::size_t step = 1; step < 12; ++step) {
    EXPECT_EQ(Passed("One is here. Two is here. Three is here.", 2, step), "One is here. Two is here.");
  }
}

TEST(SentenceLimit, PassesAnAnswerThatIsShorter) {
  EXPECT_EQ(Passed("Paris", 1, 2), "Paris");
  EXPECT_EQ(Passed("Is it 8.", 1, 3), "Is it 8.");
  EXPECT_EQ(Passed("", 1, 3), "");
}

TEST(SentenceLimit, ZeroIsNoLimit) { EXPECT_EQ(Passed("One. Two. Three. ", 0, 4), "One. Two. Three. "); }

TEST(SentenceLimit, HoldsNothingBackBeforeAMarkComes) {
  SentenceLimit limit(1);

  EXPECT_EQ(limit.Add("The capital"), "The capital");
  EXPECT_EQ(limit.Add(" is Paris."), " is Paris.");
  EXPECT_EQ(limit.Add(" It"), "");
  EXPECT_EQ(limit.Add(" is large"), "");
  EXPECT_TRUE(limit.over());
}

}  // namespace
}  // namespace repartee
