// HttpClient: requests on a conversation's (or an exporter's) own loop, http and
// https, connections kept alive and reused, answers whole or streamed.
//
// A call is cancelled by destroying its handle: the connection is closed and
// nothing is called any more. Buffers belong to the connection object, never to
// the caller, so a destroyed coroutine leaves nothing behind in the kernel.
//
// Thread: the loop's. Time limits run on the loop's clock: whoever waits for a real
// server in virtual time takes an EventLoop::Hold, else the clock jumps to the limit.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "repartee/base/event_loop.h"
#include "repartee/base/status.h"
#include "repartee/net/http.h"

namespace repartee {

struct HttpClientOptions {
  std::chrono::milliseconds connect_timeout{5000};  // name look-up, TCP and TLS together; 0: none
  std::chrono::seconds keep_alive{60};              // an idle connection is closed after that
  int max_idle_connections = 4;                     // a host
  std::size_t max_response_bytes = 64 << 20;        // of a whole (not streamed) answer
  // TLS. Who is trusted: this file's certificates alone, or if empty the system's
  // (SSL_CERT_FILE and SSL_CERT_DIR are honoured).
  std::string ca_file;
  std::string client_certificate_file;
  std::string client_key_file;
};

struct HttpCallOptions {
  std::chrono::milliseconds timeout{10000};    // the whole call; 0: none
  std::chrono::milliseconds stall_timeout{0};  // longest silence within a streamed answer; 0: none
  // How long a connection that was used before may stay silent until the answer's header: a firewall that
  // forgot it tells neither side. 0: as long as the whole call.
  std::chrono::milliseconds kept_timeout{0};
  bool may_reuse = true;  // else on a new connection
};

// One request under way. Destroying it cancels.
class HttpCall {
 public:
  virtual ~HttpCall() = default;
};

class HttpClient {
 public:
  // `loop` outlives the client and its calls.
  explicit HttpClient(EventLoop& loop, HttpClientOptions options = {});
  // Closes idle connections; a call under way goes on.
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // `request.target` is a whole URL. `done` is called once, on a later turn of the
  // loop, with the answer (any status code) or Unavailable (refused, reset, name
  // not found, certificate not trusted), DeadlineExceeded, ResourceExhausted (answer
  // too large), Malformed (no HTTP) or InvalidArgument (bad URL, header or
  // certificate file). `done` may destroy the call and the client. Redirects are not
  // followed. A kept connection that turns out dead before any byte of the answer is
  // replaced once. The calls under way at one time are the caller's to bound.
  using Done = UniqueFunction<void(Result<HttpResponse>)>;
  [[nodiscard]] std::unique_ptr<HttpCall> Fetch(HttpRequest request, HttpCallOptions options, Done done);

  // The body arrives in pieces through `on_data` as it comes; `on_headers` first, with
  // an empty body. `done` closes it: OK after the last byte. An answer that is not
  // 2xx is still delivered through on_headers and on_data. Each may destroy the call.
  struct StreamHandler {
    UniqueFunction<void(HttpResponse)> on_headers;
    UniqueFunction<void(std::string_view)> on_data;
    UniqueFunction<void(Status)> done;
  };
  [[nodiscard]] std::unique_ptr<HttpCall> Stream(HttpRequest request, HttpCallOptions options,
                                                 StreamHandler handler);

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;  // shared with the calls under way
};

// For commands and set-up: one request, on a loop of its own, waiting for the answer.
Result<HttpResponse> FetchBlocking(HttpRequest request, HttpCallOptions options = {},
                                   HttpClientOptions client = {});

}  // namespace repartee
