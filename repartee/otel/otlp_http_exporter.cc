#include "repartee/otel/otlp_http_exporter.h"

#include <algorithm>
#include <utility>

#include "repartee/base/log.h"
#include "repartee/otel/resource.h"
#include "repartee/otel/retry.h"
#include "repartee/otel/wire/encoder.h"
#include "repartee/otel/wire/json_encoder.h"
#include "repartee/otel/wire/utf8.h"

namespace repartee::otel {
namespace {

constexpr std::size_t kMaxRequestBytes = 64 << 20;  // before compression, as OTLP says
constexpr std::size_t kMaxResponseBytes = 4 << 20;
constexpr std::int64_t kMaxRetries = 5;
// A server that asks for no wait at all must not be asked in a loop.
constexpr Nanos kShortestWait = std::chrono::milliseconds(100);
constexpr std::size_t kMaxReasonBytes = 200;
constexpr const char* kContentType = "application/x-protobuf";
constexpr const char* kJsonContentType = "application/json";

// The server's own words, short and on one line.
std::string ServerText(const HttpResponse& response) {
  const bool protobuf = response.headers.Get("content-type").starts_with(kContentType);
  std::string text = protobuf ? ParseStatusMessage(response.body) : response.body.substr(0, kMaxReasonBytes);
  text = ToValidUtf8(text.substr(0, kMaxReasonBytes));
  std::replace_if(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  return std::string(Trim(text));
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

}  // namespace

std::unique_ptr<OtlpHttpExporter> OtlpHttpExporter::FromEnvironment(const Environment& environment) {
  Result<OtlpHttpOptions> options = OtlpHttpOptions::FromEnvironment(environment);
  if (!options.ok()) {
    LogError("tracing: {}", options.status().message());
    return nullptr;
  }
  return std::unique_ptr<OtlpHttpExporter>(new OtlpHttpExporter(*std::move(options)));
}

Result<std::unique_ptr<OtlpHttpExporter>> OtlpHttpExporter::Create(OtlpHttpOptions options) {
  if (Status status = CheckEndpoint(options.url, "endpoint of spans"); !status.ok()) return status;
  return std::unique_ptr<OtlpHttpExporter>(new OtlpHttpExporter(std::move(options)));
}

OtlpHttpExporter::OtlpHttpExporter(OtlpHttpOptions options)
    : options_(std::move(options)), shown_url_(ShownUrl(options_.url)) {}

bool OtlpHttpExporter::AcceptsProvisional() const {
  if (options_.provisional == ProvisionalSpans::kAuto) return IsUpsertingEndpoint(options_.url);
  return options_.provisional == ProvisionalSpans::kOn;
}

void OtlpHttpExporter::Start(EventLoop& loop) {
  loop_ = &loop;
  HttpClientOptions client{.max_idle_connections = 1,
                           .max_response_bytes = kMaxResponseBytes,
                           .ca_file = options_.ca_file,
                           .client_certificate_file = options_.client_certificate_file,
                           .client_key_file = options_.client_key_file};
  client_ = std::make_unique<HttpClient>(loop, std::move(client));
  retry_timer_ = std::make_unique<Timer>(loop, [this] { Send(); });
}

void OtlpHttpExporter::Export(std::vector<SpanPtr> spans, Nanos time_limit, Done done) {
  done_ = std::move(done);
  retries_ = 0;
  if (Status status = Prepare(spans); !status.ok()) return Finish({.status = std::move(status)});
  const bool own_limit = options_.timeout.count() > 0;
  deadline_ = loop_->clock().MonotonicNow() +
              (own_limit ? std::min<Nanos>(time_limit, options_.timeout) : time_limit);
  Send();
}

Status OtlpHttpExporter::Prepare(const std::vector<SpanPtr>& spans) {
  body_.clear();
  json() ? EncodeTraceRequestJson(spans, body_) : EncodeTraceRequest(spans, body_);
  if (body_.size() > kMaxRequestBytes) {
    return Status::ResourceExhausted(
        "{} spans make a request of {} bytes, and {} is the most; lower OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
        spans.size(), body_.size(), kMaxRequestBytes);
  }
  if (options_.compression == Compression::kNone) return OkStatus();
  Result<std::string> packed = Compress(body_, options_.compression);
  if (!packed.ok()) return std::move(packed).status();
  body_ = *std::move(packed);
  return OkStatus();
}

void OtlpHttpExporter::Send() {
  HttpRequest request;
  request.method = "POST";
  request.target = options_.url;
  request.headers.Add("user-agent", std::string(kTracerName) + "-otlp/" + TracerVersion());
  request.headers.Add("content-type", json() ? kJsonContentType : kContentType);
  if (options_.compression != Compression::kNone) {
    request.headers.Add("content-encoding", std::string(ContentEncoding(options_.compression)));
  }
  for (const auto& [name, value] : options_.headers) request.headers.Set(name, value);
  request.body = body_;
  const Nanos left = deadline_ - loop_->clock().MonotonicNow();
  // At least a millisecond: 0 would mean no limit.
  const auto timeout =
      std::max(std::chrono::duration_cast<std::chrono::milliseconds>(left), std::chrono::milliseconds(1));
  hold_.emplace(*loop_);
  call_ = client_->Fetch(std::move(request), {.timeout = timeout},
                         [this](Result<HttpResponse> answer) { OnAnswer(std::move(answer)); });
}

void OtlpHttpExporter::OnAnswer(Result<HttpResponse> answer) {
  hold_.reset();
  if (!answer.ok()) {
    const StatusCode code = answer.status().code();
    // A connection that took too long is worth another try while there is time.
    const bool transient = code == StatusCode::kUnavailable || code == StatusCode::kDeadlineExceeded;
    Status status = std::move(answer).status().Annotate("{}", shown_url_);
    if (!transient) return Finish({.status = std::move(status), .retries = retries_});
    return RetryOrGiveUp(std::move(status), std::nullopt);
  }
  if (answer->status >= 200 && answer->status < 300) return OnTaken(*answer);
  Status refusal = Refusal(shown_url_, *answer);
  if (!IsRetryableStatus(answer->status)) return Finish({.status = std::move(refusal), .retries = retries_});
  RetryOrGiveUp(std::move(refusal), ParseRetryAfter(answer->headers.Get("retry-after"), loop_->wall_now()));
}

void OtlpHttpExporter::OnTaken(const HttpResponse& response) {
  ExportResult result{.retries = retries_};
  // Some servers answer in JSON or with nothing; only OTLP's own answer can say that spans were turned away.
  const std::string_view type = response.headers.Get("content-type");
  if (type.starts_with(kContentType) || (json() && type.starts_with(kJsonContentType))) {
    const Result<PartialSuccess> partial = type.starts_with(kContentType)
                                               ? ParseExportResponse(response.body)
                                               : ParseJsonExportResponse(response.body);
    if (!partial.ok()) {
      LogDebug("tracing: {}: {}", shown_url_, partial.status().message());
    } else {
      result.rejected = partial->rejected;
      LogRemark(*partial);
    }
  }
  Finish(std::move(result));
}

// Every batch may bring the same remark, so it is logged once a minute.
void OtlpHttpExporter::LogRemark(const PartialSuccess& partial) {
  if (partial.rejected == 0 && partial.message.empty()) return;
  const Nanos now = loop_->clock().MonotonicNow();
  if (last_remark_ && now - *last_remark_ < std::chrono::minutes(1)) return;
  last_remark_ = now;
  LogWarning("tracing: {} rejected {} spans of a batch: {}", shown_url_, partial.rejected, partial.message);
}

void OtlpHttpExporter::RetryOrGiveUp(Status reason, std::optional<Nanos> asked_wait) {
  const Nanos wait =
      asked_wait ? std::max(*asked_wait, kShortestWait) : Backoff(static_cast<int>(retries_) + 1);
  if (retries_ >= kMaxRetries || loop_->clock().MonotonicNow() + wait >= deadline_) {
    return Finish(
        {.status = std::move(reason).Annotate("given up after {} tries", retries_ + 1), .retries = retries_});
  }
  ++retries_;
  LogDebug("tracing: {}; next try in {:.2f} s", reason.message(), ToSeconds(wait));
  retry_timer_->Arm(wait);
}

void OtlpHttpExporter::Finish(ExportResult result) {
  body_.clear();
  Done done = std::exchange(done_, nullptr);
  done(std::move(result));
}

}  // namespace repartee::otel
