#include "repartee/cli/grpc_door.h"

#include "repartee/base/log.h"
#include "repartee/otel/wire/pull_parser.h"
#include "repartee/server/limits.h"

namespace repartee::cli {
namespace {

constexpr int kInternal = 13;

HttpRequest ToRequest(otel::GrpcCall call) {
  HttpRequest request;
  request.method = "POST";
  request.path = request.target = "/v1/traces";
  request.headers.Add("Content-Type", "application/x-protobuf");
  request.headers.Add("Host", std::move(call.authority));
  if (!call.authorization.empty()) request.headers.Add("Authorization", std::move(call.authorization));
  request.body = std::move(call.body);
  request.from_loopback = call.from_loopback;
  request.remote_address = call.from_loopback ? "this machine" : "elsewhere";
  return request;
}

}  // namespace

otel::GrpcAnswer ToGrpcAnswer(HttpResponse response) {
  if (response.status == 200) return {.code = 0, .message = {}, .body = std::move(response.body)};
  otel::GrpcAnswer answer{.code = kInternal, .message = {}, .body = {}};
  otel::internal::WireReader reader(response.body);
  otel::internal::WireField field;
  while (reader.Next(field)) {
    if (field.number == 1 && field.type == 0 && field.value > 0 && field.value <= 16)
      answer.code = static_cast<int>(field.value);
    if (field.number == 2 && field.type == 2) answer.message = field.bytes;
  }
  return answer;
}

Result<std::unique_ptr<otel::GrpcReceiver>> ListenGrpc(const server::TraceServer& server,
                                                       const server::TraceServerOptions& options) {
  otel::GrpcReceiverOptions grpc;
  grpc.host = options.host;
  grpc.port = options.otlp_grpc_port;
  grpc.max_message_bytes = server::kMaxBodyBytes;
  auto receiver = otel::GrpcReceiver::Listen(
      std::move(grpc), [&server](otel::GrpcCall call, otel::GrpcReceiver::Done done) {
        server.TakeOtlp(ToRequest(std::move(call)), [done = std::move(done)](HttpResponse response) mutable {
          done(ToGrpcAnswer(std::move(response)));
        });
      });
  if (receiver.ok()) return receiver;
  Status status = std::move(receiver).status().Annotate("OTLP over gRPC (--otlp-grpc-port)");
  if (options.is_grpc_port_given) return status;
  LogWarning("{}; going on without it", status.message());
  return std::unique_ptr<otel::GrpcReceiver>();
}

}  // namespace repartee::cli
