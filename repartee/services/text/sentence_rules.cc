#include "repartee/services/text/sentence_rules.h"

#include <algorithm>
#include <array>
#include <vector>

#include "repartee/services/text/english_words.h"
#include "repartee/services/text/utf8.h"

namespace repartee {
namespace {

constexpr std::string_view kBlanks = " \t\r\n\v\f";
constexpr std::string_view kDigits = "0123456789";

// Ends a sentence without doubt: CJK, Indic, Arabic, Burmese, Khmer, Lao, Tibetan,
// Armenian, Ethiopic.
constexpr std::array kCertainMarks = std::to_array<char32_t>({
    0x3002, 0xFF1F, 0xFF01, 0xFF1B, 0xFF0E, 0xFF61, 0x964, 0x965, 0x61F, 0x61B,  0x6D4,  0x60F,  0x104A,
    0x104B, 0x17D4, 0x17D5, 0xECC,  0xF0D,  0xF0E,  0x589, 0x55C, 0x55E, 0x1362, 0x1367, 0x1368,
});

struct Pair {
  std::string_view open;
  std::string_view close;
};
// What stands between them is one piece, as soon as it is closed.
constexpr std::array kPairs = std::to_array<Pair>({
    {"\"", "\""},
    {"“", "”"},
    {"«", "»"},
    {"(", ")"},
    {"[", "]"},
    {"{", "}"},
    {"<", ">"},
});
constexpr std::array kClosers = std::to_array<std::string_view>({"\"", "'", "”", "’", "»", ")", "]", "}"});

struct Span {
  std::size_t begin;
  std::size_t end;
};

bool IsCertain(char32_t c) {
  return std::find(kCertainMarks.begin(), kCertainMarks.end(), c) != kCertainMarks.end();
}
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLower(char c) { return c >= 'a' && c <= 'z'; }
bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }
bool IsBlankByte(char c) { return kBlanks.find(c) != std::string_view::npos; }

std::string_view TrimLeft(std::string_view text) {
  return text.substr(std::min(text.find_first_not_of(kBlanks), text.size()));
}
std::string_view TrimRight(std::string_view text) {
  return text.substr(0, text.find_last_not_of(kBlanks) + 1);
}

// From the last of `separators` on.
std::string_view LastPart(std::string_view text, std::string_view separators) {
  const auto at = text.find_last_of(separators);
  return at == std::string_view::npos ? text : text.substr(at + 1);
}

std::vector<Span> ClosedPairs(std::string_view text) {
  std::vector<Span> spans;
  for (const Pair& pair : kPairs) {
    std::size_t open = text.find(pair.open);
    while (open != std::string_view::npos) {
      const auto close = text.find(pair.close, open + pair.open.size());
      if (close == std::string_view::npos) break;
      spans.push_back({open, close + pair.close.size()});
      open = text.find(pair.open, spans.back().end);
    }
  }
  return spans;
}

// The end of the run of marks that begins at `begin`: "?!", "...", also "! !" and ". . .".
std::size_t EndOfMarks(std::string_view text, std::size_t begin) {
  std::size_t end = std::min(text.find_first_not_of(".!?", begin), text.size());
  for (;;) {
    const auto next = std::min(text.find_first_not_of(" \t", end), text.size());
    if (next == end || next == text.size()) return end;
    const bool calls = text[begin] != '.' && (text[next] == '!' || text[next] == '?');
    const bool dots = text.substr(begin, 5) == ". . .";
    if (!calls && !(dots && text[next] == '.') && !(text.substr(end, 4) == " . ." && text[begin] == '.'))
      return end;
    end = std::min(text.find_first_not_of(".!?", next), text.size());
  }
}

std::size_t SkipClosers(std::string_view text, std::size_t at) {
  for (bool more = true; more;) {
    const auto closer = std::find_if(kClosers.begin(), kClosers.end(),
                                     [&](std::string_view one) { return text.substr(at).starts_with(one); });
    more = closer != kClosers.end();
    if (more) at += closer->size();
  }
  return at;
}

// A number or a small letter as the first word character, whatever stands before it.
bool NextWordIsSmall(std::string_view text) {
  while (!text.empty()) {
    const CodePoint c = FirstCodePoint(text);
    if (c.bytes == 0) return false;
    if (IsWordCharacter(c.value)) return IsDigit(text[0]) || IsLower(text[0]);
    text.remove_prefix(c.bytes);
  }
  return false;
}

// "Wait... what", "Well... I'm": marks in a row that only mean a pause.
bool PauseGoesOn(std::string_view after) {
  const std::string_view next = TrimLeft(after);
  if (next.empty() || next.size() == after.size()) return false;
  if (IsLower(next[0]) || IsDigit(next[0])) return true;
  if (next[0] != 'I') return false;
  const std::string_view rest = next.substr(1);
  return rest.empty() || IsBlankByte(rest[0]) || rest[0] == '\'' || rest.starts_with("’");
}

// True if all words before a time of day only lead up to it: "In the evening at 7 p.m. Tom
// wakes" goes on, "The sun sets at 7 p.m. Tom wakes" does not.
bool OnlyLeadsIn(std::string_view before) {
  while (!before.empty()) {
    before = before.substr(std::min(before.find_first_not_of(" \t\r\n,;:"), before.size()));
    const auto end = std::min(before.find_first_of(" \t\r\n,;:"), before.size());
    const std::string_view word = before.substr(0, end);
    before.remove_prefix(end);
    if (word.empty() || IsUpper(word[0]) || word.find_first_not_of("0123456789.") == std::string_view::npos)
      continue;
    if (!LeadsInEnglish(word) && !IsEnglishAbbreviation(word.substr(0, word.find_last_not_of('.') + 1)))
      return false;
  }
  return true;
}

bool WordBeforeIsCapitalized(std::string_view before) {
  const auto end = before.find_last_not_of("0123456789: \t\r\n");
  if (end == std::string_view::npos) return false;
  const std::string_view word = LastPart(before.substr(0, end + 1), kBlanks);
  return !word.empty() && IsUpper(word[0]);
}

// True if a full stop behind `head` belongs to its last word and the sentence goes on.
bool FullStopBelongsToWord(std::string_view head, std::string_view after) {
  head = TrimRight(head);
  const std::string_view token = LastPart(head, " \t\r\n/");
  const std::string_view word = LastPart(token, ".");
  const std::string_view before = head.substr(0, head.size() - token.size());
  const std::string_view next = TrimLeft(after);
  const bool starts = StartsEnglishSentence(next.substr(0, next.find_first_of(" \t\r\n,.!?;")));

  // "7p.m" and "7 p.m" alike.
  const std::string_view bare = token.substr(std::min(token.find_first_not_of(kDigits), token.size()));
  const bool after_number =
      bare.size() < token.size() || (!TrimRight(before).empty() && IsDigit(TrimRight(before).back()));
  if (const EnglishMark mark = EnglishMarkOf(bare, after_number); mark != EnglishMark::kNone) {
    if (next.empty() || (next.size() > 1 && IsUpper(next[0]) && next[1] == '.')) return true;
    if (IsDigit(next[0])) return mark != EnglishMark::kTimeOfDay;
    if (!IsUpper(next[0])) return true;
    return !starts && (WordBeforeIsCapitalized(before) || OnlyLeadsIn(before));
  }
  if (!IsEnglishAbbreviation(word)) return false;
  if (!starts) return true;
  const bool whole = word.size() == token.size();
  return !(IsUpper(word[0]) || word.size() > 1 || (!whole && IsEnglishAbbreviation(token)));
}

// Where the sentence ends whose marks are `marks`, 0 if it does not.
std::size_t EndBehind(std::string_view text, Span marks, const std::vector<Span>& pairs) {
  const std::size_t end = SkipClosers(text, marks.end);
  const std::string_view after = text.substr(marks.end);
  const std::string_view head = text.substr(0, marks.begin);
  if (TrimLeft(text.substr(end)).empty()) return 0;
  const bool inside = std::any_of(pairs.begin(), pairs.end(),
                                  [end](const Span& pair) { return end > pair.begin && end < pair.end; });
  if (inside || TrimLeft(text.substr(end)).starts_with(',')) return 0;
  if (end > marks.end && NextWordIsSmall(text.substr(end))) return 0;

  const char first = after[0];
  const bool attached = head.empty() || !IsBlankByte(head.back());
  if (marks.end - marks.begin > 1)
    return PauseGoesOn(after) || (attached && (IsLower(first) || IsDigit(first))) ? 0 : end;
  if (IsLower(first) || IsDigit(first)) return 0;
  const bool stop = text[marks.begin] == '.';
  if (!stop && !attached && NextWordIsSmall(after)) return 0;
  if (stop && end == marks.end && FullStopBelongsToWord(head, after)) return 0;
  if (stop && end > marks.end && FullStopBelongsToWord(head, text.substr(end))) return 0;
  return end;
}

// An empty line ends what stands above it.
std::size_t EndOfParagraph(std::string_view text, std::size_t from) {
  for (std::size_t at = text.find('\n', from); at != std::string_view::npos; at = text.find('\n', at + 1)) {
    const auto next = text.find_first_not_of('\r', at + 1);
    if (next != std::string_view::npos && text[next] == '\n') return at;
  }
  return text.size();
}

}  // namespace

bool IsSentenceMark(char32_t c) {
  return c == '.' || c == '!' || c == '?' || c == ';' || c == 0x2026 || (c >= 0x80 && IsCertain(c));
}

std::size_t FindSentenceEnd(std::string_view whole) {
  const auto first = std::min(whole.find_first_not_of(kBlanks), whole.size());
  const std::size_t paragraph = EndOfParagraph(whole, first);
  const std::string_view text = whole.substr(0, paragraph);
  const std::vector<Span> pairs = ClosedPairs(text);
  for (std::size_t at = first; at < text.size();) {
    const CodePoint c = FirstCodePoint(text.substr(at));
    if (c.bytes == 0) break;
    if (c.value >= 0x80 && IsCertain(c.value)) {
      std::size_t end = at;
      for (CodePoint mark = c; mark.bytes > 0 && IsCertain(mark.value);
           mark = FirstCodePoint(text.substr(end))) {
        end += mark.bytes;
      }
      return end;
    }
    if (c.value != '.' && c.value != '!' && c.value != '?') {
      at += c.bytes;
      continue;
    }
    const Span marks{at, EndOfMarks(text, at)};
    if (const std::size_t end = EndBehind(text, marks, pairs); end > 0) return end;
    at = marks.end;
  }
  return paragraph < whole.size() ? TrimRight(text).size() : 0;
}

std::size_t FindClauseEnd(std::string_view text, std::size_t min_characters) {
  const std::size_t sentence = FindSentenceEnd(text);
  const std::size_t first = std::min(text.find_first_not_of(kBlanks), text.size());
  for (std::size_t at = text.find_first_of(",;:", first); at != std::string_view::npos;
       at = text.find_first_of(",;:", at + 1)) {
    if (sentence > 0 && at >= sentence) break;
    const std::size_t end = SkipClosers(text, at + 1);
    if (end >= text.size() || !IsBlankByte(text[end])) continue;
    if (CountCodePoints(text.substr(first, at - first)) >= min_characters) return end;
  }
  return sentence;
}

}  // namespace repartee
