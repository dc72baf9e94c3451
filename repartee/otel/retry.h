// When to try again: exponential backoff with jitter, or what the server asked for.
//
// Thread: pure functions, but for the thread's own random numbers.
#pragma once

#include <optional>
#include <string_view>

#include "repartee/base/clock.h"

namespace repartee::otel {

// 429, 502, 503 and 504; nothing else is tried again.
bool IsRetryableStatus(int http_status);

// Before retry `retry` (from 1): 1, 2, 4 ... seconds, each up to a fifth longer or shorter.
Nanos Backoff(int retry);

// A Retry-After header: whole seconds, or an HTTP date compared with `wall_now`. Nothing if it is neither.
// Never negative.
std::optional<Nanos> ParseRetryAfter(std::string_view value, Nanos wall_now);

}  // namespace repartee::otel
