#include "repartee/otel/grpc/otlp_grpc_exporter.h"

#include <fmt/format.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <mutex>
#include <utility>
#include <vector>

#include "repartee/base/log.h"
#include "repartee/net/http.h"
#include "repartee/otel/grpc/byte_buffer.h"
#include "repartee/otel/grpc/grpc_answer.h"
#include "repartee/otel/grpc/grpc_log.h"
#include "repartee/otel/otlp_exporter.h"
#include "repartee/otel/otlp_http_exporter.h"
#include "repartee/otel/resource.h"

namespace repartee::otel {
namespace {

constexpr char kMethod[] = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
// How long a channel stays away from a server that refused it; the exporter's own waits come on top.
constexpr int kFirstReconnectMs = 500;
constexpr int kLastReconnectMs = 5000;
constexpr int kConnectTimeoutMs = 5000;  // as over HTTP
// The least that servers put up with.
constexpr int kPingEveryMs = 300'000;

// How long a connection may leave what it was sent unacknowledged. Then the kernel takes the other end for
// dead, and there is time left for a new connection.
int SilenceLimitMs(const OtlpOptions& options) {
  constexpr std::chrono::milliseconds kUsual{10'000};
  const auto timeout = options.timeout.count() > 0 ? std::min(options.timeout, kUsual) : kUsual;
  return std::max(static_cast<int>(timeout.count() / 2), 1);
}

// One call. It keeps its channel alive, and a channel that goes on gRPC's own thread has that thread wait for
// itself, which ends the process: whoever has the last of a call drops it elsewhere.
struct Call {
  grpc::ClientContext context;
  grpc::ByteBuffer request;
  grpc::ByteBuffer response;
  OtlpSender::Done done;  // the loop's thread; empty once forgotten
};

// Where an answer goes. Shared by the sender and by gRPC, which may answer after the sender has gone.
struct Recipient {
  std::mutex mutex;
  EventLoop* loop;  // guarded by mutex; null once the call is forgotten
};

// Calls that were answered after they had been forgotten, until another thread than gRPC's comes by. Never
// destroyed: gRPC's threads may outlive main.
class LateCalls {
 public:
  static LateCalls& Instance() {
    static auto* const calls = new LateCalls;
    return *calls;
  }
  void Keep(std::shared_ptr<Call> call) {
    const std::lock_guard lock(mutex_);
    calls_.push_back(std::move(call));
  }
  // Not on gRPC's thread.
  void Drop() {
    std::vector<std::shared_ptr<Call>> calls;
    const std::lock_guard lock(mutex_);
    calls.swap(calls_);
  }

 private:
  std::mutex mutex_;
  std::vector<std::shared_ptr<Call>> calls_;  // one a sender at most, as each drops them before it calls
};

// gRPC's thread.
void Answer(std::shared_ptr<Call> call, Recipient& recipient, const grpc::Status& status,
            const std::string& receiver) {
  GrpcOutcome outcome{.code = status.error_code(),
                      .message = status.error_message(),
                      .details = status.error_details(),
                      .body = Joined(call->response)};
  OtlpAnswer answer = JudgeGrpc(outcome, receiver);
  // With the lock held: the loop lives as long as nobody forgot this call.
  const std::lock_guard lock(recipient.mutex);
  if (recipient.loop == nullptr) return LateCalls::Instance().Keep(std::move(call));
  recipient.loop->Post([call = std::move(call), answer = std::move(answer)]() mutable {
    if (auto done = std::exchange(call->done, nullptr)) done(std::move(answer));
  });
}

class GrpcSender final : public OtlpSender {
 public:
  GrpcSender(OtlpOptions options, std::string receiver, const std::shared_ptr<grpc::Channel>& channel)
      : options_(std::move(options)), receiver_(std::move(receiver)), stub_(channel) {}
  ~GrpcSender() override { Cancel(); }

  void Start(EventLoop& loop) override { loop_ = &loop; }

  void Send(OtlpBody body, Nanos limit, Done done) override {
    Cancel();
    LateCalls::Instance().Drop();
    call_ = std::make_shared<Call>();
    call_->done = std::move(done);
    recipient_ = std::make_shared<Recipient>();
    recipient_->loop = loop_;
    call_->request = ToByteBuffer(body.bytes);
    call_->context.set_deadline(std::chrono::system_clock::now() + limit);
    if (options_.compression != Compression::kNone) {
      call_->context.set_compression_algorithm(
          options_.compression == Compression::kGzip ? GRPC_COMPRESS_GZIP : GRPC_COMPRESS_DEFLATE);
    }
    for (const auto& [name, value] : options_.headers) call_->context.AddMetadata(name, value);
    stub_.UnaryCall(
        &call_->context, kMethod, grpc::StubOptions(), &call_->request, &call_->response,
        [call = call_, recipient = recipient_, receiver = receiver_](const grpc::Status& status) mutable {
          Answer(std::move(call), *recipient, status, receiver);
        });
  }

  // Nothing is called any more.
  void Cancel() override {
    if (!call_) return;
    {
      const std::lock_guard lock(recipient_->mutex);
      recipient_->loop = nullptr;
    }
    call_->done = nullptr;
    call_->context.TryCancel();
    call_.reset();
  }

  const std::string& receiver() const override { return receiver_; }

 private:
  const OtlpOptions options_;
  const std::string receiver_;
  EventLoop* loop_ = nullptr;
  grpc::GenericStub stub_;
  std::shared_ptr<Call> call_;            // shared with gRPC until it has answered
  std::shared_ptr<Recipient> recipient_;  // likewise; set when call_ is
};

Status ReadFile(const std::string& path, std::string_view what, std::string& text) {
  if (path.empty()) return OkStatus();
  std::ifstream file(path, std::ios::binary);
  text.assign(std::istreambuf_iterator<char>(file), {});
  if (file && !text.empty()) return OkStatus();
  return Status::InvalidArgument("TLS: cannot use the {} '{}': it cannot be read or is empty", what, path);
}

Result<std::shared_ptr<grpc::ChannelCredentials>> Credentials(const OtlpOptions& options, bool secure) {
  if (!secure) return grpc::InsecureChannelCredentials();
  grpc::SslCredentialsOptions ssl;
  // As OTLP over HTTP has it: the variable's file alone, else OpenSSL's, else the system's.
  const char* openssl_file = std::getenv("SSL_CERT_FILE");
  const std::string ca_file =
      options.ca_file.empty() && openssl_file != nullptr ? openssl_file : options.ca_file;
  const std::string& key_file =
      options.client_key_file.empty() ? options.client_certificate_file : options.client_key_file;
  for (const auto& [path, what, text] :
       {std::tuple{&ca_file, "certificates in", &ssl.pem_root_certs},
        {&options.client_certificate_file, "client certificate", &ssl.pem_cert_chain},
        {&key_file, "client key", &ssl.pem_private_key}}) {
    if (Status status = ReadFile(*path, what, *text); !status.ok()) return status;
  }
  return grpc::SslCredentials(ssl);
}

// gRPC ends the process over metadata that it cannot send.
void KeepValidMetadata(OtlpOptions& options) {
  std::erase_if(options.headers, [](const auto& header) {
    const auto& [name, value] = header;
    const bool fits = std::all_of(value.begin(), value.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
    const bool named = std::all_of(name.begin(), name.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
    });
    const bool free = !name.starts_with("grpc-") && !name.ends_with("-bin") && name != "host";
    if (fits && named && free) return false;
    LogWarning("OTEL_EXPORTER_OTLP_HEADERS: \"{}\" cannot be sent over gRPC; it is left out", name);
    return true;
  });
}

}  // namespace

Result<std::unique_ptr<SpanExporter>> OtlpGrpcExporter::Create(OtlpOptions options) {
  RouteGrpcLog();
  if (Status status = CheckEndpoint(options.url, "endpoint of spans"); !status.ok()) return status;
  Result<Url> url = ParseUrl(options.url);
  if (!url.ok()) return std::move(url).status();
  if (url->target != "/")
    LogWarning("tracing: {} is not sent over gRPC: an endpoint has no path there", url->target);
  auto credentials = Credentials(options, url->secure());
  if (!credentials.ok()) return std::move(credentials).status();
  KeepValidMetadata(options);
  options.protocol = OtlpProtocol::kGrpc;

  grpc::ChannelArguments arguments;
  arguments.SetUserAgentPrefix(std::string(kTracerName) + "-otlp/" + TracerVersion());
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, kFirstReconnectMs);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, kConnectTimeoutMs);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kLastReconnectMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kPingEveryMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, SilenceLimitMs(options));
  const bool is_ipv6 = url->host.find(':') != std::string::npos;
  const std::string target =
      fmt::format("{}{}{}:{}", is_ipv6 ? "[" : "", url->host, is_ipv6 ? "]" : "", url->port);
  auto sender = std::make_unique<GrpcSender>(options, "grpc://" + target,
                                             grpc::CreateCustomChannel(target, *credentials, arguments));
  return std::unique_ptr<SpanExporter>(std::make_unique<OtlpExporter>(std::move(sender), options));
}

Result<std::unique_ptr<SpanExporter>> MakeOtlpExporter(OtlpOptions options) {
  return options.protocol == OtlpProtocol::kGrpc ? OtlpGrpcExporter::Create(std::move(options))
                                                 : OtlpHttpExporter::Create(std::move(options));
}

}  // namespace repartee::otel
