// UTF-8, one code point at a time, and what kind of character it is.
//
// Text arrives from models in pieces of any length, so nothing here trusts its bytes:
// one that begins no character counts as a character of its own. Thread: pure functions.
#pragma once

#include <cstddef>
#include <string_view>

namespace repartee {

struct CodePoint {
  char32_t value = 0;     // U+FFFD for a byte that begins no character
  std::size_t bytes = 0;  // 0: the text ends inside this character, or is empty
};

// The first character of `text`.
CodePoint FirstCodePoint(std::string_view text);

// Characters as users and vendors count them.
std::size_t CountCodePoints(std::string_view text);

bool IsBlank(char32_t c);
// Letters, digits and their like in any script; no punctuation, no symbols.
bool IsWordCharacter(char32_t c);

}  // namespace repartee
