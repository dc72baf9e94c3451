// The functions that every agent can offer its model by name, written in C++: what an agent
// file's tools call `function`. Thread: the conversation's loop.
#pragma once

#include <vector>

#include "repartee/services/direct_function.h"

namespace repartee {

// end_conversation(farewell): says the farewell and ends the conversation.
// current_time(): day and time of day, in UTC.
// press_keys(keys): presses keys of the telephone at the other end.
std::vector<DirectFunction> AgentFunctions();

}  // namespace repartee
