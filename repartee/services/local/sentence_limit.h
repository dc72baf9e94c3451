// SentenceLimit: lets the first sentences of a streamed answer through and no more.
//
// A small model asked for one sentence goes on to a second, worse one. Text passes as it
// comes; what follows a mark that may end the last sentence is held back until the next
// word tells whether it did. Thread: one at a time.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "repartee/services/text/sentence_aggregator.h"

namespace repartee {

class SentenceLimit {
 public:
  // 0: no limit.
  explicit SentenceLimit(int sentences) : left_(sentences), limited_(sentences > 0) {}

  // What may be passed on now.
  std::string Add(std::string_view piece);
  // The last sentence is complete; nothing more passes.
  bool over() const { return limited_ && left_ == 0; }
  // The answer has ended: what was held back.
  std::string Finish();

 private:
  // Where the text may be passed on up to.
  std::size_t Undoubted() const;

  SentenceAggregator sentences_;
  int left_;
  const bool limited_;
  std::string text_;        // from the first sentence that is not complete
  std::size_t passed_ = 0;  // of text_
};

}  // namespace repartee
