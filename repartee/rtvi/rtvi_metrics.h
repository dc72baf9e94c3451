// What a client is told of a MetricsFrame. Thread: a pure function.
#pragma once

#include "repartee/base/json.h"
#include "repartee/frames/service_frames.h"

namespace repartee {

// {"ttfb": [{"processor", "model"?, "value"}, ...], ...}; measurements that clients do not know are left
// out, so it may be empty.
Json ToRTVIMetrics(const MetricsFrame& metrics);

}  // namespace repartee
