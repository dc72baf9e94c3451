#include "repartee/conversation/user_turn/words.h"

namespace repartee {
namespace {

constexpr std::string_view kSpaces = " \t\n\r\f\v";

}  // namespace

bool IsSpace(char c) { return kSpaces.find(c) != std::string_view::npos; }

bool IsBlank(std::string_view text) { return text.find_first_not_of(kSpaces) == std::string_view::npos; }

std::string_view TrimSpace(std::string_view text) {
  if (IsBlank(text)) return {};
  const std::size_t first = text.find_first_not_of(kSpaces);
  return text.substr(first, text.find_last_not_of(kSpaces) - first + 1);
}

int CountWords(std::string_view text) {
  int words = 0;
  bool in_word = false;
  for (const char c : text) {
    const bool space = IsSpace(c);
    if (!space && !in_word) ++words;
    in_word = !space;
  }
  return words;
}

}  // namespace repartee
