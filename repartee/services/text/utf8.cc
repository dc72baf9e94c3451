#include "repartee/services/text/utf8.h"

#include <algorithm>
#include <array>

namespace repartee {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

struct Range {
  char32_t first;
  char32_t last;
};

// Beyond ASCII: punctuation, symbols and blanks of the blocks that text for speaking is made of.
constexpr std::array kNoWord = std::to_array<Range>({
    {0x80, 0xA9},     {0xAB, 0xB4},     {0xB6, 0xB9},     {0xBB, 0xBF},       {0xD7, 0xD7},
    {0xF7, 0xF7},     {0x55A, 0x55F},   {0x589, 0x58A},   {0x5BE, 0x5BE},     {0x60C, 0x60D},
    {0x61B, 0x61F},   {0x66A, 0x66D},   {0x6D4, 0x6D4},   {0x964, 0x965},     {0xF08, 0xF14},
    {0x104A, 0x104F}, {0x1361, 0x1368}, {0x17D4, 0x17DA}, {0x1680, 0x1680},   {0x2000, 0x206F},
    {0x20A0, 0x20CF}, {0x2190, 0x245F}, {0x2500, 0x2BFF}, {0x2E00, 0x2E7F},   {0x3000, 0x3004},
    {0x3008, 0x3020}, {0x3030, 0x3030}, {0xFE10, 0xFE6F}, {0xFF00, 0xFF0F},   {0xFF1A, 0xFF20},
    {0xFF3B, 0xFF40}, {0xFF5B, 0xFF65}, {0xFFFD, 0xFFFD}, {0x1F000, 0x1FAFF},
});

bool Continues(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

// Bytes of the character that begins with `lead`, 0 if none does.
std::size_t LengthFrom(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return 2;
  if (lead >= 0xE0 && lead <= 0xEF) return 3;
  if (lead >= 0xF0 && lead <= 0xF4) return 4;
  return 0;
}

}  // namespace

CodePoint FirstCodePoint(std::string_view text) {
  if (text.empty()) return {};
  const auto lead = static_cast<unsigned char>(text[0]);
  const std::size_t length = LengthFrom(lead);
  if (length == 0) return {kReplacement, 1};
  if (length == 1) return {lead, 1};
  char32_t value = lead & (0x7Fu >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if (i == text.size()) return {};
    if (!Continues(text[i])) return {kReplacement, 1};
    value = value << 6 | (static_cast<unsigned char>(text[i]) & 0x3Fu);
  }
  return {value, length};
}

std::size_t CountCodePoints(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return !Continues(c); }));
}

bool IsBlank(char32_t c) {
  return c == ' ' || (c >= 0x09 && c <= 0x0D) || (c >= 0x1C && c <= 0x1F) || c == 0x85 || c == 0xA0 ||
         c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F ||
         c == 0x205F || c == 0x3000;
}

bool IsWordCharacter(char32_t c) {
  if (c < 0x80) return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return std::none_of(kNoWord.begin(), kNoWord.end(),
                      [c](const Range& range) { return c >= range.first && c <= range.last; });
}

}  // namespace repartee
