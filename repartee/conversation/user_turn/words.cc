#include "repartee/conversation/user_turn/words.h"

#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <cstdint>

namespace repartee {
namespace {

// The character at `at`, which moves behind it; negative if the bytes are no UTF-8.
UChar32 Next(std::string_view text, std::size_t& at) {
  const auto* const bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  UChar32 c = 0;
  U8_NEXT(bytes, at, text.size(), c);
  return c;
}

// White space of Unicode, and the four separators of ASCII.
bool IsUnicodeSpace(UChar32 c) { return c >= 0 && (u_isUWhiteSpace(c) || (c >= 0x1C && c <= 0x1F)); }

bool IsApostrophe(UChar32 c) { return c == '\'' || c == 0x2019 || c == 0x2018 || c == 0x02BC; }

bool IsPunctuation(UChar32 c) { return c >= 0 && (u_ispunct(c) || (U_GET_GC_MASK(c) & U_GC_S_MASK) != 0); }

// Compatible forms made one, letters small.
std::string Fold(std::string_view text) {
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* const folding = icu::Normalizer2::getNFKCCasefoldInstance(error);
  std::string folded;
  icu::StringByteSink<std::string> sink(&folded);
  if (U_SUCCESS(error)) {
    const icu::StringPiece piece(text.data(), static_cast<std::int32_t>(text.size()));
    folding->normalizeUTF8(0, piece, sink, nullptr, error);
  }
  return U_SUCCESS(error) ? folded : std::string(text);
}

// Calls `word(begin, end)` for each run of anything but white space.
template <class F>
void ForEachWord(std::string_view text, F word) {
  std::size_t begin = 0;
  bool in_word = false;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t here = at;
    const bool space = IsUnicodeSpace(Next(text, at));
    if (!space && !in_word) begin = here;
    if (space && in_word) word(begin, here);
    in_word = !space;
  }
  if (in_word) word(begin, text.size());
}

}  // namespace

bool IsSpace(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x80 && IsUnicodeSpace(byte);
}

bool IsBlank(std::string_view text) { return CountWords(text) == 0; }

std::string_view TrimSpace(std::string_view text) {
  std::size_t first = text.size();
  std::size_t last = text.size();
  ForEachWord(text, [&](std::size_t begin, std::size_t end) {
    if (first == text.size()) first = begin;
    last = end;
  });
  return text.substr(first, last - first);
}

int CountWords(std::string_view text) {
  int words = 0;
  ForEachWord(text, [&words](std::size_t, std::size_t) { ++words; });
  return words;
}

std::vector<std::string> SplitWords(std::string_view text) {
  std::vector<std::string> words;
  ForEachWord(
      text, [&](std::size_t begin, std::size_t end) { words.emplace_back(text.substr(begin, end - begin)); });
  return words;
}

std::string NormalizeWords(std::string_view text) {
  const std::string folded = Fold(text);
  std::string normal;
  bool blank = false;
  for (std::size_t at = 0; at < folded.size();) {
    const std::size_t here = at;
    const UChar32 c = Next(folded, at);
    if (IsApostrophe(c)) continue;
    if (IsUnicodeSpace(c) || IsPunctuation(c)) {
      blank = true;
      continue;
    }
    if (blank && !normal.empty()) normal += ' ';
    blank = false;
    normal.append(folded, here, at - here);
  }
  return normal;
}

}  // namespace repartee
