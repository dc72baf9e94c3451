// What a call of a collector over gRPC came to, by OTLP's table of codes.
//
// Thread: pure function.
#pragma once

#include <string>
#include <string_view>

#include "repartee/otel/otlp_sender.h"

namespace repartee::otel {

// The three things that a call leaves behind.
struct GrpcOutcome {
  int code = 0;         // of gRPC, 0 is OK
  std::string message;  // the server's words, or gRPC's own
  std::string details;  // grpc-status-details-bin: a google.rpc.Status
  std::string body;     // an ExportTraceServiceResponse, when OK
};

// `receiver` names the server in the reason.
OtlpAnswer JudgeGrpc(const GrpcOutcome& outcome, std::string_view receiver);

}  // namespace repartee::otel
