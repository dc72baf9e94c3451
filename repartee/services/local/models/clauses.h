// Where spoken text may be cut.
//
// A clause is made into sound in one piece, so short clauses make the first sound
// early and an interruption cheap; but a cut inside a number ("8.5 million", "7:30") or
// behind a title ("Dr. Smith") is heard. Only ASCII marks cut.
//
// Thread: pure functions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace repartee::local {

// Longer stretches without a mark are cut at a blank; one clause is then some 15 s of sound at most.
inline constexpr std::size_t kMaxClauseBytes = 240;

// Cuts behind . ? ! and, once 15 bytes are there, behind , ; : where a blank, a closing quote or the end
// follows. Blanks around a clause are taken off; none is empty.
std::vector<std::string> SplitClauses(std::string_view text);

// What lies between two marks, and the mark ('\0': none) that ended it.
struct MarkedText {
  std::string_view text;
  char mark = '\0';
};

// Views into `text`.
std::vector<MarkedText> SplitAtMarks(std::string_view text);

}  // namespace repartee::local
