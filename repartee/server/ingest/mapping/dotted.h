// Values that OpenTelemetry's flat attributes spread over dotted keys, put together
// again: "gen_ai.prompt.0.content" is the content of the first of a list.
// Thread: pure functions.
#pragma once

#include <optional>
#include <string_view>

#include "repartee/base/json.h"
#include "repartee/server/ingest/mapping/attributes.h"

namespace repartee::server {

// What stands under `prefix` and below it, or nothing. Lists are at most 10,001 places
// long in all; an attribute that would need more is left out.
std::optional<Json> Rebuild(const AttributeIndex& attributes, std::string_view prefix);

// One attribute value as JSON.
Json ToJson(const otel::AnyValueView& value);

}  // namespace repartee::server
