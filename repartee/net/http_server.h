// HttpServer: HTTP/1.1 in, a handler's answer out. Knows no route: what a request
// means is the handler's business.
//
// A handler is called on one of the server's threads with the whole body and may
// answer later, from any thread, through its responder; the connection waits. A
// server-sent-event answer stays open and is fed piece by piece.
//
// Limits: HttpServerOptions. Over one: 413, 431, 408 or the connection is refused
// with 503; never a crash, never a wait without end.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "repartee/base/status.h"
#include "repartee/net/http.h"

namespace repartee {

class WebSocketUpgrade;  // websocket.h

struct HttpServerOptions {
  std::string host = "127.0.0.1";
  int port = 0;  // 0 takes a free one
  int threads = 1;
  std::size_t max_body_bytes = 1 << 20;
  // Larger or smaller for some routes; called with method and path before the body is read.
  std::function<std::size_t(std::string_view method, std::string_view path)> body_limit;
  // Told how much of a body has arrived that takes more than one read. On the connection's thread: it notes
  // and goes.
  std::function<void(std::string_view method, std::string_view path, std::size_t received)> on_body;
  std::size_t max_header_bytes = 64 << 10;
  int max_connections = 1024;
  std::chrono::milliseconds idle_timeout{75000};  // between requests of one connection
  // From the first byte of a request to its last. What comes steadily may take longer: a second
  // for each `min_request_rate` bytes that have come, up to `longest_request` in all.
  std::chrono::milliseconds request_timeout{30000};
  std::size_t min_request_rate = 8 << 10;
  std::chrono::milliseconds longest_request{600000};
  std::chrono::milliseconds write_timeout{
      30000};  // a peer that takes nothing of its answer for so long is dropped
  // Gets each well-formed upgrade to a WebSocket, called as the HttpHandler is; who may
  // have one (Host, Origin, number) is its business. Empty: upgrades are plain requests.
  std::function<void(HttpRequest request, WebSocketUpgrade upgrade)> on_websocket;
};

// A stream that stays open after its headers. Any thread. Destroying it closes it.
class HttpStream {
 public:
  virtual ~HttpStream() = default;
  // False when the peer is gone, when the server stops, or when the peer is so slow
  // that more than 1 MiB waits for it: then the connection is closed.
  virtual bool Write(std::string_view bytes) = 0;
  virtual bool open() const = 0;
  // The end of the answer; what was written before still goes out.
  virtual void Close() = 0;
};

// Answers one request, once; from any thread. Destroyed unanswered it answers 500.
class HttpResponder {
 public:
  class Connection;
  explicit HttpResponder(std::shared_ptr<Connection> connection);
  HttpResponder(HttpResponder&&) noexcept = default;
  // Swaps, so that neither request is forgotten.
  HttpResponder& operator=(HttpResponder&& other) noexcept {
    connection_.swap(other.connection_);
    return *this;
  }
  ~HttpResponder();

  // Content-Length, Transfer-Encoding, Connection and Date are the server's: fields of
  // those names are left out. An answer to a peer that is gone is dropped.
  void Send(HttpResponse response);
  // Chunked; `headers` without length. The stream may outlive the responder.
  std::shared_ptr<HttpStream> StartStream(int status, HttpHeaders headers);

 private:
  std::shared_ptr<Connection> connection_;  // shared with the pending socket operations
};

// Called on several threads at once if there are several. One that waits holds up the
// other connections of its thread.
using HttpHandler = std::function<void(HttpRequest, HttpResponder)>;

class HttpServer {
 public:
  // AlreadyExists when the port is taken, with its number in the text; InvalidArgument for a bad host.
  static Result<std::unique_ptr<HttpServer>> Listen(HttpServerOptions options, HttpHandler handler);
  virtual ~HttpServer() = default;

  virtual int port() const = 0;
  // Takes no more connections, ends open streams, lets requests in hand finish for at
  // most `grace`, then closes all and joins its threads. Not on one of those threads.
  // The destructor stops without grace.
  virtual void Stop(std::chrono::milliseconds grace) = 0;
};

}  // namespace repartee
