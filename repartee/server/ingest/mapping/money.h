// What a span used and what that cost: token counts, audio, characters; prices of the
// project, else built in. What has no price stays without cost, never at nought.
//
// Thread: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "repartee/server/ingest/mapping/span_mapper.h"
#include "repartee/server/ingest/mapping/usage.h"

namespace repartee::server {

// Usage keys of speech: the milliseconds of audio that were heard, the characters that
// were spoken. They are no tokens, so no total is made of them.
inline constexpr char kAudioUsage[] = "audio_milliseconds";
inline constexpr char kCharacterUsage[] = "characters";

struct Money {
  Usage usage;
  std::vector<std::pair<std::string, double>> cost;
  std::optional<std::string> price_id;
  std::optional<std::string> tier;
  // Of one unit, by the tier that was used, else the default one.
  std::optional<double> input_price;
  std::optional<double> output_price;
  std::optional<double> total_price;
};

// A cost given by the sender is final; else that of the price tables. `parameters` are the
// model's, if they are known already.
Money MapMoney(const SpanInput& in, std::string_view model, std::int64_t start_ns,
               const std::vector<MetadataEntry>* parameters);

void AddMoney(SpanFacts& facts, const Money& money);

// What was stored when the span came counts, whatever prices say by now.
void KeepStoredCost(Observation& observation, std::int64_t stored_cost);

}  // namespace repartee::server
