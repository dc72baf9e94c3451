#include "repartee/server/ui/server_facts.h"

namespace repartee::server {

std::string AtPort(const HttpRequest& request, int port) {
  if (port == 0) return {};
  const std::string_view host = request.headers.Get("host");
  const std::string_view name =
      host.starts_with('[') ? host.substr(0, host.find(']') + 1) : host.substr(0, host.find(':'));
  return "http://" + std::string(name) + ":" + std::to_string(port);
}

std::string AgentOrigin(const HttpRequest& request, const ServerFacts& facts) {
  return facts.agent_url.empty() ? AtPort(request, facts.agent_port) : facts.agent_url;
}

Result<std::string> OriginOfAgent(std::string_view url) {
  const Result<Url> parsed = ParseUrl(url);
  if (!parsed.ok()) return parsed.status();
  const bool is_plain = parsed->scheme == "http" || parsed->scheme == "ws";
  if (!is_plain && !parsed->secure()) {
    return Status::InvalidArgument("{}: give http, https, ws or wss", parsed->scheme);
  }
  // It becomes part of the pages' security policy.
  const std::string authority = parsed->Authority();
  if (authority.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-_:[]") != std::string::npos) {
    return Status::InvalidArgument("the host has a character that no host has");
  }
  return (is_plain ? "http://" : "https://") + authority;
}

}  // namespace repartee::server
