// Words as people count them, and texts compared without regard to how they are written.
// Unicode white space separates words. Thread: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace repartee {

// Of one byte; the white space of other scripts takes several and is seen by the functions below.
bool IsSpace(char c);
// True for the empty text.
bool IsBlank(std::string_view text);
// Without the white space around it.
std::string_view TrimSpace(std::string_view text);
// Runs of anything but white space.
int CountWords(std::string_view text);
std::vector<std::string> SplitWords(std::string_view text);

// For comparing what was said: compatible forms made one (NFKC), letters small, apostrophes left out,
// any other punctuation and white space one blank, none around it.
std::string NormalizeWords(std::string_view text);

}  // namespace repartee
