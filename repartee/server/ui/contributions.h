// What the time of a reply was spent on: parts in order that sum to the whole.
//
// Our own runtime tells the parts on the turn (latency.*). Real Pipecat tells the whole
// and each service's time to first byte; what those leave is one part that belongs to
// nobody. Parts that do not fit the whole are not shown: nothing is invented.
//
// Thread: pure functions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "repartee/otel/wire/pull_parser.h"
#include "repartee/server/ui/turn_groups.h"

namespace repartee::server {

struct Contribution {
  std::string_view name;  // literals
  std::string_view owner;
  std::string_view stage;
  double from_ms = 0;  // since the caller stopped
  double duration_ms = 0;
  std::string detail;
};

// From the latency.* attributes of the turn's own span; empty if it has none.
std::vector<Contribution> ToldContributions(double reply_ms, const TurnGroup& turn,
                                            std::span<const otel::KeyValueView> attributes);

// From the services' times to first byte.
std::vector<Contribution> MeasuredContributions(double reply_ms, const TurnGroup& turn);

}  // namespace repartee::server
