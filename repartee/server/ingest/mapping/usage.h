// Token counts of a span, from whichever attributes carry them, in the keys of the
// compatible API (input, output, input_cached_tokens, ..., total).
//
// Thread: pure functions.
#pragma once

#include "repartee/server/ingest/mapping/attributes.h"
#include "repartee/server/ingest/mapping/prices.h"
#include "repartee/server/ingest/mapping/span_mapper.h"

namespace repartee::server {

// Empty if nothing was given. "total" is the sum of the others unless given.
// With `subtract_audio`, audio and reasoning tokens under the older and realtime
// names are taken out of input and output instead of being counted twice.
Usage MapUsage(const SpanInput& in, bool subtract_audio);

// Cost given by the sender in USD, per key; empty if none. "total" is input plus
// output if those are the only keys.
std::vector<std::pair<std::string, double>> MapGivenCost(const AttributeIndex& attributes);

// The count under that key, or -1.
std::int64_t UsageOf(const Usage& usage, std::string_view key);

}  // namespace repartee::server
