// Sums of turns, calls and what they cost: of a range, or of a step in its course.
//
// Thread: a value.
#pragma once

#include <cstdint>
#include <optional>

#include "repartee/server/store/rollups.h"
#include "repartee/server/store/span_record.h"

namespace repartee::server {

struct VoiceTotals {
  std::int64_t turns = 0;
  std::int64_t interrupted = 0;
  std::int64_t calls = 0;
  std::optional<std::int64_t> length_us{};  // of all calls; not known of single spans
  std::int64_t cost = 0;                    // 1e-12 USD of the services' spans that have a price
  std::int64_t priced = 0;

  // A turn, or a service's span in one. A call is counted with its first turn.
  void Add(const SpanFacts& facts);
  // A row of conversations, turns or a service.
  void Add(const Series& series, const Rollup& rollup);
  // -1 if no span had a price.
  std::int64_t cost_or_unknown() const { return priced > 0 ? cost : -1; }
  std::optional<double> length_ms() const {
    if (!length_us) return std::nullopt;
    return static_cast<double>(*length_us) / 1e3;
  }
};

}  // namespace repartee::server
