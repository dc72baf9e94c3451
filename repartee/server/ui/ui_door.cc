#include "repartee/server/ui/ui_door.h"

#include <openssl/crypto.h>

#include <algorithm>

#include "repartee/base/encoding.h"
#include "repartee/base/random.h"
#include "repartee/server/auth/host_check.h"
#include "repartee/server/ui/ui_call.h"

namespace repartee::server {
namespace {

constexpr std::size_t kCsrfBytes = 32;

bool IsSame(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string_view Trim(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  return text;
}

}  // namespace

std::string_view SessionTokenOf(const HttpRequest& request) {
  std::string_view left = request.headers.Get("cookie");
  while (!left.empty()) {
    const std::string_view pair = Trim(left.substr(0, left.find(';')));
    left.remove_prefix(std::min(left.size(), left.find(';') == left.npos ? left.size() : left.find(';') + 1));
    const std::size_t equals = pair.find('=');
    if (equals != pair.npos && pair.substr(0, equals) == kSessionCookie) return pair.substr(equals + 1);
  }
  return {};
}

UiDoor::UiDoor(const KeyStore& keys, const UserStore& users, UiDoorOptions options)
    : keys_(keys),
      users_(users),
      options_(std::move(options)),
      home_csrf_token_(HexEncode(SecureRandomBytes(kCsrfBytes))) {}

Result<UiAccess> UiDoor::Enter(const HttpRequest& request) const {
  if (request.headers.Has("authorization")) {
    Result<Project> project = keys_.Authenticate(request.headers.Get("authorization"));
    if (!project.ok()) return std::move(project).status();
    UiAccess access;
    access.project = *std::move(project);
    access.by_key = true;
    return access;
  }
  if (Status status = CheckHost(request.headers, options_.public_urls); !status.ok()) return status;
  return needs_sign_in() ? EnterAsUser(request) : EnterAtHome(request);
}

Result<UiAccess> UiDoor::EnterAsUser(const HttpRequest& request) const {
  std::optional<UserSession> session = users_.FindSession(SessionTokenOf(request));
  if (!session) return Status::Unauthenticated("the dashboard needs a sign-in");
  UiAccess access;
  access.user = std::move(session->user);
  access.csrf_token = std::move(session->csrf_token);
  const std::string id = request.QueryParameter("project");
  for (Project& project : ProjectsOf(access)) {
    if (!id.empty() && project.id != id) continue;
    access.role = access.user->roles.at(project.organisation_id);
    access.project = std::move(project);
    return access;
  }
  // A project of others is as unknown as one that does not exist.
  if (!id.empty()) return Status::NotFound("there is no project {}", id.substr(0, 100));
  return Status::PermissionDenied("{} is a member of no organization with a project", access.user->email);
}

Result<UiAccess> UiDoor::EnterAtHome(const HttpRequest& request) const {
  if (!request.from_loopback)
    return Status::Unauthenticated("the dashboard is open without a sign-in on this machine alone");
  UiAccess access;
  access.role = Role::kOwner;
  access.csrf_token = home_csrf_token_;
  const std::string id = request.QueryParameter("project");
  std::optional<Project> project = id.empty() ? keys_.first_project() : keys_.ProjectById(id);
  if (!project) return Status::NotFound("there is no project {}", id.substr(0, 100));
  access.project = *std::move(project);
  return access;
}

HttpResponse UiDoor::Refuse(const HttpRequest& request, const Status& status) const {
  if (status.code() != StatusCode::kUnauthenticated) return UiError(status);
  if (request.headers.Has("authorization")) return UiError(401, status.message(), "send a project's keys");
  if (!users_.has_users()) {
    return UiError(401, status.message(),
                   "make the first user on the server's machine: repartee users add --email you@example.com",
                   "first_user");
  }
  return UiError(401, status.message(), "sign in, or send a project's keys as Basic authorization",
                 "sign_in");
}

std::optional<HttpResponse> UiDoor::RefuseBody(const HttpRequest& request) const {
  if (Status status = CheckHost(request.headers, options_.public_urls); !status.ok()) return UiError(status);
  // A form of another page can send no such body without asking first.
  const std::string_view type = request.headers.Get("content-type");
  if (!request.body.empty() && !EqualsIgnoringCase(type.substr(0, type.find(';')), "application/json"))
    return UiError(415, "the body must be JSON", "send Content-Type: application/json");
  return std::nullopt;
}

std::optional<HttpResponse> UiDoor::RefuseChange(const HttpRequest& request, const UiAccess& access,
                                                 Role least) const {
  if (access.by_key) {
    if (least == Role::kViewer) return std::nullopt;
    return UiError(403, "a project's keys change no settings", "sign in, or use the repartee command");
  }
  if (std::optional<HttpResponse> refusal = RefuseBody(request)) return refusal;
  if (!IsSame(request.headers.Get(kCsrfHeader), access.csrf_token)) {
    return UiError(403, std::string(kCsrfHeader) + " is missing or of another session",
                   "send the csrf_token of GET /api/ui/session", "csrf");
  }
  if (access.role >= least) return std::nullopt;
  return UiError(403, std::string(RoleName(access.role)) + " may not do this",
                 "ask an owner for the role " + std::string(RoleName(least)), "role");
}

std::vector<Project> UiDoor::ProjectsOf(const UiAccess& access) const {
  if (access.by_key) return {access.project};
  std::vector<Project> projects = keys_.projects();
  std::erase_if(projects, [&access](const Project& project) {
    return access.user && !access.user->roles.contains(project.organisation_id);
  });
  return projects;
}

std::string UiDoor::OwnUrl(const HttpRequest& request) const {
  const std::string_view host = request.headers.Get("host");
  for (const std::string& text : options_.public_urls) {
    const Result<Url> url = ParseUrl(text);
    if (url.ok() && url->Authority() == host) return url->scheme + "://" + url->Authority();
  }
  return "http://" + std::string(host);
}

}  // namespace repartee::server
