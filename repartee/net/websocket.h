// WebSocket: one connection (RFC 6455), ours or a caller's, ws or wss; whole messages
// in and out.
//
// A client's comes from ConnectWebSocket, a server's from HttpServerOptions::on_websocket.
// Either then lives on one EventLoop: an accepted socket leaves the server's threads
// for the loop of its conversation. Every limit is in WebSocketOptions.
//
// Thread: the loop's, except where "any thread" is said. Time limits run on the loop's clock (see
// http_client.h about virtual time). Compression is never agreed to.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "repartee/base/event_loop.h"
#include "repartee/base/status.h"
#include "repartee/net/http_server.h"

namespace repartee {

enum class WebSocketKind : unsigned char {
  kText,
  kBinary
};

// Close codes that this room uses itself (RFC 6455 7.4.1); 3000 to 4999 are an application's.
enum WebSocketCode : std::uint16_t {
  kWebSocketNormal = 1000,
  kWebSocketGoingAway = 1001,
  kWebSocketProtocolError = 1002,
  kWebSocketNoCode = 1005,    // the peer's close said none; never sent
  kWebSocketAbnormal = 1006,  // the link broke without a close; never sent
  kWebSocketBadPayload = 1007,
  kWebSocketPolicy = 1008,
  kWebSocketTooBig = 1009,
  kWebSocketInternal = 1011,
};

struct WebSocketOptions {
  std::chrono::milliseconds connect_timeout{5000};  // name look-up, TCP, TLS and upgrade together; 0: none
  std::size_t max_message_bytes = 16 << 20;         // a larger one in: closed with 1009
  std::size_t max_send_bytes = 4 << 20;             // waiting to go out: above, Send refuses
  std::chrono::milliseconds stall_timeout{
      5000};  // a peer that takes nothing for so long is cut off; 0: never
  std::chrono::milliseconds message_stall_timeout{
      10000};  // a peer that stops in the middle of a message for so long is cut off; 0: never
  std::chrono::milliseconds ping_interval{20000};  // of silence from the peer, then we ping; 0: never
  std::chrono::milliseconds pong_timeout{20000};   // still silence after a ping: cut off
  std::chrono::milliseconds close_timeout{2000};   // for the peer to answer our close
  // TLS of a client, as in HttpClientOptions.
  std::string ca_file;
  std::string client_certificate_file;
  std::string client_key_file;
};

// How a connection ended, or why there was none.
struct WebSocketClosed {
  // OK after a Close of ours that the peer answered, or the peer's own with 1000, 1001
  // or no code. Else Unavailable (no connection, refused upgrade, broken link, any other
  // code), DeadlineExceeded (a time limit), ResourceExhausted (1009, by us), Malformed
  // (1002 or 1007, by us), InvalidArgument (bad URL, header, certificate file) or
  // Cancelled (Close before it was open).
  Status status;
  std::uint16_t code = kWebSocketAbnormal;  // of the first close frame, ours or the peer's
  std::string reason;                       // its text, at most 123 bytes
  bool opened = false;                      // the upgrade had succeeded
  // Of a server that refused the upgrade; status 0 if none answered so.
  HttpResponse refusal = {.status = 0, .headers = {}, .body = {}};
};

// Each is called on the loop's thread, never from within a call of the WebSocket's
// own, and may destroy the WebSocket.
struct WebSocketHandler {
  // Once, before any message: a client's gets the server's 101 with its headers, a
  // server's our own. May be empty.
  UniqueFunction<void(const HttpResponse& upgrade)> on_open;
  // A whole message; text is valid UTF-8. The view ends with the call.
  UniqueFunction<void(WebSocketKind kind, std::string_view message)> on_message;
  // The last, once, whoever ended it; not after Abort or the destructor.
  UniqueFunction<void(const WebSocketClosed& closed)> on_closed;
};

class WebSocket {
 public:
  // As Abort.
  virtual ~WebSocket() = default;

  // Once: a client connects, a server answers 101 and both begin to read.
  virtual void Start(WebSocketHandler handler) = 0;

  // Puts a message behind those that wait; before the upgrade too. ResourceExhausted,
  // and nothing is taken, when more than max_send_bytes would wait (one message alone
  // is always taken): the caller decides what to leave out. FailedPrecondition after
  // Close or the end. Text must be UTF-8.
  virtual Status Send(WebSocketKind kind, std::string message) = 0;
  // Bytes of messages that the kernel has not taken yet.
  virtual std::size_t buffered_bytes() const = 0;

  // Of the next message a part has come, but not all.
  virtual bool message_under_way() const { return false; }

  // What waits goes out, then a close with this code and reason (cut to 123 bytes);
  // on_closed follows with the peer's answer or close_timeout later. Messages that come
  // meanwhile are dropped. Again, or after the end: nothing.
  virtual void Close(std::uint16_t code, std::string reason) = 0;
  // Cuts the link at once. Nothing is called any more.
  virtual void Abort() = 0;
  // Between on_open and the first Close or end.
  virtual bool open() const = 0;
};

struct WebSocketRequest {
  std::string url;  // ws or wss (http and https do too)
  HttpHeaders headers;
  std::vector<std::string> subprotocols;
};

// `loop` outlives the WebSocket. Every failure is told by on_closed. No redirects, no
// second try: both are the caller's.
[[nodiscard]] std::unique_ptr<WebSocket> ConnectWebSocket(EventLoop& loop, WebSocketRequest request,
                                                          WebSocketOptions options = {});

// What an accepted upgrade is answered with.
struct WebSocketAcceptance {
  WebSocketOptions options;
  std::string subprotocol;  // one that the client offered, or empty
  HttpHeaders headers;
};

// A request to become a WebSocket, in the hands of HttpServerOptions::on_websocket.
// Answer it once, from any thread; destroyed unanswered it is refused with 500.
class WebSocketUpgrade {
 public:
  explicit WebSocketUpgrade(std::shared_ptr<HttpResponder::Connection> connection);
  WebSocketUpgrade(WebSocketUpgrade&&) noexcept = default;
  WebSocketUpgrade& operator=(WebSocketUpgrade&&) = delete;
  ~WebSocketUpgrade();

  void Refuse(HttpResponse response);
  // Moves the socket to `loop`, which outlives the WebSocket, and calls `accepted`
  // there; Start then answers. The server counts the connection no longer and its Stop
  // does not end it: how many there are is the caller's to bound. A peer that is gone
  // is told by on_closed. When the loop stops before, the connection is closed.
  using Accepted = UniqueFunction<void(std::unique_ptr<WebSocket>)>;
  void Accept(EventLoop& loop, WebSocketAcceptance acceptance, Accepted accepted);

 private:
  std::shared_ptr<HttpResponder::Connection> connection_;  // shared with the pending socket operations
};

}  // namespace repartee
