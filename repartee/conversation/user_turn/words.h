// White space and words, as transcripts are measured. Thread: pure functions.
#pragma once

#include <string_view>

namespace repartee {

bool IsSpace(char c);
// Nothing but white space.
bool IsBlank(std::string_view text);
// Without the white space around it.
std::string_view TrimSpace(std::string_view text);
// Number of pieces between white space.
int CountWords(std::string_view text);

}  // namespace repartee
