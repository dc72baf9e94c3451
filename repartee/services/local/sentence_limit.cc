#include "repartee/services/local/sentence_limit.h"

#include <algorithm>

namespace repartee {
namespace {

constexpr std::string_view kBlanks = " \n\t";

}  // namespace

std::string SentenceLimit::Add(std::string_view piece) {
  if (!limited_) return std::string(piece);
  if (left_ == 0) return {};
  text_ += piece;
  std::string out;
  for (const std::string& sentence : sentences_.Add(piece)) {
    // It is in there as it came, but for blanks around it.
    const std::size_t end = std::min(text_.find(sentence), text_.size()) + sentence.size();
    if (end > passed_) out += text_.substr(passed_, end - passed_);
    passed_ = passed_ > end ? passed_ - end : 0;
    text_.erase(0, end);
    if (--left_ == 0) return out;
  }
  const std::size_t end = Undoubted();
  if (end > passed_) {
    out += text_.substr(passed_, end - passed_);
    passed_ = end;
  }
  return out;
}

std::string SentenceLimit::Finish() {
  std::string rest = text_.substr(passed_);
  text_.clear();
  passed_ = 0;
  return over() ? std::string() : rest;
}

std::size_t SentenceLimit::Undoubted() const {
  const std::size_t mark = text_.find_last_of(".!?");
  if (left_ > 1 || mark == std::string::npos) return text_.size();
  // Closing quotes, and then a whole word, and still no end: there is none.
  const std::size_t closed = text_.find_first_of(kBlanks, mark);
  const std::size_t word = text_.find_first_not_of(kBlanks, std::min(closed, text_.size()));
  if (word != std::string::npos && text_.find_first_of(kBlanks, word) != std::string::npos)
    return text_.size();
  return mark + 1;
}

}  // namespace repartee
