// Plays a recorded scenario of one vendor's service: makes the library's own service,
// feeds it the steps in real time against the given address, and notes every frame that
// leaves it.
//
// Thread: main.
#pragma once

#include <string>

#include "repartee/base/json.h"

namespace repartee::scenario {

struct ServiceUrls {
  std::string deepgram;
  std::string openai;
  std::string cartesia;
};

// The frames in the order in which they were seen. InvalidArgument: the scenario is not understood;
// else the run did not come to its end, at the latest after 90 s.
Result<Json> PlayService(const Json& input, const ServiceUrls& urls);

}  // namespace repartee::scenario
