// The proxy by which a secure connection leaves, as HTTPS_PROXY and NO_PROXY say: tunnelled
// with CONNECT, so that the proxy sees a host's name and nothing else.
//
// Internal to net/. Thread: any; reads the environment.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "repartee/base/status.h"

namespace repartee {

struct Proxy {
  std::string host;
  int port = 0;
  std::string authorization;  // "Basic ..."; empty without credentials
};

// None if HTTPS_PROXY (or https_proxy, which comes first) is empty, or NO_PROXY (no_proxy) names the host: a
// list of hosts ("example.com" and ".example.com" hold for what is below them too), host:port, addresses, or
// "*". InvalidArgument for a proxy that is no http URL; its text shows no credentials.
Result<std::optional<Proxy>> ProxyFor(std::string_view host, int port);

// The request for a tunnel, and what its answer means: Unavailable unless it is 2xx.
std::string ConnectRequest(const Proxy& proxy, std::string_view host, int port);
Status CheckConnectAnswer(std::string_view head);

}  // namespace repartee
