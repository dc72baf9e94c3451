// TryToReach: how far the way to a server goes: its name, a connection, TLS. For people who
// look for a fault, and so by the steps that a request takes, one after the other.
//
// Thread: any; the call waits.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "repartee/base/status.h"
#include "repartee/net/http_client.h"

namespace repartee {

// The steps in their order. One that was not come to, or that this URL does not have, is left out.
struct Reach {
  std::string proxy{};                   // "host:port" of HTTPS_PROXY if the way goes by it
  std::vector<std::string> addresses{};  // of the server's name, or the proxy's
  std::optional<Status> name{};
  std::optional<Status> connection{};
  std::optional<Status> tls{};
};

// `limit` is for each step but the name's, for which the system's own limits hold. Of `options` the
// certificates count. InvalidArgument when `url` is none.
Result<Reach> TryToReach(const std::string& url, std::chrono::milliseconds limit,
                         const HttpClientOptions& options = {});

}  // namespace repartee
