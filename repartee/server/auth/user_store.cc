#include "repartee/server/auth/user_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <tuple>

#include "repartee/base/log.h"
#include "repartee/base/random.h"
#include "repartee/net/http.h"
#include "repartee/server/auth/password.h"

namespace repartee::server {
namespace {

constexpr char kSchema[] = R"sql(
CREATE TABLE IF NOT EXISTS user(
  id TEXT PRIMARY KEY, email TEXT NOT NULL UNIQUE, name TEXT NOT NULL, password TEXT NOT NULL,
  created INTEGER NOT NULL, last_sign_in INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS membership(
  user TEXT NOT NULL, organisation TEXT NOT NULL, role TEXT NOT NULL,
  PRIMARY KEY(user, organisation)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS user_session(
  token_hash TEXT PRIMARY KEY, user TEXT NOT NULL, csrf_token TEXT NOT NULL, created INTEGER NOT NULL) WITHOUT ROWID;
)sql";

constexpr std::size_t kMaxEmailBytes = 254;
constexpr std::size_t kMaxNameBytes = 100;

// No more than what tells a mistyped address; nothing is sent to it.
bool IsEmail(std::string_view text) {
  const std::size_t at = text.find('@');
  const bool is_plain = std::none_of(
      text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == 0x7f; });
  return is_plain && text.size() <= kMaxEmailBytes && at != std::string_view::npos && at > 0 &&
         at + 1 < text.size() && text.find('@', at + 1) == std::string_view::npos;
}

bool IsOwnerOf(const User& user, std::string_view organisation) {
  const auto role = user.roles.find(std::string(organisation));
  return role != user.roles.end() && role->second == Role::kOwner;
}

bool IsMemberOf(const User& user, std::string_view organisation) {
  return user.roles.contains(std::string(organisation));
}

}  // namespace

std::string NormalEmail(std::string_view email) {
  std::string lower(email);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return lower;
}

std::string_view RoleName(Role role) {
  switch (role) {
    case Role::kOwner: return "owner";
    case Role::kMember: return "member";
    case Role::kViewer: break;
  }
  return "viewer";
}

std::optional<Role> ParseRole(std::string_view name) {
  for (const Role role : {Role::kViewer, Role::kMember, Role::kOwner}) {
    if (EqualsIgnoringCase(RoleName(role), name)) return role;
  }
  return std::nullopt;
}

Result<std::unique_ptr<UserStore>> UserStore::Open(const std::string& path, const Clock& clock) {
  Result<std::unique_ptr<Database>> database = Database::Open(path, {.cache_kib = 1'024});
  if (!database.ok()) return std::move(database).status();
  if (Status status = (*database)->Execute(kSchema); !status.ok()) return status;
  std::unique_ptr<UserStore> store(new UserStore(*std::move(database), clock));
  const std::unique_lock lock(store->mutex_);
  if (Status status = store->Load(); !status.ok()) return status;
  return store;
}

Status UserStore::Load() const {
  users_.clear();
  sessions_.clear();
  if (Status status = LoadUsers(); !status.ok()) return status;
  return LoadSessions();
}

Status UserStore::LoadUsers() const {
  Result<Statement> select =
      database_->Prepare("SELECT id,email,name,password,created,last_sign_in FROM user");
  if (!select.ok()) return std::move(select).status();
  while (true) {
    const Result<bool> row = select->Step();
    if (!row.ok()) return row.status();
    if (!*row) break;
    StoredUser stored;
    stored.user.id = select->Text(0);
    stored.user.email = select->Text(1);
    stored.user.name = select->Text(2);
    stored.password_hash = select->Text(3);
    stored.user.created_ns = select->Integer(4);
    stored.user.last_sign_in_ns = select->Integer(5);
    users_.emplace(stored.user.id, std::move(stored));
  }
  Result<Statement> roles = database_->Prepare("SELECT user,organisation,role FROM membership");
  if (!roles.ok()) return std::move(roles).status();
  while (true) {
    const Result<bool> row = roles->Step();
    if (!row.ok()) return row.status();
    if (!*row) return OkStatus();
    const auto user = users_.find(std::string(roles->Text(0)));
    const std::optional<Role> role = ParseRole(roles->Text(2));
    if (user != users_.end() && role) user->second.user.roles.emplace(roles->Text(1), *role);
  }
}

void UserStore::LoadIfChanged() const {
  if (!watch_.IsDue()) return;
  const std::unique_lock lock(mutex_);
  if (!watch_.HasChanged(*database_)) return;
  if (Status status = Load(); !status.ok()) LogWarning("users: {}", status.message());
}

bool UserStore::has_users() const {
  LoadIfChanged();
  const std::shared_lock lock(mutex_);
  return !users_.empty();
}

std::vector<User> UserStore::users() const {
  LoadIfChanged();
  const std::shared_lock lock(mutex_);
  std::vector<User> all;
  for (const auto& [id, stored] : users_) all.push_back(stored.user);
  std::sort(all.begin(), all.end(), [](const User& a, const User& b) {
    return std::tie(a.created_ns, a.id) < std::tie(b.created_ns, b.id);
  });
  return all;
}

std::vector<User> UserStore::Members(std::string_view organisation) const {
  std::vector<User> all = users();
  std::erase_if(all, [organisation](const User& user) { return !IsMemberOf(user, organisation); });
  return all;
}

const UserStore::StoredUser* UserStore::FindStored(std::string_view id_or_email) const {
  const std::string email = NormalEmail(id_or_email);
  for (const auto& [id, stored] : users_) {
    if (id == id_or_email || stored.user.email == email) return &stored;
  }
  return nullptr;
}

std::optional<User> UserStore::Find(std::string_view id_or_email) const {
  LoadIfChanged();
  const std::shared_lock lock(mutex_);
  const StoredUser* stored = FindStored(id_or_email);
  return stored == nullptr ? std::nullopt : std::optional(stored->user);
}

Status UserStore::Run(std::string_view sql, std::initializer_list<std::string_view> texts) {
  Result<Statement> statement = database_->Prepare(sql);
  if (!statement.ok()) return std::move(statement).status();
  int index = 0;
  for (const std::string_view text : texts) statement->BindText(++index, text);
  return statement->Run();
}

Status UserStore::InsertUser(const User& user, std::string_view password_hash) {
  Result<Statement> insert = database_->Prepare("INSERT INTO user VALUES(?,?,?,?,?,0)");
  if (!insert.ok()) return std::move(insert).status();
  insert->BindText(1, user.id);
  insert->BindText(2, user.email);
  insert->BindText(3, user.name);
  insert->BindText(4, password_hash);
  insert->Bind(5, user.created_ns);
  return insert->Run();
}

Status UserStore::WriteRole(std::string_view user_id, std::string_view organisation, Role role) {
  return Run("INSERT OR REPLACE INTO membership VALUES(?,?,?)", {user_id, organisation, RoleName(role)});
}

Result<User> UserStore::AddUser(const NewUser& user, std::string_view organisation, Role role) {
  if (!IsEmail(user.email))
    return Status::InvalidArgument("{} is no email address", user.email.substr(0, 100));
  if (user.name.size() > kMaxNameBytes)
    return Status::InvalidArgument("a name has at most {} bytes", kMaxNameBytes);
  const std::optional<User> known = Find(user.email);
  std::string hash;
  if (!known) {
    if (Status status = CheckNewPassword(user.password); !status.ok()) return status;
    // Before the lock: nobody waits for it.
    Result<std::string> hashed = HashPassword(user.password);
    if (!hashed.ok()) return std::move(hashed).status();
    hash = *std::move(hashed);
  }
  const std::unique_lock lock(mutex_);
  if (Status status = Load(); !status.ok()) return status;
  const StoredUser* stored = FindStored(user.email);
  if (stored != nullptr && IsMemberOf(stored->user, organisation))
    return Status::AlreadyExists("{} is a member already", stored->user.email);
  if (users_.empty() && role != Role::kOwner)
    return Status::FailedPrecondition("the first user must be an owner: nobody else could add one");
  User made;
  made.id = stored != nullptr ? stored->user.id : RandomUuid();
  if (stored == nullptr) {
    if (hash.empty()) return Status::Unavailable("{} was removed at once: try again", user.email);
    made.email = NormalEmail(user.email);
    made.name = user.name.empty() ? user.email.substr(0, user.email.find('@')) : user.name;
    made.created_ns = clock_.WallNow().count();
    if (Status status = InsertUser(made, hash); !status.ok()) return status;
  }
  if (Status status = WriteRole(made.id, organisation, role); !status.ok()) return status;
  if (Status status = Load(); !status.ok()) return status;
  return FindStored(made.id)->user;
}

Status UserStore::Initialise(const InitSettings& settings, std::string_view organisation) {
  if (settings.organisation_id.empty() || settings.user_email.empty()) return OkStatus();
  const NewUser user{settings.user_email, settings.user_name, settings.user_password};
  Result<User> made = AddUser(user, organisation, Role::kOwner);
  if (made.ok() || made.status().code() == StatusCode::kAlreadyExists) return OkStatus();
  return std::move(made).status().Annotate("LANGFUSE_INIT_USER_EMAIL and LANGFUSE_INIT_USER_PASSWORD");
}

Status UserStore::CheckOwnerLeft(std::string_view user_id, std::string_view organisation) const {
  for (const auto& [id, stored] : users_) {
    if (id != user_id && IsOwnerOf(stored.user, organisation)) return OkStatus();
  }
  return Status::FailedPrecondition("an organization keeps at least one owner: make another one first");
}

Status UserStore::SetRole(std::string_view user_id, std::string_view organisation, Role role) {
  const std::unique_lock lock(mutex_);
  if (Status status = Load(); !status.ok()) return status;
  const StoredUser* stored = FindStored(user_id);
  if (stored == nullptr || !IsMemberOf(stored->user, organisation))
    return Status::NotFound("No member {}", user_id.substr(0, 100));
  if (role != Role::kOwner && IsOwnerOf(stored->user, organisation)) {
    if (Status status = CheckOwnerLeft(stored->user.id, organisation); !status.ok()) return status;
  }
  if (Status status = WriteRole(stored->user.id, organisation, role); !status.ok()) return status;
  return Load();
}

Status UserStore::RemoveMember(std::string_view user_id, std::string_view organisation) {
  const std::unique_lock lock(mutex_);
  if (Status status = Load(); !status.ok()) return status;
  const StoredUser* stored = FindStored(user_id);
  if (stored == nullptr || !IsMemberOf(stored->user, organisation))
    return Status::NotFound("No member {}", user_id.substr(0, 100));
  const std::string id = stored->user.id;
  // The very last user may go: then the dashboard is as open as before the first.
  if (IsOwnerOf(stored->user, organisation) && users_.size() > 1) {
    if (Status status = CheckOwnerLeft(id, organisation); !status.ok()) return status;
  }
  const bool is_elsewhere = stored->user.roles.size() > 1;
  if (Status status = Run("DELETE FROM membership WHERE user=? AND organisation=?", {id, organisation});
      !status.ok())
    return status;
  if (!is_elsewhere) {
    if (Status status = Run("DELETE FROM user_session WHERE user=?", {id}); !status.ok()) return status;
    if (Status status = Run("DELETE FROM user WHERE id=?", {id}); !status.ok()) return status;
  }
  return Load();
}

Status UserStore::SetPassword(std::string_view user_id, std::string_view password) {
  if (Status status = CheckNewPassword(password); !status.ok()) return status;
  const Result<std::string> hash = HashPassword(password);
  if (!hash.ok()) return hash.status();
  const std::unique_lock lock(mutex_);
  if (Status status = Load(); !status.ok()) return status;
  const StoredUser* stored = FindStored(user_id);
  if (stored == nullptr) return Status::NotFound("No user {}", user_id.substr(0, 100));
  const std::string id = stored->user.id;
  if (Status status = Run("UPDATE user SET password=? WHERE id=?", {*hash, id}); !status.ok()) return status;
  if (Status status = Run("DELETE FROM user_session WHERE user=?", {id}); !status.ok()) return status;
  return Load();
}

}  // namespace repartee::server
