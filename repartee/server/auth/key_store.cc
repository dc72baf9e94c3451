#include "repartee/server/auth/key_store.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <charconv>
#include <cstdlib>
#include <mutex>

#include "repartee/base/encoding.h"
#include "repartee/base/log.h"
#include "repartee/base/random.h"

namespace repartee::server {
namespace {

constexpr char kSchema[] = R"sql(
CREATE TABLE IF NOT EXISTS setting(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS organisation(id TEXT PRIMARY KEY, name TEXT NOT NULL, created INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS project(
  key INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, organisation TEXT NOT NULL, name TEXT NOT NULL,
  retention_days INTEGER NOT NULL, created INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS api_key(
  public_key TEXT PRIMARY KEY, project INTEGER NOT NULL, secret_hash TEXT NOT NULL UNIQUE, display TEXT NOT NULL,
  note TEXT, created INTEGER NOT NULL, organisation TEXT, last_used INTEGER);
)sql";

// From the first version of the file.
constexpr char kFromVersion1[] =
    "ALTER TABLE api_key ADD COLUMN organisation TEXT; ALTER TABLE api_key ADD COLUMN last_used INTEGER;";

// In the second 0 was both "for ever" and nothing said, and kept as the latter.
constexpr char kFromVersion2[] = "UPDATE project SET retention_days=-1 WHERE retention_days=0";

constexpr int kSchemaVersion = 3;

constexpr std::int64_t kWriteUseEveryNs = 60'000'000'000;

constexpr std::string_view kHost = "Confirm that you've configured the correct host.";
constexpr std::string_view kDenied = "Access denied - insufficient permissions for this endpoint";

// Takes the same time wherever the first difference is.
bool IsSame(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

std::int64_t Now() { return Clock::System().WallNow().count(); }

}  // namespace

bool IsRetention(std::int64_t days) {
  return days == 0 || (days >= kLeastRetentionDays && days <= kMaxRetentionDays);
}

std::int64_t RetentionOf(const Project& project, std::int64_t default_days) {
  return project.retention_days == kServersRetention ? default_days : project.retention_days;
}

InitSettings InitSettings::FromEnvironment() {
  InitSettings settings;
  settings.organisation_id = Variable("LANGFUSE_INIT_ORG_ID");
  settings.organisation_name = Variable("LANGFUSE_INIT_ORG_NAME");
  settings.project_id = Variable("LANGFUSE_INIT_PROJECT_ID");
  settings.project_name = Variable("LANGFUSE_INIT_PROJECT_NAME");
  settings.project_retention_days = Variable("LANGFUSE_INIT_PROJECT_RETENTION");
  settings.public_key = Variable("LANGFUSE_INIT_PROJECT_PUBLIC_KEY");
  settings.secret_key = Variable("LANGFUSE_INIT_PROJECT_SECRET_KEY");
  settings.user_email = Variable("LANGFUSE_INIT_USER_EMAIL");
  settings.user_name = Variable("LANGFUSE_INIT_USER_NAME");
  settings.user_password = Variable("LANGFUSE_INIT_USER_PASSWORD");
  return settings;
}

Result<std::unique_ptr<KeyStore>> KeyStore::Open(const std::string& path) {
  Result<std::unique_ptr<Database>> database = Database::Open(path, {.cache_kib = 1'024});
  if (!database.ok()) return std::move(database).status();
  const Result<std::int64_t> version = (*database)->QueryInteger("PRAGMA user_version", 0);
  if (!version.ok()) return version.status();
  if (*version == 1) {
    if (Status status = (*database)->Execute(kFromVersion1); !status.ok()) return status;
  }
  if (*version == 1 || *version == 2) {
    if (Status status = (*database)->Execute(kFromVersion2); !status.ok()) return status;
  }
  if (Status status = (*database)->ApplySchema(kSchema, kSchemaVersion); !status.ok()) return status;
  std::unique_ptr<KeyStore> store(new KeyStore(*std::move(database)));
  if (Status status = store->LoadSalt(); !status.ok()) return status;
  const std::unique_lock lock(store->mutex_);
  if (Status status = store->Load(); !status.ok()) return status;
  return store;
}

Status KeyStore::LoadSalt() {
  Result<Statement> insert = database_->Prepare("INSERT OR IGNORE INTO setting VALUES('salt',?)");
  if (!insert.ok()) return std::move(insert).status();
  const std::string fresh = HexEncode(SecureRandomBytes(16));
  insert->BindText(1, fresh);
  if (Status status = insert->Run(); !status.ok()) return status;
  Result<Statement> select = database_->Prepare("SELECT value FROM setting WHERE name='salt'");
  if (!select.ok()) return std::move(select).status();
  Result<bool> row = select->Step();
  if (!row.ok()) return std::move(row).status();
  salt_ = select->Text(0);
  return OkStatus();
}

KeyStore::~KeyStore() {
  if (Status status = WriteLastUse(); !status.ok())
    LogWarning("the last use of keys is not written: {}", status.message());
}

Status KeyStore::Load() const {
  by_secret_hash_.clear();
  projects_.clear();
  first_project_ = 0;
  Result<Statement> projects = database_->Prepare(
      "SELECT p.key,p.id,p.name,o.id,o.name,p.retention_days,p.created FROM project p JOIN organisation o ON "
      "o.id=p.organisation ORDER "
      "BY p.key");
  if (!projects.ok()) return std::move(projects).status();
  while (true) {
    Result<bool> row = projects->Step();
    if (!row.ok()) return std::move(row).status();
    if (!*row) break;
    Project project{projects->Integer(0),
                    std::string(projects->Text(1)),
                    std::string(projects->Text(2)),
                    std::string(projects->Text(3)),
                    std::string(projects->Text(4)),
                    projects->Integer(5),
                    projects->Integer(6)};
    if (first_project_ == 0) first_project_ = project.key;
    projects_.emplace(project.key, std::move(project));
  }
  Result<Statement> keys =
      database_->Prepare("SELECT secret_hash,project,public_key,organisation FROM api_key");
  if (!keys.ok()) return std::move(keys).status();
  while (true) {
    Result<bool> row = keys->Step();
    if (!row.ok()) return std::move(row).status();
    if (!*row) return OkStatus();
    by_secret_hash_[std::string(keys->Text(0))] = {keys->Integer(1), std::string(keys->Text(3)),
                                                   std::string(keys->Text(2))};
  }
}

std::string KeyStore::HashSecret(std::string_view secret) const {
  const std::string salted = salt_ + std::string(secret);
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(salted.data()), salted.size(), digest);
  return HexEncode({reinterpret_cast<const char*>(digest), sizeof digest});
}

std::optional<Project> KeyStore::FindProject(std::string_view id) const {
  for (const auto& [key, project] : projects_) {
    if (project.id == id) return project;
  }
  return std::nullopt;
}

std::string KeyStore::PublicKeyOf(ProjectKey project) const {
  for (const auto& [hash, key] : by_secret_hash_) {
    if (key.project == project) return key.public_key;
  }
  return {};
}

Result<InitOutcome> KeyStore::Initialise(const InitSettings& settings) {
  const std::unique_lock lock(mutex_);
  const bool named = !settings.organisation_id.empty();
  std::string project_id = named ? settings.project_id : "";
  if (projects_.empty() || !project_id.empty()) {
    std::int64_t retention = kServersRetention;
    const std::string& days = settings.project_retention_days;
    if (named && !days.empty()) {
      const auto [end, error] = std::from_chars(days.data(), days.data() + days.size(), retention);
      if (error != std::errc() || end != days.data() + days.size() || !IsRetention(retention)) {
        return Status::InvalidArgument(
            "LANGFUSE_INIT_PROJECT_RETENTION is {}: give days as a number, 0 (for ever) or {} to {}", days,
            kLeastRetentionDays, kMaxRetentionDays);
      }
    }
    const std::string organisation = named ? settings.organisation_id : RandomUuid();
    const std::string organisation_name =
        settings.organisation_name.empty() ? "My organisation" : settings.organisation_name;
    if (project_id.empty()) project_id = RandomUuid();
    const std::string name = named && !settings.project_name.empty() ? settings.project_name : "My project";
    if (Status status = AddOrganisation(organisation, organisation_name); !status.ok()) return status;
    if (Status status = AddProject(project_id, name, organisation, retention); !status.ok()) return status;
    if (Status status = Load(); !status.ok()) return status;
  }
  InitOutcome outcome;
  outcome.project = FindProject(project_id).value_or(projects_.at(first_project_));
  KeyPair pair{named ? settings.public_key : "", named ? settings.secret_key : ""};
  if (pair.public_key.empty() != pair.secret_key.empty()) {
    return Status::InvalidArgument(
        "LANGFUSE_INIT_PROJECT_PUBLIC_KEY and LANGFUSE_INIT_PROJECT_SECRET_KEY: give both or neither");
  }
  outcome.public_key = PublicKeyOf(outcome.project.key);
  bool given = !pair.public_key.empty() && !by_secret_hash_.contains(HashSecret(pair.secret_key));
  if (given && HasPublicKey(pair.public_key)) {
    LogWarning(
        "LANGFUSE_INIT_PROJECT_SECRET_KEY is not the one that {} was made with, which stays: to change it "
        "take it away first (repartee keys remove {})",
        pair.public_key, pair.public_key);
    given = false;
  }
  if (!given && !outcome.public_key.empty()) return outcome;
  if (!given) pair = MakeKeyPair();
  if (Status status = AddKey(outcome.project.key, "", pair, "first start"); !status.ok()) return status;
  if (Status status = Load(); !status.ok()) return status;
  outcome.public_key = pair.public_key;
  outcome.created = std::move(pair);
  return outcome;
}

std::string KeyStore::public_key(ProjectKey project) const {
  const std::shared_lock lock(mutex_);
  return PublicKeyOf(project);
}

Project KeyStore::first_project() const {
  const std::shared_lock lock(mutex_);
  const auto found = projects_.find(first_project_);
  return found == projects_.end() ? Project{} : found->second;
}

void KeyStore::LoadIfChanged() const {
  if (!watch_.IsDue()) return;
  const std::unique_lock lock(mutex_);
  if (!watch_.HasChanged(*database_)) return;
  if (Status status = Load(); !status.ok()) LogWarning("keys: {}", status.message());
}

void KeyStore::NoteUse(const Key& key) const {
  const std::int64_t now = Clock::System().MonotonicNow().count();
  {
    const std::lock_guard lock(use_mutex_);
    used_ns_[key.public_key] = Now();
    if (now < use_due_ns_ || !on_use_due_) return;
    use_due_ns_ = now + kWriteUseEveryNs;
  }
  on_use_due_();
}

Result<Project> KeyStore::AuthenticateBearer(std::string_view public_key, Access access) const {
  for (const auto& [hash, key] : by_secret_hash_) {
    if (key.public_key != public_key || key.project == 0) continue;
    // A public key alone may write scores and nothing else.
    if (access != Access::kScores) return Status::PermissionDenied("{}", kDenied);
    return projects_.at(key.project);
  }
  return Status::Unauthenticated("Invalid public key. {}", kHost);
}

Result<Project> KeyStore::AuthenticatePair(std::string_view encoded, Access access) const {
  const Result<std::string> decoded = Base64Decode(encoded);
  const std::string_view pair = decoded.ok() ? std::string_view(*decoded) : std::string_view();
  const std::size_t colon = pair.find(':');
  if (colon == 0 || colon == std::string_view::npos || colon + 1 == pair.size()) {
    return Status::Unauthenticated("Invalid authorization header. {}", kHost);
  }
  const std::string_view rest = pair.substr(colon + 1);
  // The look-up is by a salted hash, which tells a guesser nothing by its time.
  const auto found = by_secret_hash_.find(HashSecret(rest.substr(0, rest.find(':'))));
  if (found == by_secret_hash_.end() || !IsSame(found->second.public_key, pair.substr(0, colon))) {
    return Status::Unauthenticated("Invalid credentials. {}", kHost);
  }
  const Key& key = found->second;
  if ((key.project == 0) != (access == Access::kOrganisation)) return Status::PermissionDenied("{}", kDenied);
  NoteUse(key);
  if (key.project != 0) return projects_.at(key.project);
  Project none;
  none.organisation_id = key.organisation_id;
  return none;
}

Result<Project> KeyStore::Authenticate(std::string_view authorization, Access access) const {
  if (authorization.empty()) return Status::Unauthenticated("No authorization header");
  LoadIfChanged();
  const std::shared_lock lock(mutex_);
  if (authorization.starts_with("Bearer ")) return AuthenticateBearer(authorization.substr(7), access);
  if (!authorization.starts_with("Basic ")) return Status::Unauthenticated("Invalid authorization header");
  return AuthenticatePair(authorization.substr(6), access);
}

Result<KeyStore::ScoreAccess> KeyStore::AuthenticateForScores(std::string_view authorization) const {
  Result<Project> project = Authenticate(authorization, Access::kScores);
  if (!project.ok()) return std::move(project).status();
  return ScoreAccess{*std::move(project), authorization.starts_with("Bearer ")};
}

}  // namespace repartee::server
