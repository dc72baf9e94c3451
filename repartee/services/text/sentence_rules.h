// Where a sentence ends.
//
// A mark ends a sentence by what stands around it: "Dr. Smith", "8.5 million",
// "Wait... what?" and "at 5 p.m. tomorrow" go on, "the U.S. The next" does not. The
// rules know English; the marks of other scripts end a sentence without doubt.
//
// Thread: pure functions.
#pragma once

#include <cstddef>
#include <string_view>

namespace repartee {

// . ! ? ; … and their kin: after one of these a sentence may be over.
bool IsSentenceMark(char32_t c);

// Length in bytes of the first sentence in `text`, if what follows proves that it is
// over; 0 if none is. Blanks behind it are not counted, blanks before it are.
std::size_t FindSentenceEnd(std::string_view text);

// The same with clauses: also behind , ; : when a blank follows and at least
// `min_characters` stand before the mark.
std::size_t FindClauseEnd(std::string_view text, std::size_t min_characters);

}  // namespace repartee
