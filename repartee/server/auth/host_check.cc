#include "repartee/server/auth/host_check.h"

#include <algorithm>

namespace repartee::server {
namespace {

std::string_view WithoutPort(std::string_view host) {
  if (host.starts_with('[')) return host.substr(0, host.find(']') + 1);
  return host.substr(0, host.find(':'));
}

// scheme://host[:port] of a URL.
std::string_view OriginOf(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return url;
  return url.substr(0, url.find('/', scheme + 3));
}

std::string_view HostOf(std::string_view origin) {
  const std::size_t scheme = origin.find("://");
  return scheme == std::string_view::npos ? origin : origin.substr(scheme + 3);
}

bool IsOurs(std::string_view host, const std::vector<std::string>& public_urls) {
  if (IsLoopbackHost(host)) return true;
  return std::any_of(public_urls.begin(), public_urls.end(),
                     [host](const std::string& url) { return HostOf(OriginOf(url)) == host; });
}

bool IsDottedLoopback(std::string_view host) {
  if (!host.starts_with("127.")) return false;
  return std::all_of(host.begin(), host.end(), [](char c) { return c == '.' || (c >= '0' && c <= '9'); });
}

}  // namespace

bool IsLoopbackHost(std::string_view host_and_port) {
  const std::string_view host = WithoutPort(host_and_port);
  return host == "localhost" || host == "[::1]" || IsDottedLoopback(host);
}

Status CheckHost(const HttpHeaders& headers, const std::vector<std::string>& public_urls) {
  const std::string_view host = headers.Get("host");
  if (!IsOurs(host, public_urls)) {
    return Status::PermissionDenied("Host {} is not this server: give --public-url, or send a key",
                                    host.substr(0, 100));
  }
  if (!headers.Has("origin")) return OkStatus();
  const std::string_view origin = headers.Get("origin");
  if (!IsOurs(HostOf(origin), public_urls)) {
    return Status::PermissionDenied("Origin {} is not this server: give --public-url, or send a key",
                                    origin.substr(0, 100));
  }
  return OkStatus();
}

}  // namespace repartee::server
