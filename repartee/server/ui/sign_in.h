// SignIn: how a person gets the dashboard's cookie and gives it back.
//
//   POST   /api/ui/session {"email", "password"}  -> the session, and the cookie
//   DELETE /api/ui/session                        -> {}, and the cookie gone
//
// Passwords are checked on the store's reader threads, at most kMaxChecks at a time;
// beyond, 503. Who fails ten times within a quarter of an hour waits (429), counted by
// account and by address.
// Thread: any.
#pragma once

#include <atomic>
#include <string>

#include "repartee/base/json.h"
#include "repartee/base/unique_function.h"
#include "repartee/net/http.h"
#include "repartee/server/auth/attempt_limit.h"
#include "repartee/server/auth/user_store.h"
#include "repartee/server/store/store.h"
#include "repartee/server/ui/ui_door.h"

namespace repartee::server {

class SignIn {
 public:
  using Answer = UniqueFunction<void(HttpResponse)>;
  static constexpr int kMaxChecks = 4;

  // All are borrowed and outlive this and every request under way.
  SignIn(Store& store, UserStore& users, const UiDoor& door, const Clock& clock)
      : store_(store), users_(users), door_(door), limit_(clock) {}

  void Enter(HttpRequest request, Answer answer);
  void Leave(HttpRequest request, Answer answer);

 private:
  HttpResponse Check(const HttpRequest& request, const std::string& email, const std::string& password);
  std::string Cookie(const HttpRequest& request, std::string_view token, std::int64_t seconds) const;

  Store& store_;
  UserStore& users_;
  const UiDoor& door_;
  AttemptLimit limit_;
  std::atomic<int> checks_{0};
};

// {"id", "email", "name", "role"}.
Json UserJson(const User& user, Role role);

}  // namespace repartee::server
