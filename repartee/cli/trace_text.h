// Conversations as text for a terminal, from what the dashboard's API answers.
//
// Thread: pure functions.
#pragma once

#include <string>

#include "repartee/base/json.h"

namespace repartee::cli {

// A member, or an empty text, 0 or an empty array if it is missing or something else.
std::string TextOf(const Json& object, const char* key);
double NumberOf(const Json& object, const char* key);
Json Items(const Json& object, const char* key);

// One line a conversation, newest first, with a heading.
std::string ListText(const Json& page, bool colours);
// Head, turns with what was said and where the reply's time went, and the tree of
// spans with bars.
std::string ConversationText(const Json& detail, const Json& spans, bool colours);
// One line for a turn that has ended; empty while it goes on.
std::string TurnLine(const Json& upsert, bool colours);

}  // namespace repartee::cli
