#include "repartee/server/ui/pages.h"

#include <algorithm>

#include "repartee/server/auth/host_check.h"
#include "repartee/server/ui/ui_call.h"

namespace repartee::server {
namespace {

constexpr std::string_view kIndex = "/index.html";

HttpResponse Redirect(const std::string& to) {
  HttpResponse response;
  response.status = 302;
  response.headers.Set("Location", to);
  response.headers.Set("Cache-Control", "no-store");
  return response;
}

// Where a link that Langfuse's SDKs make leads: /project/ID/traces/TRACE.
std::optional<std::string> OwnLink(std::string_view target) {
  const std::string_view path = target.substr(0, target.find('?'));
  constexpr std::string_view kProject = "/project/";
  constexpr std::string_view kTraces = "/traces/";
  if (!path.starts_with(kProject)) return std::nullopt;
  const std::string_view rest = path.substr(kProject.size());
  const std::string_view project = rest.substr(0, rest.find('/'));
  if (project.empty()) return std::nullopt;
  // Still escaped, so it cannot name another host.
  const std::string to = "/p/" + std::string(project) + "/conversations";
  const std::string_view page = rest.substr(project.size());
  if (page.empty() || page == "/") return to;
  if (!page.starts_with(kTraces) || page.size() == kTraces.size()) return std::nullopt;
  return to + "/" + std::string(page.substr(kTraces.size()));
}

// Adds sources to a directive that the policy has.
void Allow(std::string& policy, std::string_view directive, std::string_view sources) {
  const std::size_t at = policy.find(directive);
  if (at == std::string::npos) return;
  policy.insert(std::min(policy.find(';', at), policy.size()), sources);
}

// "/p/ID/talk".
bool IsTalk(std::string_view path) { return path.starts_with("/p/") && path.ends_with("/talk"); }

bool IsRouteOfThePage(std::string_view path) {
  return path == "/" || path == "/p" || path.starts_with("/p/") || path.starts_with("/trace/");
}

}  // namespace

HttpResponse Pages::Handle(const HttpRequest& request) const {
  HttpResponse response = Answer(request);
  response.headers.Set("X-Content-Type-Options", "nosniff");
  response.headers.Set("X-Frame-Options", "DENY");
  response.headers.Set("Referrer-Policy", "no-referrer");
  response.headers.Set("Permissions-Policy", "microphone=(self)");
  return response;
}

// The recorder's and the player's audio worklets come from their library as blobs.
void Pages::AllowTalk(const HttpRequest& request, HttpHeaders& headers) const {
  const std::string agent = find_agent_(request);
  if (agent.empty()) return;
  std::string policy(headers.Get("Content-Security-Policy"));
  // http becomes ws, https wss.
  Allow(policy, "connect-src", " " + agent + " ws" + agent.substr(4));
  if (IsTalk(request.path)) {
    Allow(policy, "script-src", " blob:");
    policy += "; worker-src 'self' blob:";
  }
  headers.Set("Content-Security-Policy", std::move(policy));
}

HttpResponse Pages::Answer(const HttpRequest& request) const {
  if (const Status host = CheckHost(request.headers, public_urls_); !host.ok()) return UiError(host);
  if (request.method != "GET" && request.method != "HEAD") return UiError(405, "Method not allowed");
  if (const std::optional<std::string> to = OwnLink(request.target)) return Redirect(*to);
  const bool is_route = IsRouteOfThePage(request.path);
  if (std::optional<HttpResponse> file = serve_(request, is_route ? kIndex : request.path)) {
    if (is_route) AllowTalk(request, file->headers);
    return *std::move(file);
  }
  if (is_route) {
    return UiError(404, "this program was built without the dashboard",
                   "build with -DREPARTEE_WEB=ON, or use repartee trace");
  }
  return UiError(404, "No such page: " + request.path);
}

}  // namespace repartee::server
