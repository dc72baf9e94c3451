// What a server that has just started says of itself: where it listens, which keys
// open it, and the .env lines by which another program sends its traces there.
//
// Thread: pure functions.
#pragma once

#include <string>

#include "repartee/server/trace_server.h"

namespace repartee::cli {

// `grpc_port` is 0 without OTLP over gRPC.
// Several lines. The secret and the .env lines that hold it are there if this start made the keys.
std::string GreetingAsText(const server::TraceServer& server, const server::TraceServerOptions& options,
                           int grpc_port);

// One object without a line's end: host, ports, project and keys.
std::string GreetingAsJson(const server::TraceServer& server, const server::TraceServerOptions& options,
                           int grpc_port);

}  // namespace repartee::cli
