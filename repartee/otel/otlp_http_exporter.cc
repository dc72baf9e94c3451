#include "repartee/otel/otlp_http_exporter.h"

#include <algorithm>
#include <utility>

#include "repartee/base/log.h"
#include "repartee/net/http_client.h"
#include "repartee/otel/otlp_exporter.h"
#include "repartee/otel/resource.h"
#include "repartee/otel/retry.h"
#include "repartee/otel/wire/utf8.h"

namespace repartee::otel {
namespace {

using Fate = OtlpAnswer::Fate;

constexpr std::size_t kMaxResponseBytes = 4 << 20;
constexpr std::size_t kMaxReasonBytes = 200;
constexpr std::size_t kMaxKeptBytes = 256 << 10;  // of a request on a connection that was used before
constexpr const char* kContentType = "application/x-protobuf";
constexpr const char* kJsonContentType = "application/json";

bool IsProtobuf(const HttpResponse& response) {
  return response.headers.Get("content-type").starts_with(kContentType);
}

// The server's own words, short and on one line.
std::string ServerText(const HttpResponse& response) {
  std::string text =
      IsProtobuf(response) ? ParseStatusMessage(response.body) : response.body.substr(0, kMaxReasonBytes);
  text = ToValidUtf8(text.substr(0, kMaxReasonBytes));
  std::replace_if(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  return std::string(Trim(text));
}

Fate FateOf(int status) {
  if (IsRetryableStatus(status)) return Fate::kRetry;
  if (status == 413) return Fate::kTooLarge;
  const bool elsewhere = status >= 300 && status < 400;
  if (elsewhere || status == 401 || status == 403 || status == 404 || status == 405) return Fate::kMend;
  return Fate::kRefused;
}

// What to do about it.
std::string Advice(const HttpResponse& response) {
  if (response.status == 401 || response.status == 403) {
    return "; check the credentials in OTEL_EXPORTER_OTLP_HEADERS";
  }
  if (response.status == 404 || response.status == 405)
    return "; check the path of OTEL_EXPORTER_OTLP_ENDPOINT";
  if (response.status == 413) return "; lower OTEL_BSP_MAX_EXPORT_BATCH_SIZE";
  if (response.status >= 300 && response.status < 400) {
    return "; redirects are not followed, set the endpoint to where it points";
  }
  return "";
}

Status Refusal(const std::string& url, const HttpResponse& response) {
  const std::string text = ServerText(response);
  const std::string message =
      fmt::format("{} answered {} {}{}{}{}", url, response.status, HttpStatusText(response.status),
                  text.empty() ? "" : ": ", text, Advice(response));
  return {IsRetryableStatus(response.status) ? StatusCode::kUnavailable : StatusCode::kFailedPrecondition,
          message};
}

std::string ShownUrl(const std::string& url) {
  const Result<Url> parsed = ParseUrl(url);
  if (!parsed.ok()) return "the endpoint";
  return fmt::format("{}://{}:{}{}", parsed->scheme, parsed->host, parsed->port,
                     parsed->target.substr(0, parsed->target.find('?')));
}

class HttpSender final : public OtlpSender {
 public:
  explicit HttpSender(OtlpOptions options)
      : options_(std::move(options)), shown_url_(ShownUrl(options_.url)) {}

  void Start(EventLoop& loop) override {
    loop_ = &loop;
    HttpClientOptions client{.max_idle_connections = 1,
                             .max_response_bytes = kMaxResponseBytes,
                             .ca_file = options_.ca_file,
                             .client_certificate_file = options_.client_certificate_file,
                             .client_key_file = options_.client_key_file};
    client_ = std::make_unique<HttpClient>(loop, std::move(client));
  }

  void Send(OtlpBody body, Nanos limit, Done done) override;
  void Cancel() override { call_.reset(); }
  const std::string& receiver() const override { return shown_url_; }

 private:
  HttpRequest Request(bool json) const;
  OtlpAnswer Judge(Result<HttpResponse> response) const;
  OtlpAnswer Taken(const HttpResponse& response) const;

  const OtlpOptions options_;
  const std::string shown_url_;  // without user, query: what errors may say
  EventLoop* loop_ = nullptr;
  std::unique_ptr<HttpClient> client_;
  std::unique_ptr<HttpCall> call_;
};

HttpRequest HttpSender::Request(bool json) const {
  HttpRequest request;
  request.method = "POST";
  request.target = options_.url;
  request.headers.Add("user-agent", std::string(kTracerName) + "-otlp/" + TracerVersion());
  request.headers.Add("content-type", json ? kJsonContentType : kContentType);
  if (options_.compression != Compression::kNone) {
    request.headers.Add("content-encoding", std::string(ContentEncoding(options_.compression)));
  }
  for (const auto& [name, value] : options_.headers) request.headers.Set(name, value);
  return request;
}

void HttpSender::Send(OtlpBody body, Nanos limit, Done done) {
  HttpRequest request = Request(body.json);
  if (options_.compression == Compression::kNone) {
    request.body = std::move(body.bytes);
  } else {
    Result<std::string> packed = Compress(body.bytes, options_.compression);
    if (!packed.ok()) {
      return loop_->Defer([done = std::move(done), reason = packed.status()]() mutable {
        done({.fate = Fate::kRefused, .reason = std::move(reason)});
      });
    }
    request.body = *std::move(packed);
  }
  // At least a millisecond: 0 would mean no limit.
  const auto timeout =
      std::max(std::chrono::duration_cast<std::chrono::milliseconds>(limit), std::chrono::milliseconds(1));
  // Half of it for a connection that was kept: if the other end is gone, the batch still has time for a new
  // one. What may take longer to go out has a new one at once.
  const HttpCallOptions limits{
      .timeout = timeout, .kept_timeout = timeout / 2, .may_reuse = request.body.size() <= kMaxKeptBytes};
  call_ = client_->Fetch(std::move(request), limits,
                         [this, done = std::move(done)](Result<HttpResponse> response) mutable {
                           done(Judge(std::move(response)));
                         });
}

OtlpAnswer HttpSender::Judge(Result<HttpResponse> response) const {
  if (!response.ok()) {
    const StatusCode code = response.status().code();
    Status reason = std::move(response).status().Annotate("{}", shown_url_);
    // A connection that took too long is worth another try while there is time.
    if (code == StatusCode::kUnavailable || code == StatusCode::kDeadlineExceeded)
      return {.fate = Fate::kRetry, .reason = std::move(reason)};
    // No HTTP: something else listens there. A bad argument: a certificate's file.
    const bool mendable = code == StatusCode::kMalformed || code == StatusCode::kInvalidArgument;
    return {.fate = mendable ? Fate::kMend : Fate::kRefused, .reason = std::move(reason)};
  }
  if (response->status >= 200 && response->status < 300) return Taken(*response);
  OtlpAnswer answer{.fate = FateOf(response->status), .reason = Refusal(shown_url_, *response)};
  answer.wait = ParseRetryAfter(response->headers.Get("retry-after"), loop_->wall_now());
  if (!answer.wait && IsProtobuf(*response)) answer.wait = ParseRetryDelay(response->body);
  return answer;
}

OtlpAnswer HttpSender::Taken(const HttpResponse& response) const {
  OtlpAnswer answer;
  // Some servers answer in JSON or with nothing; only OTLP's own answer can say that spans were turned away.
  const bool in_json = response.headers.Get("content-type").starts_with(kJsonContentType);
  if (!in_json && !IsProtobuf(response)) return answer;
  Result<PartialSuccess> partial =
      in_json ? ParseJsonExportResponse(response.body) : ParseExportResponse(response.body);
  if (partial.ok()) {
    answer.partial = *std::move(partial);
  } else {
    LogDebug("tracing: {}: {}", shown_url_, partial.status().message());
  }
  return answer;
}

}  // namespace

std::unique_ptr<SpanExporter> OtlpHttpExporter::FromEnvironment(const Environment& environment) {
  Result<OtlpOptions> options = OtlpOptions::HttpFromEnvironment(environment);
  Result<std::unique_ptr<SpanExporter>> exporter =
      options.ok() ? Create(*std::move(options)) : std::move(options).status();
  if (exporter.ok()) return *std::move(exporter);
  LogError("tracing: {}", exporter.status().message());
  return nullptr;
}

Result<std::unique_ptr<SpanExporter>> OtlpHttpExporter::Create(OtlpOptions options) {
  if (options.protocol == OtlpProtocol::kGrpc) {
    return Status::InvalidArgument(
        "OTEL_EXPORTER_OTLP_PROTOCOL: this exporter speaks http/protobuf and http/json; for grpc take "
        "OtlpGrpcExporter");
  }
  if (Status status = CheckEndpoint(options.url, "endpoint of spans"); !status.ok()) return status;
  auto sender = std::make_unique<HttpSender>(options);
  return std::unique_ptr<SpanExporter>(std::make_unique<OtlpExporter>(std::move(sender), options));
}

}  // namespace repartee::otel
