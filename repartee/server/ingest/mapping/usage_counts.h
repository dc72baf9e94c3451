// Counts of tokens as instrumentations send them, before they are checked: the general
// attributes, and what some SDKs tell in a way of their own.
//
// Thread: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "repartee/server/ingest/mapping/span_mapper.h"

namespace repartee::server {

struct TokenCount {
  std::string key;  // of the compatible API: "input", "output", "input_cached_tokens", ...
  double value;     // as sent: it may be no whole number
};
using TokenCounts = std::vector<TokenCount>;

// From gen_ai.usage.* and llm.token_count.*; parts are taken out of their sums. With
// `subtract_audio` also those of the older and realtime names.
TokenCounts GeneralCounts(const AttributeIndex& attributes, bool subtract_audio);

// Of a scope whose SDK tells it elsewhere; nothing for all others.
std::optional<TokenCounts> CountsOfSdk(const SpanInput& in);

// Takes `value` out of that count, never below 0; nothing if there is no such count.
void SubtractCount(TokenCounts& counts, std::string_view from, double value);

}  // namespace repartee::server
