// Tools of a call to a model: which ones it was offered and which ones it asked for, as its
// input, output and metadata tell them in the forms of several SDKs.
//
// Limit: kMaxToolsOfSpan of each; what is beyond is not counted. Thread: pure functions.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "repartee/server/model/observation.h"

namespace repartee::server {

inline constexpr std::size_t kMaxToolsOfSpan = 1'000;

struct ToolNames {
  std::vector<std::string> offered;  // each once
  std::vector<std::string> called;   // of each call, in their order
};

// With voice additions the tools that Pipecat names count as offered, too.
ToolNames ToolsOf(const Observation& observation, bool voice_additions);

}  // namespace repartee::server
