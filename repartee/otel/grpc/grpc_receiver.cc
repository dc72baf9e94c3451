#include "repartee/otel/grpc/grpc_receiver.h"

#include <fmt/format.h>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/resource_quota.h>

#include <chrono>

#include "repartee/otel/grpc/byte_buffer.h"
#include "repartee/otel/grpc/grpc_log.h"

namespace repartee::otel {
namespace {

constexpr std::chrono::seconds kStopGrace{10};
constexpr int kMaxThreads = 4;

// "ipv4:127.0.0.1:5000", "ipv6:[::1]:5000" (percent-encoded in newer releases), "unix:...".
bool IsLoopback(const std::string& peer) {
  return peer.starts_with("ipv4:127.") || peer.starts_with("ipv6:[::1]:") ||
         peer.starts_with("ipv6:%5B::1%5D:") || peer.starts_with("ipv6:[::ffff:127.") ||
         peer.starts_with("unix:");
}

// One call: read the message, hand it over, write the answer. gRPC owns it until OnDone.
class Reactor final : public grpc::ServerGenericBidiReactor {
 public:
  Reactor(const grpc::GenericCallbackServerContext& context, GrpcReceiver::Handler& handler)
      : handler_(handler) {
    call_.authority = context.host();
    call_.from_loopback = IsLoopback(context.peer());
    const auto found = context.client_metadata().find("authorization");
    if (found != context.client_metadata().end())
      call_.authorization.assign(found->second.data(), found->second.size());
    StartRead(&request_);
  }

  void OnReadDone(bool ok) override {
    if (!ok) return Finish(grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "no message"));
    call_.body = Joined(request_);
    request_.Clear();
    handler_(std::move(call_), [this](GrpcAnswer answer) { Answer(std::move(answer)); });
  }
  void OnDone() override { delete this; }

 private:
  void Answer(GrpcAnswer answer) {
    if (answer.code != 0)
      return Finish(grpc::Status(static_cast<grpc::StatusCode>(answer.code), answer.message));
    response_ = ToByteBuffer(answer.body);
    StartWriteAndFinish(&response_, grpc::WriteOptions(), grpc::Status::OK);
  }

  GrpcReceiver::Handler& handler_;
  GrpcCall call_;
  grpc::ByteBuffer request_;
  grpc::ByteBuffer response_;
};

class Refusal final : public grpc::ServerGenericBidiReactor {
 public:
  explicit Refusal(const std::string& method) {
    Finish(grpc::Status(grpc::StatusCode::UNIMPLEMENTED, "no such method: " + method));
  }
  void OnDone() override { delete this; }
};

class Service final : public grpc::CallbackGenericService {
 public:
  Service(std::string method, GrpcReceiver::Handler handler)
      : method_(std::move(method)), handler_(std::move(handler)) {}

  grpc::ServerGenericBidiReactor* CreateReactor(grpc::GenericCallbackServerContext* context) override {
    if (context->method() != method_) return new Refusal(context->method());
    return new Reactor(*context, handler_);
  }

 private:
  const std::string method_;
  GrpcReceiver::Handler handler_;
};

class Receiver final : public GrpcReceiver {
 public:
  Receiver(std::string method, Handler handler) : service_(std::move(method), std::move(handler)) {}
  ~Receiver() override { Stop(); }

  Status Start(const GrpcReceiverOptions& options) {
    RouteGrpcLog();
    grpc::ServerBuilder builder;
    const bool is_ipv6 = options.host.find(':') != std::string::npos;
    const std::string address =
        fmt::format("{}{}{}:{}", is_ipv6 ? "[" : "", options.host, is_ipv6 ? "]" : "", options.port);
    builder.AddListeningPort(address, grpc::InsecureServerCredentials(), &port_);
    // A second server on the port is a mistake, not a partner.
    builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
    builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, options.max_calls);
    builder.SetMaxReceiveMessageSize(static_cast<int>(options.max_message_bytes));
    grpc::ResourceQuota quota("otlp");
    builder.SetResourceQuota(quota.Resize(options.max_buffer_bytes).SetMaxThreads(kMaxThreads));
    builder.RegisterCallbackGenericService(&service_);
    server_ = builder.BuildAndStart();
    if (server_ == nullptr || port_ == 0)
      return Status::AlreadyExists(
          "cannot listen on {}: the port is probably in use by another program: stop it, or choose another "
          "port (0 takes a free one)",
          address);
    return OkStatus();
  }

  int port() const override { return port_; }
  void Stop() override {
    if (server_ == nullptr) return;
    server_->Shutdown(std::chrono::system_clock::now() + kStopGrace);
    server_->Wait();
    server_.reset();
  }

 private:
  Service service_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace

Result<std::unique_ptr<GrpcReceiver>> GrpcReceiver::Listen(GrpcReceiverOptions options, Handler handler) {
  auto receiver = std::make_unique<Receiver>(options.method, std::move(handler));
  if (Status status = receiver->Start(options); !status.ok()) return status;
  return std::unique_ptr<GrpcReceiver>(std::move(receiver));
}

}  // namespace repartee::otel
