// What a client is told of a MetricsFrame. Thread: a pure function.
#pragma once

#include "repartee/base/json_text.h"
#include "repartee/frames/service_frames.h"

namespace repartee {

// {"ttfb": [{"processor", "model"?, "value"}, ...], ...}; measurements that clients do not know are left
// out, so it may be empty.
JsonText ToRTVIMetrics(const MetricsFrame& metrics);

}  // namespace repartee
