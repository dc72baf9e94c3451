// SpeechCall: one request to a speech service over HTTP, its answer piece by piece.
//
// Refused for the moment (408, 409, 429, 5xx, no connection) or not answered in time, it is
// asked again before a byte of sound or text has come, and only then. Destroying the call
// closes the connection: that is how speech is cut.
//
// Limits: SpeechHttpOptions; 4,096 pieces wait. Thread: the loop's.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "repartee/base/mailbox.h"
#include "repartee/base/task.h"
#include "repartee/frames/lifecycle_frames.h"
#include "repartee/net/http_client.h"

namespace repartee::openai {

struct SpeechHttpOptions {
  std::string base_url = "https://api.openai.com/v1";
  std::string api_key{};  // empty: no Authorization header
  HttpHeaders default_headers{};
  int max_retries = 2;
  Nanos max_retry_wait = std::chrono::seconds(10);  // a server that asks for more is not asked again
  Nanos first_byte_timeout = std::chrono::seconds(10);
  Nanos stall_timeout = std::chrono::seconds(10);  // between pieces
  std::chrono::milliseconds total_timeout = std::chrono::minutes(2);
};

// InvalidArgument for a base URL that cannot be; Unauthenticated without a key for OpenAI itself.
Status CheckSpeechHttp(const SpeechHttpOptions& options);

struct SpeechError {
  ErrorCategory category = ErrorCategory::kUnknown;
  std::string text;  // without secrets
};

class SpeechCall {
 public:
  // All are borrowed and outlive the call. `path` follows the base URL; sent by the first Next.
  SpeechCall(EventLoop& loop, HttpClient& http, const SpeechHttpOptions& options, std::string path,
             std::string content_type, std::string body);
  SpeechCall(const SpeechCall&) = delete;
  SpeechCall& operator=(const SpeechCall&) = delete;

  // A piece of the answer's body, or why there are no more: its end (monostate) or an error.
  using Piece = std::variant<std::monostate, std::string, SpeechError>;
  Task<Piece> Next();

 private:
  struct Failure {
    SpeechError error;
    bool retry = false;
    std::optional<Nanos> wait;  // as the server wishes
  };
  struct End {};
  using Arrival = std::variant<std::string, Failure, End>;

  void Send();
  void OnData(std::string_view bytes);
  void OnDone(const Status& status);
  void Arrive(Arrival arrival);
  bool refused() const { return head_ && (head_->status < 200 || head_->status > 299); }
  Failure Broken(ErrorCategory category, std::string text, bool retry) const;
  std::optional<Nanos> RetryIn(const Failure& failure);

  EventLoop& loop_;
  HttpClient& http_;
  const SpeechHttpOptions& options_;
  const std::string path_;
  const std::string content_type_;
  const std::string body_;
  Mailbox<Arrival> arrivals_;
  std::unique_ptr<HttpCall> call_;
  std::optional<HttpResponse> head_;
  bool over_ = false;  // nothing more is taken of this attempt
  bool answered_ = false;
  int retries_ = 0;
};

}  // namespace repartee::openai
