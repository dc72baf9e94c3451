// What is asked of a trace server that holds voice10, and how long it takes.
//
// Thread: the caller's.
#pragma once

#include <string>

#include "repartee/base/json.h"

namespace repartee::bench {

// Each query first once, then five times, by one client on one kept connection:
// {"list": {"first_ms":, "median_ms":, "bytes":}, …}; "error" in place of figures for an answer that is not
// 200. `trace_id` is one that is stored.
Json AskQueries(const std::string& url, const std::string& authorization, const std::string& trace_id);

// How long after now until the trace answers on the public API, asked each 10 ms; milliseconds, -1 after 20
// s.
double ReadBackMs(const std::string& url, const std::string& authorization, const std::string& trace_id);

}  // namespace repartee::bench
