// The dashboard's views as JSON, in the shapes of web/src/api/types.ts: times in
// milliseconds since the epoch, durations in milliseconds, null for what is not known.
//
// Thread: one writer at a time.
#pragma once

#include <span>

#include "repartee/server/api/json_writer.h"
#include "repartee/server/ui/conversation_view.h"
#include "repartee/server/ui/turn_view.h"

namespace repartee::server {

// Milliseconds with microseconds behind the point.
void WriteTimeMs(JsonWriter& json, std::int64_t ns);
void WriteOptionalTimeMs(JsonWriter& json, std::optional<std::int64_t> ns);
// Tenths of a millisecond.
void WriteDurationMs(JsonWriter& json, std::optional<double> ms);
// From microseconds; -1 is not known.
void WriteMeasureMs(JsonWriter& json, std::int64_t us);
// From 1e-12 USD; -1 is not known.
void WriteCost(JsonWriter& json, std::int64_t cost);
// null if empty.
void WriteTextOrNull(JsonWriter& json, std::string_view text);
// With their key.
void WriteCounts(JsonWriter& json, const char* key, std::span<const std::int64_t> counts);

void WriteConversation(JsonWriter& json, const ConversationView& conversation);
void WriteTurn(JsonWriter& json, const TurnView& turn);
// With their key.
void WriteContributions(JsonWriter& json, const std::vector<Contribution>& parts);
// `turn`: the turn it belongs to, 0 for none.
void WriteSpan(JsonWriter& json, const SpanRow& span, SpanId turn);

}  // namespace repartee::server
