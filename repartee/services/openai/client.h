// ChatStream: one streamed chat completion over HTTP.
//
// A request that is refused for the moment (408, 409, 429, 5xx, no connection), or is not
// answered in time, is sent again before anything of an answer has come, and only
// then. Destroying the stream closes the connection: that is how an answer is cut.
//
// Limits: ChatOptions; 4,096 chunks wait; 16 malformed ones are skipped. Thread: the loop's.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "repartee/base/mailbox.h"
#include "repartee/base/task.h"
#include "repartee/frames/lifecycle_frames.h"
#include "repartee/net/http_client.h"
#include "repartee/net/sse.h"
#include "repartee/services/openai/protocol.h"

namespace repartee::openai {

struct ChatOptions {
  std::string base_url = "https://api.openai.com/v1";
  std::string api_key;  // empty: no Authorization header
  std::string organization;
  std::string project;
  HttpHeaders default_headers;  // with each request; ours win
  // Azure's older form, when not empty ("2024-10-21"): base_url is the resource's address, the model the name
  // of the deployment, and the key goes into "api-key". Its newer form (.../openai/v1) needs none of this.
  std::string azure_api_version;
  int max_retries = 2;
  Nanos max_retry_wait = std::chrono::seconds(30);       // a server that asks for more is not asked again
  Nanos first_chunk_timeout = std::chrono::seconds(10);  // one retry after it
  Nanos stall_timeout = std::chrono::seconds(10);        // between chunks
  std::chrono::milliseconds total_timeout = std::chrono::minutes(10);
};

// Where the requests of these options go; `model` counts for Azure alone.
std::string CompletionsUrl(const ChatOptions& options, const std::string& model);

struct ChatError {
  ErrorCategory category = ErrorCategory::kUnknown;
  std::string text;  // without secrets
  bool timed_out = false;
};

class ChatStream {
 public:
  // All but the texts are borrowed and outlive the stream. `body` as RequestBody gives it; sent to `url` by
  // the first Next.
  ChatStream(EventLoop& loop, HttpClient& http, const ChatOptions& options, std::string url,
             std::string body);
  ChatStream(const ChatStream&) = delete;
  ChatStream& operator=(const ChatStream&) = delete;

  // A chunk, or why there are no more: the answer's end (monostate) or an error.
  using Event = std::variant<std::monostate, Chunk, ChatError>;
  Task<Event> Next();
  // The answer ended without "[DONE]": a part of it may be missing.
  bool unmarked_end() const { return unmarked_end_; }

 private:
  // What a failed attempt means; `wait`: as the server wishes.
  struct Failure {
    ChatError error;
    bool retry = false;
    std::optional<Nanos> wait;
  };
  struct End {};
  using Arrival = std::variant<Chunk, Failure, End>;

  void Send();
  void OnHead(HttpResponse head);
  void OnData(std::string_view bytes);
  void OnEvent(const SseEvent& event);
  void OnDone(const Status& status);
  void Arrive(Arrival arrival);
  Failure Refused() const;
  Failure TimedOut() const;
  Failure Broken(ErrorCategory category, std::string text, bool retry) const;
  std::optional<Nanos> RetryIn(const Failure& failure);

  EventLoop& loop_;
  HttpClient& http_;
  const ChatOptions& options_;
  const std::string url_;
  const std::string body_;
  Mailbox<Arrival> arrivals_;
  std::unique_ptr<HttpCall> call_;
  // Of the attempt under way.
  std::optional<HttpResponse> head_;
  std::optional<SseParser> parser_;
  bool over_ = false;  // nothing more is taken
  // Of all attempts.
  int retries_ = 0;
  bool answered_ = false;  // a chunk came
  bool unmarked_end_ = false;
  int malformed_ = 0;
};

}  // namespace repartee::openai
