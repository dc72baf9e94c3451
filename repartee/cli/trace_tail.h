// The server's event stream, followed until SIGINT or SIGTERM. Thread: the main one.
#pragma once

#include <functional>
#include <string>

#include "repartee/base/status.h"
#include "repartee/net/sse.h"

namespace repartee::cli {

// Calls `on_event` for each event. A stream that breaks is taken up again where it
// was, a bounded number of times; OK when a signal ends it.
Status TailEvents(const std::string& url, const std::function<void(const SseEvent&)>& on_event);

}  // namespace repartee::cli
