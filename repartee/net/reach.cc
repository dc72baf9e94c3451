#include "repartee/net/reach.h"

#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "repartee/net/proxy.h"
#include "repartee/net/transport.h"

namespace repartee {
namespace {

struct FreeAddresses {
  void operator()(addrinfo* list) const { freeaddrinfo(list); }
};

// The addresses as numbers, each once.
Status LookUp(const std::string& host, std::vector<std::string>& addresses) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int error = getaddrinfo(host.c_str(), nullptr, &hints, &found); error != 0)
    return Status::Unavailable("name not found: {}", gai_strerror(error));
  const std::unique_ptr<addrinfo, FreeAddresses> list(found);
  for (const addrinfo* at = found; at != nullptr; at = at->ai_next) {
    char text[NI_MAXHOST] = "";
    if (getnameinfo(at->ai_addr, at->ai_addrlen, text, sizeof text, nullptr, 0, NI_NUMERICHOST) != 0)
      continue;
    if (std::find(addresses.begin(), addresses.end(), text) == addresses.end()) addresses.emplace_back(text);
  }
  return OkStatus();
}

// One connection, closed at once.
Status Connect(const std::string& host, int port, std::shared_ptr<TlsContext> tls,
               std::chrono::milliseconds limit) {
  EventLoop loop;
  std::optional<Status> outcome;
  const auto transport = std::make_unique<Transport>(loop, std::move(tls));
  transport->Connect(host, port, [&outcome](Status status) { outcome = std::move(status); });
  if (!loop.RunUntil([&outcome] { return outcome.has_value(); }, limit)) {
    transport->Close();
    // What is under way still calls back.
    loop.RunUntil([&outcome] { return outcome.has_value(); }, limit);
    return Status::DeadlineExceeded("no answer within {} ms", limit.count());
  }
  transport->Close();
  return *std::move(outcome);
}

}  // namespace

Result<Reach> TryToReach(const std::string& url, std::chrono::milliseconds limit,
                         const HttpClientOptions& options) {
  const Result<Url> parsed = ParseUrl(url);
  if (!parsed.ok()) return parsed.status();
  std::optional<Proxy> proxy;
  if (parsed->secure()) {
    Result<std::optional<Proxy>> found = ProxyFor(parsed->host, parsed->port);
    if (!found.ok()) return std::move(found).status();
    proxy = *std::move(found);
  }
  const std::string host = proxy ? proxy->host : parsed->host;
  const int port = proxy ? proxy->port : parsed->port;
  Reach reach;
  if (proxy) reach.proxy = fmt::format("{}:{}", host, port);
  reach.name = LookUp(host, reach.addresses);
  if (!reach.name->ok()) return reach;
  reach.connection = Connect(host, port, nullptr, limit);
  if (!reach.connection->ok() || !parsed->secure()) return reach;
  Result<std::shared_ptr<TlsContext>> tls =
      MakeTlsClientContext({.ca = options.ca_file,
                            .certificate = options.client_certificate_file,
                            .key = options.client_key_file});
  reach.tls = tls.ok() ? Connect(parsed->host, parsed->port, *tls, limit) : tls.status();
  return reach;
}

}  // namespace repartee
