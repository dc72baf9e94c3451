#include "repartee/net/reach.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "repartee/net/name_lookup.h"
#include "repartee/net/proxy.h"
#include "repartee/net/transport.h"

namespace repartee {
namespace {

// The addresses as numbers, each once.
Status LookUp(const std::string& host, int port, std::vector<std::string>& addresses) {
  const Result<NameLookup::Endpoints> found = LookUpBlocking(host, port);
  if (!found.ok()) return found.status();
  for (const auto& endpoint : *found) {
    std::string text = endpoint.address().to_string();
    if (std::find(addresses.begin(), addresses.end(), text) == addresses.end())
      addresses.push_back(std::move(text));
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
  reach.name = LookUp(host, port, reach.addresses);
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
