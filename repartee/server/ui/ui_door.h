// UiDoor: who comes to the dashboard's API, and what they may.
//
// A request with a project's keys sees that project. One without is a person: signed in
// with a cookie, or, while the server listens on loopback and no user was made, whoever
// sits at this machine. Such a request counts only if its Host and Origin are ours, and
// may change something only with the session's CSRF token: else any web page could.
//
// Thread: any.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "repartee/net/http.h"
#include "repartee/server/auth/key_store.h"
#include "repartee/server/auth/user_store.h"

namespace repartee::server {

inline constexpr char kSessionCookie[] = "repartee_session";
inline constexpr char kCsrfHeader[] = "X-CSRF-Token";

struct UiAccess {
  Project project;
  Role role = Role::kViewer;  // in the project's organisation
  bool by_key = false;
  std::optional<User> user;  // nothing: keys, or at home without users
  std::string csrf_token;    // empty for keys, which need none
};

struct UiDoorOptions {
  std::vector<std::string> public_urls;
  bool listens_on_loopback = true;
};

class UiDoor {
 public:
  // Both are borrowed and outlive this.
  UiDoor(const KeyStore& keys, const UserStore& users, UiDoorOptions options);

  // The project is that of the keys, else the one that the parameter `project` names or
  // the first that this person may see. Unauthenticated, PermissionDenied or NotFound say
  // why not.
  Result<UiAccess> Enter(const HttpRequest& request) const;
  // As Enter's answer to the client: a 401 says what the page has to do.
  HttpResponse Refuse(const HttpRequest& request, const Status& status) const;
  // Nothing if the request may change what a `least` may change.
  std::optional<HttpResponse> RefuseChange(const HttpRequest& request, const UiAccess& access,
                                           Role least) const;
  // Host, Origin and kind of body of a request that changes something.
  std::optional<HttpResponse> RefuseBody(const HttpRequest& request) const;

  // Those that this person or key may see, oldest first.
  std::vector<Project> ProjectsOf(const UiAccess& access) const;
  // Whether who is at this machine needs to sign in.
  bool needs_sign_in() const { return !options_.listens_on_loopback || users_.has_users(); }
  // As the browser reached us: over a public URL, which may be https, or plainly.
  std::string OwnUrl(const HttpRequest& request) const;

 private:
  Result<UiAccess> EnterAsUser(const HttpRequest& request) const;
  Result<UiAccess> EnterAtHome(const HttpRequest& request) const;

  const KeyStore& keys_;
  const UserStore& users_;
  const UiDoorOptions options_;
  const std::string home_csrf_token_;  // of this process
};

// The session's token in the Cookie field; empty if there is none.
std::string_view SessionTokenOf(const HttpRequest& request);

}  // namespace repartee::server
