// The English words that a sentence splitter has to know.
//
// A full stop behind "Dr" or "5 p.m" need not end a sentence; one before "The" or
// "However" does, whatever stands in front of it. Thread: pure functions.
#pragma once

#include <string_view>

namespace repartee {

// "Dr", "etc", "e.g", any single letter: without its last full stop, in any case.
bool IsEnglishAbbreviation(std::string_view word);

// "The", "However": function words that are hardly ever capitalized within a sentence.
bool StartsEnglishSentence(std::string_view word);

// "at", "in", "the", "morning": what may stand before a time of day at the head of a sentence.
bool LeadsInEnglish(std::string_view word);

// What stands behind a figure or a name and is written with a full stop.
enum class EnglishMark {
  kNone,
  kTimeOfDay,
  kOther
};
// "p.m" is a time of day, "Ph.D", "B.C" and, after a number, "ft" are others.
EnglishMark EnglishMarkOf(std::string_view word, bool after_number);

}  // namespace repartee
