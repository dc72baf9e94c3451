#include "repartee/net/proxy.h"

#include <algorithm>
#include <cstdlib>

#include "repartee/base/encoding.h"
#include "repartee/net/http.h"

namespace repartee {
namespace {

std::string Environment(const char* lower, const char* upper) {
  for (const char* const name : {lower, upper}) {
    const char* const value = std::getenv(name);
    if (value != nullptr && *value != '\0') return value;
  }
  return {};
}

std::string_view Trimmed(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  return text;
}

// One entry of NO_PROXY.
bool Names(std::string_view entry, std::string_view host, int port) {
  if (entry == "*") return true;
  // One colon is a port's; several make an IPv6 address.
  const std::size_t colon = entry.find(':');
  if (colon != std::string_view::npos && entry.rfind(':') == colon) {
    if (entry.substr(colon + 1) != std::to_string(port)) return false;
    entry = entry.substr(0, colon);
  }
  if (entry.starts_with('.')) entry.remove_prefix(1);
  if (entry.empty() || entry.size() > host.size()) return false;
  if (!EqualsIgnoringCase(host.substr(host.size() - entry.size()), entry)) return false;
  return host.size() == entry.size() || host[host.size() - entry.size() - 1] == '.';
}

bool IsExempt(std::string_view host, int port) {
  const std::string list = Environment("no_proxy", "NO_PROXY");
  std::string_view rest = list;
  while (!rest.empty()) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    if (Names(Trimmed(rest.substr(0, comma)), host, port)) return true;
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  return false;
}

std::string Authority(std::string_view host, int port) {
  const bool ipv6 = host.find(':') != std::string_view::npos;
  return (ipv6 ? "[" + std::string(host) + "]" : std::string(host)) + ":" + std::to_string(port);
}

}  // namespace

Result<std::optional<Proxy>> ProxyFor(std::string_view host, int port) {
  std::string given = Environment("https_proxy", "HTTPS_PROXY");
  if (given.empty() || IsExempt(host, port)) return std::optional<Proxy>();
  if (given.find("://") == std::string::npos) given = "http://" + given;
  const Result<Url> url = ParseUrl(given);
  if (!url.ok()) return Status(url.status()).Annotate("HTTPS_PROXY");
  if (url->scheme != "http") {
    return Status::InvalidArgument("HTTPS_PROXY: the proxy itself is to be http://, not {}://", url->scheme);
  }
  Proxy proxy;
  proxy.host = url->host;
  proxy.port = url->port;
  if (!url->user_info.empty()) proxy.authorization = "Basic " + Base64Encode(PercentDecode(url->user_info));
  return std::optional<Proxy>(std::move(proxy));
}

std::string ConnectRequest(const Proxy& proxy, std::string_view host, int port) {
  const std::string target = Authority(host, port);
  std::string request = "CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\nUser-Agent: repartee\r\n";
  if (!proxy.authorization.empty()) request += "Proxy-Authorization: " + proxy.authorization + "\r\n";
  return request + "\r\n";
}

Status CheckConnectAnswer(std::string_view head) {
  const std::string_view line = head.substr(0, head.find('\r'));
  const bool http = line.starts_with("HTTP/1.1 ") || line.starts_with("HTTP/1.0 ");
  if (!http || line.size() < 12) return Status::Unavailable("the proxy's answer is no HTTP");
  if (line[9] == '2') return OkStatus();
  if (line.substr(9, 3) == "407") {
    return Status::Unavailable("the proxy wants other credentials (407); put them into HTTPS_PROXY");
  }
  return Status::Unavailable("the proxy refused the connection: {}", line.substr(9, 100));
}

}  // namespace repartee
