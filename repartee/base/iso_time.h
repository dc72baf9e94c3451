// ISO 8601 times as frames and messages carry them: UTC, milliseconds. Thread: pure.
#pragma once

#include <string>

#include "repartee/base/clock.h"

namespace repartee {

// "2026-01-02T03:04:05.678+00:00" of a wall time since the Unix epoch, cut to milliseconds.
std::string FormatIsoMillis(Nanos wall);

}  // namespace repartee
