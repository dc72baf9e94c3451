#include "repartee/services/text/sentence_aggregator.h"

#include <algorithm>
#include <utility>

#include "repartee/services/text/sentence_rules.h"
#include "repartee/services/text/utf8.h"

namespace repartee {
namespace {

constexpr std::size_t kMaxBytes = 4096;
constexpr std::size_t kMinClause = 15;
constexpr std::string_view kMarks = ".!?,;:";

std::string StripSpaces(std::string_view text) {
  const auto first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(' ') - first + 1));
}

}  // namespace

std::vector<std::string> SentenceAggregator::Add(std::string_view token) {
  std::vector<std::string> pieces;
  if (options_.mode == TextAggregationMode::kToken) {
    if (!token.empty()) pieces.emplace_back(token);
    return pieces;
  }
  std::string joined = std::exchange(incomplete_, {});
  joined += token;
  std::string_view rest = joined;
  while (!rest.empty()) {
    const CodePoint c = FirstCodePoint(rest);
    if (c.bytes == 0) {
      incomplete_ = rest;
      break;
    }
    text_ += rest.substr(0, c.bytes);
    rest.remove_prefix(c.bytes);
    const bool clauses = options_.mode == TextAggregationMode::kClause;
    const bool is_mark = IsSentenceMark(c.value);
    const bool clause_ends = clauses && IsBlank(c.value) && text_.size() > kMinClause;
    if (ShouldCheck(c.value, is_mark) || clause_ends) Check(is_mark ? c.bytes : 0, pieces);
    if (is_mark) looking_ = Looking::kForCharacter;
    if (text_.size() > kMaxBytes) Take(LimitCut(), pieces);
  }
  return pieces;
}

// One check at the first character that is no blank, one more when its word is over: the
// beginning of a word ("Do" of "Douglas") may look like another word.
bool SentenceAggregator::ShouldCheck(char32_t c, bool is_mark) {
  switch (looking_) {
    case Looking::kNo: return false;
    case Looking::kForCharacter:
      if (IsBlank(c) || is_mark) return false;
      looking_ = IsWordCharacter(c) ? Looking::kInWord : Looking::kForWord;
      return true;
    case Looking::kForWord:
      if (IsWordCharacter(c)) looking_ = Looking::kInWord;
      return false;
    case Looking::kInWord:
      if (!IsBlank(c) && !is_mark) return false;
      looking_ = Looking::kNo;
      return true;
  }
  return false;
}

// A mark that ends the word looked at is not part of the question: it asks its own. What
// is over behind the first end goes too, else a title would hold every later sentence back.
void SentenceAggregator::Check(std::size_t without_last, std::vector<std::string>& pieces) {
  for (;;) {
    const std::size_t end = FindEnd(std::string_view(text_).substr(0, text_.size() - without_last));
    if (end == 0) return;
    looking_ = Looking::kNo;
    Take(end, pieces);
  }
}

std::size_t SentenceAggregator::FindEnd(std::string_view text) const {
  const std::size_t inside = ProtectedLength(text);
  std::string masked;
  if (inside > 0) {
    // Marks inside tags become a letter of no meaning, so that places stay the same.
    masked = text;
    for (std::size_t at = masked.find_first_of(kMarks); at < inside; at = masked.find_first_of(kMarks, at)) {
      masked[at] = '_';
    }
    text = masked;
  }
  return options_.mode == TextAggregationMode::kClause ? FindClauseEnd(text, kMinClause)
                                                       : FindSentenceEnd(text);
}

// Up to the end of the last closed tag, or all of `text` while one is open.
std::size_t SentenceAggregator::ProtectedLength(std::string_view text) const {
  std::size_t length = 0;
  for (const std::string& tag : options_.protected_tags) {
    const auto open = text.rfind("<" + tag);
    if (open == std::string_view::npos) continue;
    const std::string closing = "</" + tag + ">";
    const auto close = text.rfind(closing);
    if (close == std::string_view::npos || close < open) return text.size();
    length = std::max(length, close + closing.size());
  }
  return length;
}

void SentenceAggregator::Take(std::size_t length, std::vector<std::string>& pieces) {
  std::string piece = StripSpaces(std::string_view(text_).substr(0, length));
  text_.erase(0, length);
  if (!piece.empty()) pieces.push_back(std::move(piece));
}

// Behind the last blank, else between two characters: text_ always ends with a whole one.
std::size_t SentenceAggregator::LimitCut() const {
  const auto blank = text_.find_last_of(" \t\n");
  return blank == std::string::npos || blank == 0 ? text_.size() : blank;
}

std::optional<std::string> SentenceAggregator::Flush() {
  text_ += std::exchange(incomplete_, {});
  looking_ = Looking::kNo;
  std::vector<std::string> pieces;
  Take(text_.size(), pieces);
  if (pieces.empty()) return std::nullopt;
  return std::move(pieces.front());
}

void SentenceAggregator::Clear() {
  text_.clear();
  incomplete_.clear();
  looking_ = Looking::kNo;
}

}  // namespace repartee
