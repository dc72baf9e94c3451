#include "repartee/services/openai/client.h"

#include "repartee/base/encoding.h"
#include "repartee/base/log.h"
#include "repartee/services/ai_service.h"
#include "repartee/services/openai/retry.h"

namespace repartee::openai {
namespace {

constexpr std::size_t kMaxWaiting = 4096;
constexpr int kMaxMalformed = 16;
constexpr std::size_t kMaxErrorBody = 64 << 10;

}  // namespace

std::string CompletionsUrl(const ChatOptions& options, const std::string& model) {
  std::string_view base = options.base_url;
  while (base.ends_with('/')) base.remove_suffix(1);
  if (options.azure_api_version.empty()) return std::string(base) + "/chat/completions";
  return fmt::format("{}/openai/deployments/{}/chat/completions?api-version={}", base, PercentEncode(model),
                     PercentEncode(options.azure_api_version));
}

ChatStream::ChatStream(EventLoop& loop, HttpClient& http, const ChatOptions& options, std::string url,
                       std::string body)
    : loop_(loop),
      http_(http),
      options_(options),
      url_(std::move(url)),
      body_(std::move(body)),
      arrivals_(loop, kMaxWaiting) {}

// ---------------------------------------------------------------- taking

Task<ChatStream::Event> ChatStream::Next() {
  while (true) {
    if (!call_) Send();
    const Nanos limit = answered_ ? options_.stall_timeout : options_.first_chunk_timeout;
    std::optional<Arrival> arrival = co_await arrivals_.ReceiveFor(limit);
    if (!arrival) arrival = TimedOut();
    if (auto* chunk = std::get_if<Chunk>(&*arrival)) {
      answered_ = true;
      co_return Event(std::move(*chunk));
    }
    if (std::holds_alternative<End>(*arrival)) co_return Event();
    Failure& failure = std::get<Failure>(*arrival);
    call_.reset();
    const std::optional<Nanos> wait = RetryIn(failure);
    if (!wait) co_return Event(std::move(failure.error));
    LogInfo("{}; asking again in {:.1f} s", failure.error.text, ToSeconds(*wait));
    co_await Sleep(loop_, *wait);
  }
}

// Nothing if the failure is final.
std::optional<Nanos> ChatStream::RetryIn(const Failure& failure) {
  if (answered_ || !failure.retry || retries_ >= options_.max_retries) return std::nullopt;
  const Nanos wait = failure.wait ? *failure.wait : Backoff(retries_);
  if (wait > options_.max_retry_wait) return std::nullopt;
  ++retries_;
  return wait;
}

// Before an answer has begun, one more try is worth its time; two would keep the user waiting.
ChatStream::Failure ChatStream::TimedOut() const {
  const Nanos limit = answered_ ? options_.stall_timeout : options_.first_chunk_timeout;
  Failure failure = Broken(ErrorCategory::kConnectivity,
                           fmt::format("no answer for {:.1f} s", ToSeconds(limit)), retries_ == 0);
  failure.wait = Nanos(0);
  failure.error.timed_out = true;
  return failure;
}

ChatStream::Failure ChatStream::Broken(ErrorCategory category, std::string text, bool retry) const {
  return {{.category = category, .text = "openai: " + WithoutSecret(std::move(text), options_.api_key)},
          retry,
          std::nullopt};
}

// ---------------------------------------------------------------- arriving

void ChatStream::Send() {
  head_.reset();
  parser_.emplace();
  over_ = false;
  arrivals_.Clear();
  HttpRequest request;
  request.method = "POST";
  request.target = url_;
  request.body = body_;
  request.headers = options_.default_headers;
  request.headers.Set("Content-Type", "application/json");
  request.headers.Set("Accept", "text/event-stream");
  const bool azure = !options_.azure_api_version.empty();
  if (!options_.api_key.empty()) {
    request.headers.Set(azure ? "api-key" : "Authorization", (azure ? "" : "Bearer ") + options_.api_key);
  }
  if (!options_.organization.empty()) request.headers.Set("OpenAI-Organization", options_.organization);
  if (!options_.project.empty()) request.headers.Set("OpenAI-Project", options_.project);
  HttpClient::StreamHandler handler;
  handler.on_headers = [this](HttpResponse head) { OnHead(std::move(head)); };
  handler.on_data = [this](std::string_view bytes) { OnData(bytes); };
  handler.done = [this](Status status) { OnDone(status); };
  HttpCallOptions limits;
  limits.timeout = options_.total_timeout;
  call_ = http_.Stream(std::move(request), limits, std::move(handler));
}

void ChatStream::Arrive(Arrival arrival) {
  if (over_) return;
  over_ = !std::holds_alternative<Chunk>(arrival);
  if (arrivals_.Send(std::move(arrival))) return;
  over_ = true;
  arrivals_.Clear();
  arrivals_.Send(
      Broken(ErrorCategory::kServer, fmt::format("more than {} chunks at once", kMaxWaiting), false));
}

void ChatStream::OnHead(HttpResponse head) { head_ = std::move(head); }

void ChatStream::OnData(std::string_view bytes) {
  if (head_->status < 200 || head_->status > 299) {
    head_->body += bytes.substr(0, kMaxErrorBody - head_->body.size());
    return;
  }
  const Status status = parser_->Feed(bytes, [this](const SseEvent& event) { OnEvent(event); });
  if (!status.ok()) Arrive(Broken(ErrorCategory::kServer, status.message(), false));
}

void ChatStream::OnEvent(const SseEvent& event) {
  if (over_) return;
  if (event.data == "[DONE]") return Arrive(End{});
  Result<Chunk> chunk = ParseChunk(event.data);
  if (chunk.ok() && chunk->error) return Arrive(Broken(ErrorCategory::kServer, *chunk->error, false));
  if (chunk.ok()) return Arrive(*std::move(chunk));
  if (malformed_++ == 0) LogWarning("openai: a chunk of the answer is skipped: {}", chunk.status().message());
  if (malformed_ <= kMaxMalformed) return;
  Arrive(
      Broken(ErrorCategory::kServer, fmt::format("more than {} chunks are malformed", kMaxMalformed), false));
}

void ChatStream::OnDone(const Status& status) {
  if (head_ && (head_->status < 200 || head_->status > 299)) return Arrive(Refused());
  // Some servers end without "[DONE]".
  if (status.ok()) {
    unmarked_end_ = !over_;
    return Arrive(End{});
  }
  const ErrorCategory category = CategoryOfStatus(status.code());
  Failure failure = Broken(category, status.message(), !head_ && category == ErrorCategory::kConnectivity);
  failure.error.timed_out = status.code() == StatusCode::kDeadlineExceeded;
  Arrive(std::move(failure));
}

ChatStream::Failure ChatStream::Refused() const {
  const ErrorCategory category = CategoryOfHttpStatus(head_->status);
  std::string text = fmt::format("HTTP {}: {}", head_->status, ErrorText(head_->body));
  if (category == ErrorCategory::kAuthentication) text += " (is OPENAI_API_KEY right?)";
  Failure failure = Broken(category, std::move(text), MayRetry(*head_));
  failure.wait = RetryAfter(head_->headers);
  return failure;
}

}  // namespace repartee::openai
