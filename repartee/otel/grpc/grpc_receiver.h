// GrpcReceiver: OTLP over gRPC, bytes in and bytes out: no generated message stands
// between the socket and the parser that OTLP over HTTP uses.
//
// A target of its own, linked by the command alone: gRPC costs 10 MB and 10 ms at start.
//
// Thread: Listen and Stop from the owner's; the handler runs on gRPC's threads, must not
// block, and answers once, from any thread.
#pragma once

#include <memory>
#include <string>

#include "repartee/base/status.h"
#include "repartee/base/unique_function.h"

namespace repartee::otel {

struct GrpcCall {
  std::string body;           // the message, unpacked
  std::string authorization;  // the metadata of that name, or empty
  std::string authority;      // host[:port] as the client names the server
  bool from_loopback = false;
};

// A status code of gRPC (0 is OK) with the answering message or the reason.
struct GrpcAnswer {
  int code = 0;
  std::string message;
  std::string body;
};

struct GrpcReceiverOptions {
  std::string host = "127.0.0.1";
  int port = 4317;  // 0 takes a free one
  std::string method = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
  std::size_t max_message_bytes = 64 << 20;  // over it: RESOURCE_EXHAUSTED
  int max_calls = 100;                       // at once on one connection; others wait in the client
  std::size_t max_buffer_bytes = 512 << 20;  // of all calls; beyond: UNAVAILABLE or RESOURCE_EXHAUSTED
};

class GrpcReceiver {
 public:
  using Done = UniqueFunction<void(GrpcAnswer)>;
  using Handler = UniqueFunction<void(GrpcCall, Done)>;

  // Calls of other methods are UNIMPLEMENTED. AlreadyExists when the port is taken.
  static Result<std::unique_ptr<GrpcReceiver>> Listen(GrpcReceiverOptions options, Handler handler);
  virtual ~GrpcReceiver() = default;

  virtual int port() const = 0;
  // Calls in hand are answered, for at most ten seconds; then they are cancelled. Idempotent.
  virtual void Stop() = 0;
};

}  // namespace repartee::otel
