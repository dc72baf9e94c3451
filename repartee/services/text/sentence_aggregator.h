// SentenceAggregator: cuts a stream of tokens into what is spoken in one piece.
//
// Characters are taken one by one. After a mark that may end a sentence the decision
// waits for the next character that is no blank, a doubtful one for the end of that
// word: "It costs $3." is not over until what follows says so, and most sentences are
// released one character into the next. Text inside protected tags is never cut.
//
// Limit: 4,096 bytes are kept; a longer stretch without an end is cut at a blank.
// Thread: one at a time; each answer's text goes through one object.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace repartee {

enum class TextAggregationMode : std::uint8_t {
  kSentence,
  kToken,   // each token as it comes
  kClause,  // also at , ; : once 15 characters are there: an early first sound for a voice that reads piece
            // by piece
};

struct SentenceAggregatorOptions {
  TextAggregationMode mode = TextAggregationMode::kSentence;
  std::vector<std::string> protected_tags;  // "spell": nothing is cut between <spell> and </spell>
};

class SentenceAggregator {
 public:
  explicit SentenceAggregator(SentenceAggregatorOptions options = {}) : options_(std::move(options)) {}

  // The pieces that `token` completes, in order; blanks (not newlines) at their ends are off.
  // A token may end inside a UTF-8 character.
  std::vector<std::string> Add(std::string_view token);

  // What is left, as one piece; nothing if that is empty.
  std::optional<std::string> Flush();

  void Clear();
  bool empty() const { return text_.empty(); }

 private:
  enum class Looking : std::uint8_t {
    kNo,
    kForCharacter,
    kForWord,
    kInWord
  };

  bool ShouldCheck(char32_t c, bool is_mark);
  void Take(std::size_t length, std::vector<std::string>& pieces);
  void Check(std::size_t without_last, std::vector<std::string>& pieces);
  std::size_t FindEnd(std::string_view text) const;
  std::size_t ProtectedLength(std::string_view text) const;
  std::size_t LimitCut() const;

  const SentenceAggregatorOptions options_;
  std::string text_;        // taken in, not released
  std::string incomplete_;  // the beginning of a character
  Looking looking_ = Looking::kNo;
};

}  // namespace repartee
