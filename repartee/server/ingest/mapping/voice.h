// Voice additions that need a whole trace: what was said in a turn and in the call.
// Thread: pure functions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "repartee/server/model/observation.h"

namespace repartee::server {

struct SpokenTexts {
  std::optional<std::string> input;   // the first final transcript (the first one if none is final)
  std::optional<std::string> output;  // what the bot said, joined by blanks
};

// Gives turns without input and output of their own the texts of their stt and tts
// children, in order of start; returns those of the whole trace.
SpokenTexts AddTurnTexts(std::vector<Observation>& trace);

}  // namespace repartee::server
