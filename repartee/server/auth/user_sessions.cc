// Signing in and out. The file knows tokens only as hashes: who reads it cannot sign in.
#include <openssl/sha.h>

#include <algorithm>
#include <mutex>

#include "repartee/base/encoding.h"
#include "repartee/base/random.h"
#include "repartee/server/auth/password.h"
#include "repartee/server/auth/user_store.h"

namespace repartee::server {
namespace {

constexpr std::size_t kTokenBytes = 32;

// Tokens are random, so a plain hash is as good as a slow one.
std::string HashToken(std::string_view token) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(token.data()), token.size(), digest);
  return HexEncode({reinterpret_cast<const char*>(digest), sizeof digest});
}

}  // namespace

bool UserStore::IsAlive(const Session& session) const {
  return clock_.WallNow().count() - session.created_ns < Nanos(kSessionLife).count();
}

Status UserStore::LoadSessions() const {
  Result<Statement> select =
      database_->Prepare("SELECT token_hash,user,csrf_token,created FROM user_session");
  if (!select.ok()) return std::move(select).status();
  while (true) {
    const Result<bool> row = select->Step();
    if (!row.ok()) return row.status();
    if (!*row) return OkStatus();
    Session session{std::string(select->Text(1)), std::string(select->Text(2)), select->Integer(3)};
    if (users_.contains(session.user_id) && IsAlive(session))
      sessions_.emplace(select->Text(0), std::move(session));
  }
}

Status UserStore::WriteSession(std::string_view token_hash, const Session& session) {
  // Those that are too old or too many go when a new one comes.
  Result<Statement> clean = database_->Prepare(
      "DELETE FROM user_session WHERE created<?1 OR (user=?2 AND token_hash NOT IN (SELECT token_hash FROM "
      "user_session WHERE user=?2 ORDER BY created DESC LIMIT ?3))");
  if (!clean.ok()) return std::move(clean).status();
  clean->Bind(1, session.created_ns - Nanos(kSessionLife).count());
  clean->BindText(2, session.user_id);
  clean->Bind(3, static_cast<std::int64_t>(kMaxSessionsOfUser - 1));
  if (Status status = clean->Run(); !status.ok()) return status;
  Result<Statement> insert = database_->Prepare("INSERT INTO user_session VALUES(?,?,?,?)");
  if (!insert.ok()) return std::move(insert).status();
  insert->BindText(1, token_hash);
  insert->BindText(2, session.user_id);
  insert->BindText(3, session.csrf_token);
  insert->Bind(4, session.created_ns);
  if (Status status = insert->Run(); !status.ok()) return status;
  Result<Statement> note = database_->Prepare("UPDATE user SET last_sign_in=? WHERE id=?");
  if (!note.ok()) return std::move(note).status();
  note->Bind(1, session.created_ns);
  note->BindText(2, session.user_id);
  return note->Run();
}

bool UserStore::IsPasswordOf(std::string_view user_id, std::string_view password) const {
  std::string hash;
  {
    const std::shared_lock lock(mutex_);
    if (const StoredUser* stored = FindStored(user_id)) hash = stored->password_hash;
  }
  if (hash.empty()) PretendToCheckPassword(password);
  return !hash.empty() && IsPassword(password, hash);
}

Result<SignedIn> UserStore::SignIn(std::string_view email, std::string_view password) {
  const std::optional<User> known = Find(email);
  if (!IsPasswordOf(known ? known->id : "", password))
    return Status::Unauthenticated("email or password is wrong");
  const std::string token = HexEncode(SecureRandomBytes(kTokenBytes));
  const Session session{known->id, HexEncode(SecureRandomBytes(kTokenBytes)), clock_.WallNow().count()};
  const std::unique_lock lock(mutex_);
  if (Status status = WriteSession(HashToken(token), session); !status.ok()) return status;
  if (Status status = Load(); !status.ok()) return status;
  const auto user = users_.find(session.user_id);
  if (user == users_.end()) return Status::Unauthenticated("email or password is wrong");
  return SignedIn{token, {user->second.user, session.csrf_token}};
}

std::optional<UserSession> UserStore::FindSession(std::string_view token) const {
  if (token.size() != 2 * kTokenBytes) return std::nullopt;
  LoadIfChanged();
  const std::string hash = HashToken(token);
  const std::shared_lock lock(mutex_);
  const auto found = sessions_.find(hash);
  if (found == sessions_.end() || !IsAlive(found->second)) return std::nullopt;
  const auto user = users_.find(found->second.user_id);
  if (user == users_.end()) return std::nullopt;
  return UserSession{user->second.user, found->second.csrf_token};
}

Status UserStore::SignOut(std::string_view token) {
  const std::string hash = HashToken(token);
  const std::unique_lock lock(mutex_);
  if (Status status = Run("DELETE FROM user_session WHERE token_hash=?", {hash}); !status.ok()) return status;
  sessions_.erase(hash);
  return OkStatus();
}

}  // namespace repartee::server
