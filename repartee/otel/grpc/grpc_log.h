// What the gRPC library would write to stderr by itself goes to the project's log, as
// debugging: what it means is said by whoever asked for the call. Thread: any.
#pragma once

namespace repartee::otel {

// Before the first use of the library; again is no harm. GRPC_VERBOSITY still chooses what is said.
void RouteGrpcLog();

}  // namespace repartee::otel
