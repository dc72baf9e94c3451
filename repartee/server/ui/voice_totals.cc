#include "repartee/server/ui/voice_totals.h"

#include "repartee/server/model/saturating.h"

namespace repartee::server {

void VoiceTotals::Add(const SpanFacts& facts) {
  if (facts.stage == Stage::kTurn) {
    ++turns;
    if (facts.turn_number <= 1) ++calls;
    constexpr std::uint32_t kMarks = kFlagInterrupted | kFlagEndedByHangup;
    if ((facts.flags & kMarks) == kFlagInterrupted) ++interrupted;
    return;
  }
  if (facts.cost < 0) return;
  Accumulate(cost, facts.cost);
  ++priced;
}

void VoiceTotals::Add(const Series& series, const Rollup& rollup) {
  if (series.stage == Stage::kConversation) {
    calls += rollup.count;
    length_us = SaturatingAdd(length_us.value_or(0), rollup.duration.sum());
    return;
  }
  if (series.stage == Stage::kTurn) {
    turns += rollup.count;
    interrupted += rollup.interrupted;
    return;
  }
  Accumulate(cost, rollup.cost);
  priced += rollup.priced;
}

}  // namespace repartee::server
