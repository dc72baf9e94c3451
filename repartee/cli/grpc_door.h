// OTLP over gRPC for the trace server: each call becomes a request of the server's
// plain OTLP face. Here because gRPC is linked by the command alone.
//
// Thread: the owner's; calls run on gRPC's threads.
#pragma once

#include <memory>

#include "repartee/base/status.h"
#include "repartee/otel/grpc/grpc_receiver.h"
#include "repartee/server/trace_server.h"

namespace repartee::cli {

// Where it listens stands in `options`. Null, with a warning, if the usual port is taken and
// nobody asked for it: another collector may have it. `server` is borrowed: stop what is
// returned before it.
Result<std::unique_ptr<otel::GrpcReceiver>> ListenGrpc(const server::TraceServer& server,
                                                       const server::TraceServerOptions& options);

// The answer of the plain OTLP face (an OTLP message, or google.rpc.Status) as gRPC's.
otel::GrpcAnswer ToGrpcAnswer(HttpResponse response);

}  // namespace repartee::cli
