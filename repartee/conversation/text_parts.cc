#include "repartee/conversation/text_parts.h"

#include "repartee/conversation/user_turn/words.h"

namespace repartee {
namespace {

constexpr std::size_t kMaxBytes = 1 << 20;

}  // namespace

void TextParts::Add(std::string_view text, bool own_spaces) {
  if (text.empty() || text_.size() + text.size() > kMaxBytes) return;
  if (!text_.empty()) {
    const bool glued = own_spaces && last_has_own_spaces_;
    const bool mixed = own_spaces != last_has_own_spaces_;
    const bool apart = IsSpace(text_.back()) || IsSpace(text.front());
    if (!glued && !(mixed && apart)) text_ += ' ';
  }
  text_ += text;
  last_has_own_spaces_ = own_spaces;
}

std::string TextParts::Join() const { return std::string(TrimSpace(text_)); }

}  // namespace repartee
