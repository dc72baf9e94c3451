#include "repartee/server/ingest/mapping/tokenizer.h"

#include <gtest/gtest.h>

#include "repartee/base/encoding.h"

namespace repartee::server {
namespace {

// A table of single bytes and of a few words, each with the next rank.
std::unique_ptr<Tokenizer> MakeTokenizer(const std::vector<std::string>& words,
                                         Tokenizer::Cut cut = Tokenizer::Cut::kO200k) {
  std::string table;
  int rank = 0;
  for (int byte = 0; byte < 256; ++byte)
    table += Base64Encode(std::string(1, static_cast<char>(byte))) + " " + std::to_string(rank++) + "\n";
  for (const std::string& word : words) table += Base64Encode(word) + " " + std::to_string(rank++) + "\n";
  return *Tokenizer::Parse(table, cut);
}

TEST(Tokenizer, MergesPairsOfLowestRankFirst) {
  const auto tokenizer = MakeTokenizer({"ab", "bc", "abc"});

  EXPECT_EQ(tokenizer->Count("abc"), 1);
  EXPECT_EQ(tokenizer->Count("abcd"), 2);
  EXPECT_EQ(tokenizer->Count("bcb"), 2);
  EXPECT_EQ(tokenizer->Count(""), 0);
}

TEST(Tokenizer, NoTokenCrossesAPiece) {
  const auto tokenizer = MakeTokenizer({"a ", " b", "12", "1234"});

  EXPECT_EQ(tokenizer->Count("a b"), 2);   // "a" and " b"
  EXPECT_EQ(tokenizer->Count("1234"), 3);  // "12", "3" and, beyond three digits, "4"
}

TEST(Tokenizer, CountsMessagesWithWhatStandsAroundThem) {
  const auto tokenizer = MakeTokenizer({"us", "er", "user", "h", "hi"});

  EXPECT_EQ(tokenizer->CountMessages(R"([{"role":"user","content":"hi","other":"x"}])"), 3 + 3 + 1 + 1);
  EXPECT_EQ(tokenizer->CountMessages("hi"), 1);
}

TEST(Tokenizer, ClaudeCountsInCompatibilityFormAndKnowsNoMessages) {
  const auto tokenizer = MakeTokenizer({"fi", "ne", "fine", "12", "1234"}, Tokenizer::Cut::kClaude);

  EXPECT_EQ(tokenizer->Count("\uFB01ne"), 1);  // the ligature is two letters
  EXPECT_EQ(tokenizer->Count("1234"), 1);      // digits are not cut by threes
  EXPECT_EQ(tokenizer->CountMessages(R"([{"role":"user"}])"), tokenizer->Count(R"([{"role":"user"}])"));
}

TEST(Tokenizer, AnEndlessWordIsCountedInTime) {
  const auto tokenizer = MakeTokenizer({"aa"});

  EXPECT_EQ(tokenizer->Count(std::string(100'000, 'a')), 50'000);
  EXPECT_FALSE(tokenizer->Count(std::string(2 << 20, 'a')).has_value());
}

TEST(Tokenizer, ABrokenTableNamesItsLine) {
  const auto parsed = Tokenizer::Parse("IQ== 0\nnonsense\n", Tokenizer::Cut::kCl100k);

  EXPECT_FALSE(parsed.ok());
  EXPECT_NE(parsed.status().message().find("line 2"), std::string::npos);
}

}  // namespace
}  // namespace repartee::server
