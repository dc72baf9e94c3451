// MessageText: the messages of a context as a span shows them: written as Python does, with
// short marks in place of the sounds and pictures that messages carry in themselves.
//
// Thread: pure functions.
#pragma once

#include <cstddef>
#include <string>

#include "repartee/base/json.h"

namespace repartee {

// The array of `messages` from the one at `from` on. An assistant's empty content beside tool calls is left
// out.
std::string MessagesText(const Json& messages, std::size_t from);

// What a first system message says, its parts of text joined by blanks; empty if there is none.
std::string SystemMessageText(const Json& messages);

}  // namespace repartee
