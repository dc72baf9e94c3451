// UserStore: who may use the dashboard: users with their passwords (hashed), what they
// are in which organisation, and who is signed in. All of it in meta.db.
//
// It is held in memory, so knowing who a cookie belongs to costs a look-up; what
// `repartee users` changes in the file counts within a second.
//
// Thread: any. AddUser, SetPassword and SignIn hash a password, and they and all that
// change the file wait for the disk: never on a connection's thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "repartee/base/clock.h"
#include "repartee/base/status.h"
#include "repartee/server/auth/change_watch.h"
#include "repartee/server/auth/key_store.h"
#include "repartee/server/store/sqlite/database.h"

namespace repartee::server {

// What somebody is in an organisation; each may what the one before it may.
enum class Role : std::uint8_t {
  kViewer,  // sees everything
  kMember,  // writes scores and comments; keys, prices
  kOwner,   // people, projects, retention
};
std::string_view RoleName(Role role);
std::optional<Role> ParseRole(std::string_view name);

// ASCII in lower case, as addresses compare here.
std::string NormalEmail(std::string_view email);

struct User {
  std::string id;
  std::string email;  // lower case
  std::string name;
  std::int64_t created_ns = 0;
  std::int64_t last_sign_in_ns = 0;   // 0: never
  std::map<std::string, Role> roles;  // by organisation
};

struct NewUser {
  std::string email;
  std::string name;
  std::string password;
};

// What the cookie stands for.
struct UserSession {
  User user;
  std::string csrf_token;
};

struct SignedIn {
  std::string token;  // the cookie's value, known only now
  UserSession session;
};

class UserStore {
 public:
  static constexpr std::chrono::hours kSessionLife{14 * 24};
  static constexpr std::size_t kMaxSessionsOfUser = 50;  // beyond, the oldest ends

  // `path` is meta.db, whose folder exists; `clock` is borrowed.
  static Result<std::unique_ptr<UserStore>> Open(const std::string& path,
                                                 const Clock& clock = Clock::System());

  // The user that the LANGFUSE_INIT_USER_* variables name becomes an owner of
  // `organisation`; one that exists stays. InvalidArgument names the variable at fault.
  Status Initialise(const InitSettings& settings, std::string_view organisation);

  bool has_users() const;
  // Who is something in that organisation, oldest first.
  std::vector<User> Members(std::string_view organisation) const;
  std::vector<User> users() const;
  // By id or email.
  std::optional<User> Find(std::string_view id_or_email) const;

  // Makes the user, or gives one that exists a role here (the password then stays as it
  // is and may be empty). InvalidArgument names what cannot be used; AlreadyExists if
  // the user is in the organisation already; FailedPrecondition if the very first user
  // would be no owner.
  Result<User> AddUser(const NewUser& user, std::string_view organisation, Role role);
  // NotFound if nobody here has that id; FailedPrecondition if no owner would be left.
  Status SetRole(std::string_view user_id, std::string_view organisation, Role role);
  // Takes the user out of the organisation; one who is in none any more is gone. As SetRole.
  Status RemoveMember(std::string_view user_id, std::string_view organisation);
  // Ends all the user's sessions.
  Status SetPassword(std::string_view user_id, std::string_view password);

  bool IsPasswordOf(std::string_view user_id, std::string_view password) const;

  // Unauthenticated, in the same words and time whether email or password is wrong.
  Result<SignedIn> SignIn(std::string_view email, std::string_view password);
  // Nothing if the token is unknown or too old.
  std::optional<UserSession> FindSession(std::string_view token) const;
  Status SignOut(std::string_view token);

 private:
  struct Session {
    std::string user_id;
    std::string csrf_token;
    std::int64_t created_ns = 0;
  };
  struct StoredUser {
    User user;
    std::string password_hash;
  };

  UserStore(std::unique_ptr<Database> database, const Clock& clock)
      : database_(std::move(database)), clock_(clock) {}
  // All of it anew from the file; under mutex_.
  Status Load() const;
  Status LoadUsers() const;
  Status LoadSessions() const;
  void LoadIfChanged() const;
  const StoredUser* FindStored(std::string_view id_or_email) const;
  // FailedPrecondition unless another owner is left without this user.
  Status CheckOwnerLeft(std::string_view user_id, std::string_view organisation) const;
  Status InsertUser(const User& user, std::string_view password_hash);
  Status WriteRole(std::string_view user_id, std::string_view organisation, Role role);
  Status WriteSession(std::string_view token_hash, const Session& session);
  // Runs `sql` with these texts bound in their order.
  Status Run(std::string_view sql, std::initializer_list<std::string_view> texts);
  bool IsAlive(const Session& session) const;

  std::unique_ptr<Database> database_;  // under mutex_
  const Clock& clock_;
  mutable std::shared_mutex mutex_;
  // What the file says, guarded by mutex_.
  mutable std::map<std::string, StoredUser> users_;  // by id
  mutable std::map<std::string, Session> sessions_;  // by the token's hash
  mutable ChangeWatch watch_;
};

}  // namespace repartee::server
