// Plays a scenario.json in virtual time and gives the trace that a collector got.
//
// Thread: the caller's; the collector serves on its own.
#pragma once

#include <string>
#include <vector>

#include "repartee/tracing/tracing_params.h"
#include "tests/scenario/trace_script.h"

namespace repartee::scenario {

struct TracePlayOptions {
  TracingMode mode = TracingMode::kExtended;
  bool verbose = false;
};

struct PlayedTrace {
  Json requests = Json::array();    // as the collector got them, OTLP's JSON form
  std::vector<std::string> bodies;  // the same in protobuf
  std::vector<int> spans;           // of each conversation
  Status status;                    // what went wrong; the rest is what came so far
};

PlayedTrace PlayTrace(const TraceScript& script, TracePlayOptions options);

// Sends the requests on to `url` + /v1/traces, with the headers of OTEL_EXPORTER_OTLP_HEADERS.
Status SendOn(const std::vector<std::string>& bodies, const std::string& url);

}  // namespace repartee::scenario
