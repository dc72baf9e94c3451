#include "repartee/services/openai/speech_call.h"

#include "repartee/base/log.h"
#include "repartee/services/ai_service.h"
#include "repartee/services/openai/protocol.h"
#include "repartee/services/openai/retry.h"

namespace repartee::openai {
namespace {

constexpr std::size_t kMaxWaiting = 4096;
constexpr std::size_t kMaxErrorBody = 64 << 10;

std::string Address(const SpeechHttpOptions& options, std::string_view path) {
  std::string_view base = options.base_url;
  while (base.ends_with('/')) base.remove_suffix(1);
  return std::string(base).append(path);
}

}  // namespace

Status CheckSpeechHttp(const SpeechHttpOptions& options) {
  if (const auto url = ParseUrl(Address(options, "/audio")); !url.ok()) {
    return Status(url.status()).Annotate("openai: base URL {}", options.base_url);
  }
  if (options.base_url == SpeechHttpOptions().base_url && options.api_key.empty()) {
    return Status::Unauthenticated("openai: there is no API key; set OPENAI_API_KEY");
  }
  return OkStatus();
}

SpeechCall::SpeechCall(EventLoop& loop, HttpClient& http, const SpeechHttpOptions& options, std::string path,
                       std::string content_type, std::string body)
    : loop_(loop),
      http_(http),
      options_(options),
      path_(std::move(path)),
      content_type_(std::move(content_type)),
      body_(std::move(body)),
      arrivals_(loop, kMaxWaiting) {}

Task<SpeechCall::Piece> SpeechCall::Next() {
  while (true) {
    if (!call_) Send();
    const Nanos limit = answered_ ? options_.stall_timeout : options_.first_byte_timeout;
    std::optional<Arrival> arrival = co_await arrivals_.ReceiveFor(limit);
    if (!arrival) {
      arrival = Broken(ErrorCategory::kConnectivity, fmt::format("no answer for {:.1f} s", ToSeconds(limit)),
                       retries_ == 0);
    }
    if (auto* bytes = std::get_if<std::string>(&*arrival)) {
      answered_ = true;
      co_return Piece(std::move(*bytes));
    }
    if (std::holds_alternative<End>(*arrival)) co_return Piece();
    Failure& failure = std::get<Failure>(*arrival);
    call_.reset();
    const std::optional<Nanos> wait = RetryIn(failure);
    if (!wait) co_return Piece(std::move(failure.error));
    LogInfo("{}; asking again in {:.1f} s", failure.error.text, ToSeconds(*wait));
    co_await Sleep(loop_, *wait);
  }
}

// Nothing if the failure is final.
std::optional<Nanos> SpeechCall::RetryIn(const Failure& failure) {
  if (answered_ || !failure.retry || retries_ >= options_.max_retries) return std::nullopt;
  const Nanos wait = failure.wait ? *failure.wait : Backoff(retries_);
  if (wait > options_.max_retry_wait) return std::nullopt;
  ++retries_;
  return wait;
}

void SpeechCall::Send() {
  head_.reset();
  over_ = false;
  arrivals_.Clear();
  HttpRequest request;
  request.method = "POST";
  request.target = Address(options_, path_);
  request.headers = options_.default_headers;
  request.headers.Set("Content-Type", content_type_);
  if (!options_.api_key.empty()) request.headers.Set("Authorization", "Bearer " + options_.api_key);
  request.body = body_;
  HttpClient::StreamHandler handler;
  handler.on_headers = [this](HttpResponse head) { head_ = std::move(head); };
  handler.on_data = [this](std::string_view bytes) { OnData(bytes); };
  handler.done = [this](Status status) { OnDone(status); };
  HttpCallOptions limits;
  limits.timeout = options_.total_timeout;
  call_ = http_.Stream(std::move(request), limits, std::move(handler));
}

void SpeechCall::OnData(std::string_view bytes) {
  if (!refused()) return Arrive(std::string(bytes));
  head_->body += bytes.substr(0, kMaxErrorBody - head_->body.size());
}

void SpeechCall::OnDone(const Status& status) {
  if (refused()) {
    const ErrorCategory category = CategoryOfHttpStatus(head_->status);
    std::string text = fmt::format("HTTP {}: {}", head_->status, ErrorText(head_->body));
    if (category == ErrorCategory::kAuthentication) text += " (is OPENAI_API_KEY right?)";
    Failure failure = Broken(category, std::move(text), MayRetry(*head_));
    failure.wait = RetryAfter(head_->headers);
    return Arrive(std::move(failure));
  }
  if (status.ok()) return Arrive(End{});
  Arrive(Broken(CategoryOfStatus(status.code()), status.message(), !head_));
}

void SpeechCall::Arrive(Arrival arrival) {
  if (over_) return;
  over_ = !std::holds_alternative<std::string>(arrival);
  if (arrivals_.Send(std::move(arrival))) return;
  over_ = true;
  arrivals_.Clear();
  arrivals_.Send(
      Broken(ErrorCategory::kServer, fmt::format("more than {} pieces at once", kMaxWaiting), false));
}

SpeechCall::Failure SpeechCall::Broken(ErrorCategory category, std::string text, bool retry) const {
  return {{category, "openai: " + WithoutSecret(std::move(text), options_.api_key)}, retry, std::nullopt};
}

}  // namespace repartee::openai
