// What a request to become a WebSocket must say, and the socket that changes hands
// when it may. Internal to net/. Thread: any, being values.
#pragma once

#include <utility>

#include "repartee/net/http.h"

namespace repartee {

// Asks to become a WebSocket, rightly or not.
bool IsWebSocketUpgrade(const HttpRequest& request);
// What is wrong with such a request, as an answer to it; status 101 if nothing is.
HttpResponse CheckWebSocketUpgrade(const HttpRequest& request);

// A TCP socket that belongs to whoever holds this; closed if nobody takes it.
class SocketHolder {
 public:
  SocketHolder(int native_socket, bool ipv6) : native_(native_socket), ipv6_(ipv6) {}
  SocketHolder(SocketHolder&& other) noexcept
      : native_(std::exchange(other.native_, -1)), ipv6_(other.ipv6_) {}
  SocketHolder& operator=(SocketHolder&&) = delete;
  ~SocketHolder();

  // -1 if there was none, or it was taken.
  int Take() { return std::exchange(native_, -1); }
  bool ipv6() const { return ipv6_; }

 private:
  int native_;
  bool ipv6_;
};

}  // namespace repartee
