// How deep a JSON text nests, told without parsing it: what is all brackets must be
// turned away before anything walks it recursively.
//
// Thread: pure functions.
#pragma once

#include <cstddef>
#include <string_view>

namespace repartee {

// The byte at which the nesting passes `most`; npos if nowhere. Brackets within strings
// do not count, and the text need not be JSON at all.
std::size_t FindDeepNesting(std::string_view text, int most);

}  // namespace repartee
