// TextParts: the pieces of one message, as they come from a recognizer, a model or a
// voice, joined: pieces that bring their own spaces are glued, others are set apart
// by one blank.
//
// Limit: 1 MiB of text; further parts are dropped. Thread: a value.
#pragma once

#include <string>
#include <string_view>

namespace repartee {

class TextParts {
 public:
  // `own_spaces`: the part brings the spaces that belong around it.
  void Add(std::string_view text, bool own_spaces);
  bool empty() const { return text_.empty(); }
  // The whole, without white space around it.
  std::string Join() const;
  void Clear() { *this = TextParts(); }

 private:
  std::string text_;
  bool last_has_own_spaces_ = false;
};

}  // namespace repartee
