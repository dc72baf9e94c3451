#include "repartee/services/local/models/clauses.h"

#include <algorithm>
#include <array>

namespace repartee::local {
namespace {

constexpr std::size_t kMinSoftClause = 15;
constexpr std::string_view kMarks = ".?!,;:";
constexpr std::string_view kBlanks = " \t\r\n";
constexpr std::array<std::string_view, 6> kTitles{"Mr", "Mrs", "Ms", "Dr", "St", "Prof"};
constexpr std::array<std::string_view, 6> kClosing{"\"", "'", ")", "]", "\u201d", "\u2019"};

std::string_view Trim(std::string_view text) {
  const auto first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

bool EndsWithTitle(std::string_view text) {
  const auto blank = text.find_last_of(kBlanks);
  const auto word = blank == std::string_view::npos ? text : text.substr(blank + 1);
  return std::find(kTitles.begin(), kTitles.end(), word) != kTitles.end();
}

// The end of the run of marks and closing quotes at `mark`, or npos if it does not end a piece.
std::size_t EndOfMark(std::string_view text, std::size_t mark) {
  if (text[mark] == '.' && EndsWithTitle(text.substr(0, mark))) return std::string_view::npos;
  std::size_t end = std::min(text.find_first_not_of(kMarks, mark), text.size());
  for (bool more = true; more;) {
    const auto closing = std::find_if(kClosing.begin(), kClosing.end(), [&](std::string_view quote) {
      return text.substr(end).starts_with(quote);
    });
    more = closing != kClosing.end();
    if (more) end += closing->size();
  }
  const bool ends = end == text.size() || kBlanks.find(text[end]) != std::string_view::npos;
  return ends ? end : std::string_view::npos;
}

// Where to cut a text that is too long: behind the last blank that fits, else between two characters.
std::size_t CutPoint(std::string_view text) {
  const auto blank = text.find_last_of(kBlanks, kMaxClauseBytes - 1);
  if (blank != std::string_view::npos && blank > 0) return blank;
  std::size_t cut = kMaxClauseBytes;
  while (cut > 1 && (static_cast<unsigned char>(text[cut]) & 0xC0) == 0x80) --cut;
  return cut;
}

void AddClause(std::string_view clause, std::vector<std::string>& clauses) {
  clause = Trim(clause);
  while (clause.size() > kMaxClauseBytes) {
    const auto cut = CutPoint(clause);
    clauses.emplace_back(Trim(clause.substr(0, cut)));
    clause = Trim(clause.substr(cut));
  }
  if (!clause.empty()) clauses.emplace_back(clause);
}

}  // namespace

std::vector<std::string> SplitClauses(std::string_view text) {
  std::vector<std::string> clauses;
  std::size_t begin = 0;
  for (std::size_t at = text.find_first_of(kMarks); at != std::string_view::npos;) {
    const auto end = EndOfMark(text, at);
    const bool hard = text[at] == '.' || text[at] == '?' || text[at] == '!';
    if (end != std::string_view::npos &&
        (hard || Trim(text.substr(begin, at - begin)).size() >= kMinSoftClause)) {
      AddClause(text.substr(begin, end - begin), clauses);
      begin = end;
    }
    at = text.find_first_of(kMarks, end == std::string_view::npos ? at + 1 : end);
  }
  AddClause(text.substr(begin), clauses);
  return clauses;
}

std::vector<MarkedText> SplitAtMarks(std::string_view text) {
  std::vector<MarkedText> pieces;
  std::size_t begin = 0;
  for (std::size_t at = text.find_first_of(kMarks); at != std::string_view::npos;) {
    const auto end = EndOfMark(text, at);
    if (end != std::string_view::npos) {
      pieces.push_back({Trim(text.substr(begin, at - begin)), text[at]});
      begin = end;
    }
    at = text.find_first_of(kMarks, end == std::string_view::npos ? at + 1 : end);
  }
  if (const auto rest = Trim(text.substr(begin)); !rest.empty()) pieces.push_back({rest, '\0'});
  return pieces;
}

}  // namespace repartee::local
