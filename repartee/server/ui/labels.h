// What the dashboard calls things: the names of the tracing page, for whoever wrote
// the span. Thread: pure functions.
#pragma once

#include <string>

#include "repartee/server/store/store.h"

namespace repartee::server {

// "turn-3", "stt_deepgramsttservice"; other spans keep their name. Real Pipecat names
// its spans "turn" and "stt" and tells number and service in attributes.
std::string SpanLabel(const SpanRow& span);

// "turn", "stt", "tool", ...; empty for a span that plays no part in a conversation.
std::string_view StageName(const SpanRow& span);

// "deepgram · nova-3"; the one that is known if only one is; empty if none.
std::string ServiceLabel(const SpanRow& span);

}  // namespace repartee::server
