// VendorServer: a listener on loopback on the conversation's own loop, for scripted
// vendors: HTTP requests and, after an upgrade, WebSocket messages, without network
// delay and in the loop's virtual time. It serves one well-behaved client of ours, so
// what it does not understand ends the connection.
//
// Limit: 64 MiB of one request or message. Thread: the loop's.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "repartee/base/event_loop.h"

namespace repartee::scenario {

// One connection, seen from the vendor.
class VendorSocket {
 public:
  virtual ~VendorSocket() = default;
  // Bytes of an HTTP answer, as they are.
  virtual void SendHttp(std::string_view bytes) = 0;
  // A text message.
  virtual void SendText(std::string_view text) = 0;
  // A close frame, then the end.
  virtual void CloseWebSocket() = 0;
};

// What a vendor does on one connection. Destroyed when the client is gone.
class VendorSession {
 public:
  virtual ~VendorSession() = default;
  virtual void OnRequest(std::string_view /*target*/, std::string_view /*body*/) {}
  virtual void OnText(std::string_view /*text*/) {}
};

class VendorServer {
 public:
  // `socket` lives as long as the session.
  using MakeSession = std::function<std::unique_ptr<VendorSession>(VendorSocket& socket)>;

  // `loop` outlives the server.
  VendorServer(EventLoop& loop, MakeSession make_session);
  // Closes all connections.
  ~VendorServer();
  VendorServer(const VendorServer&) = delete;
  VendorServer& operator=(const VendorServer&) = delete;

  int port() const;

 private:
  class Connection;
  class Impl;
  std::shared_ptr<Impl> impl_;  // shared with the pending accept
};

}  // namespace repartee::scenario
