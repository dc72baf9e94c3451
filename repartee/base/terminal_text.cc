#include "repartee/base/terminal_text.h"

#include <algorithm>

namespace repartee {
namespace {

// Not the second or a later byte of a character.
bool BeginsCharacter(char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }

bool IsControl(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7f;
}

}  // namespace

std::size_t CharacterCount(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), BeginsCharacter));
}

std::string OneLine(std::string_view text, std::size_t width) {
  std::string out;
  std::size_t characters = 0;
  for (const char c : text) {
    if (BeginsCharacter(c) && ++characters > width) return out + "…";
    out += IsControl(c) ? ' ' : c;
  }
  return out;
}

}  // namespace repartee
