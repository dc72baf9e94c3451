// Text of other people's, fit for one line of a terminal. Thread: pure functions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace repartee {

// How many characters of UTF-8; a broken sequence counts as its first byte.
std::size_t CharacterCount(std::string_view text);
// At most `width` characters, with "…" behind them if some were cut. Control characters,
// which would drive the terminal, become spaces.
std::string OneLine(std::string_view text, std::size_t width);

}  // namespace repartee
