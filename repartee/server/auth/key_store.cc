#include "repartee/server/auth/key_store.h"

#include <fmt/format.h>
#include <openssl/sha.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <mutex>

#include "repartee/base/encoding.h"
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
  note TEXT, created INTEGER NOT NULL);
)sql";

constexpr int kSchemaVersion = 1;

constexpr std::string_view kHost = "Confirm that you've configured the correct host.";

std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

std::int64_t Now() { return Clock::System().WallNow().count(); }

// A version 4 UUID from the system's own randomness.
std::string SecretUuid() {
  std::string bytes = SecureRandomBytes(16);
  bytes[6] = static_cast<char>((bytes[6] & 0x0f) | 0x40);
  bytes[8] = static_cast<char>((bytes[8] & 0x3f) | 0x80);
  const std::string hex = HexEncode(bytes);
  return fmt::format("{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 4),
                     hex.substr(16, 4), hex.substr(20));
}

std::string Display(std::string_view secret) {
  return fmt::format("{}...{}", secret.substr(0, 6),
                     secret.size() > 10 ? secret.substr(secret.size() - 4) : "");
}

}  // namespace

InitSettings InitSettings::FromEnvironment() {
  InitSettings settings;
  settings.organisation_id = Variable("LANGFUSE_INIT_ORG_ID");
  settings.organisation_name = Variable("LANGFUSE_INIT_ORG_NAME");
  settings.project_id = Variable("LANGFUSE_INIT_PROJECT_ID");
  settings.project_name = Variable("LANGFUSE_INIT_PROJECT_NAME");
  settings.project_retention_days = Variable("LANGFUSE_INIT_PROJECT_RETENTION");
  settings.public_key = Variable("LANGFUSE_INIT_PROJECT_PUBLIC_KEY");
  settings.secret_key = Variable("LANGFUSE_INIT_PROJECT_SECRET_KEY");
  return settings;
}

Result<std::unique_ptr<KeyStore>> KeyStore::Open(const std::string& path) {
  Result<std::unique_ptr<Database>> database = Database::Open(path, {.cache_kib = 1'024});
  if (!database.ok()) return std::move(database).status();
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

Status KeyStore::Load() {
  by_secret_hash_.clear();
  projects_.clear();
  first_project_ = 0;
  Result<Statement> projects = database_->Prepare(
      "SELECT p.key,p.id,p.name,o.id,o.name,p.retention_days FROM project p "
      "JOIN organisation o ON o.id=p.organisation ORDER BY p.key");
  if (!projects.ok()) return std::move(projects).status();
  while (true) {
    Result<bool> row = projects->Step();
    if (!row.ok()) return std::move(row).status();
    if (!*row) break;
    Project project{projects->Integer(0),           std::string(projects->Text(1)),
                    std::string(projects->Text(2)), std::string(projects->Text(3)),
                    std::string(projects->Text(4)), projects->Integer(5)};
    if (first_project_ == 0) first_project_ = project.key;
    projects_.emplace(project.key, std::move(project));
  }
  Result<Statement> keys = database_->Prepare("SELECT secret_hash,project,public_key FROM api_key");
  if (!keys.ok()) return std::move(keys).status();
  while (true) {
    Result<bool> row = keys->Step();
    if (!row.ok()) return std::move(row).status();
    if (!*row) return OkStatus();
    by_secret_hash_[std::string(keys->Text(0))] = {keys->Integer(1), std::string(keys->Text(2))};
  }
}

std::string KeyStore::HashSecret(std::string_view secret) const {
  const std::string salted = salt_ + std::string(secret);
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(salted.data()), salted.size(), digest);
  return HexEncode({reinterpret_cast<const char*>(digest), sizeof digest});
}

Status KeyStore::AddOrganisation(std::string_view id, std::string_view name) {
  Result<Statement> insert = database_->Prepare("INSERT OR IGNORE INTO organisation VALUES(?,?,?)");
  if (!insert.ok()) return std::move(insert).status();
  insert->BindText(1, id);
  insert->BindText(2, name);
  insert->Bind(3, Now());
  return insert->Run();
}

Status KeyStore::AddProject(std::string_view id, std::string_view name, std::string_view organisation,
                            std::int64_t retention_days) {
  Result<Statement> insert = database_->Prepare(
      "INSERT OR IGNORE INTO project(id,organisation,name,retention_days,created) VALUES(?,?,?,?,?)");
  if (!insert.ok()) return std::move(insert).status();
  insert->BindText(1, id);
  insert->BindText(2, organisation);
  insert->BindText(3, name);
  insert->Bind(4, retention_days);
  insert->Bind(5, Now());
  return insert->Run();
}

Status KeyStore::AddKey(ProjectKey project, const KeyPair& pair, std::string_view note) {
  Result<Statement> insert = database_->Prepare(
      "INSERT INTO api_key(public_key,project,secret_hash,display,note,created) VALUES(?,?,?,?,?,?)");
  if (!insert.ok()) return std::move(insert).status();
  const std::string hash = HashSecret(pair.secret_key);
  const std::string display = Display(pair.secret_key);
  insert->BindText(1, pair.public_key);
  insert->Bind(2, project);
  insert->BindText(3, hash);
  insert->BindText(4, display);
  insert->BindOptionalText(5, note);
  insert->Bind(6, Now());
  return insert->Run();
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
    std::int64_t retention = 0;
    const std::string& days = settings.project_retention_days;
    if (named && !days.empty()) {
      const auto [end, error] = std::from_chars(days.data(), days.data() + days.size(), retention);
      if (error != std::errc() || end != days.data() + days.size() || retention < 0) {
        return Status::InvalidArgument("LANGFUSE_INIT_PROJECT_RETENTION is {}: give days as a number", days);
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
  const bool given = !pair.public_key.empty() && !by_secret_hash_.contains(HashSecret(pair.secret_key));
  if (!given && !outcome.public_key.empty()) return outcome;
  if (!given) pair = {"pk-lf-" + SecretUuid(), "sk-lf-" + SecretUuid()};
  if (Status status = AddKey(outcome.project.key, pair, "first start"); !status.ok()) return status;
  if (Status status = Load(); !status.ok()) return status;
  outcome.public_key = pair.public_key;
  outcome.created = std::move(pair);
  return outcome;
}

std::vector<Project> KeyStore::projects() const {
  const std::shared_lock lock(mutex_);
  std::vector<Project> all;
  for (const auto& [key, project] : projects_) all.push_back(project);
  std::sort(all.begin(), all.end(), [](const Project& a, const Project& b) { return a.key < b.key; });
  return all;
}

std::string KeyStore::public_key(ProjectKey project) const {
  const std::shared_lock lock(mutex_);
  return PublicKeyOf(project);
}

Result<KeyPair> KeyStore::CreateKey(ProjectKey project, std::string_view note) {
  const std::unique_lock lock(mutex_);
  if (!projects_.contains(project)) return Status::NotFound("no project {}", project);
  KeyPair pair{"pk-lf-" + SecretUuid(), "sk-lf-" + SecretUuid()};
  if (Status status = AddKey(project, pair, note); !status.ok()) return status;
  if (Status status = Load(); !status.ok()) return status;
  return pair;
}

Project KeyStore::first_project() const {
  const std::shared_lock lock(mutex_);
  const auto found = projects_.find(first_project_);
  return found == projects_.end() ? Project{} : found->second;
}

Result<Project> KeyStore::Authenticate(std::string_view authorization) const {
  if (authorization.empty()) return Status::Unauthenticated("No authorization header");
  const std::shared_lock lock(mutex_);
  if (authorization.starts_with("Bearer ")) {
    const std::string_view given = authorization.substr(7);
    for (const auto& [hash, key] : by_secret_hash_) {
      // A public key alone may write scores and nothing else.
      if (key.public_key == given) {
        return Status::PermissionDenied("Access denied - insufficient permissions for this endpoint");
      }
    }
    return Status::Unauthenticated("Invalid public key. {}", kHost);
  }
  if (!authorization.starts_with("Basic ")) return Status::Unauthenticated("Invalid authorization header");
  const Result<std::string> decoded = Base64Decode(authorization.substr(6));
  const std::string_view pair = decoded.ok() ? std::string_view(*decoded) : std::string_view();
  const std::size_t colon = pair.find(':');
  if (colon == 0 || colon == std::string_view::npos || colon + 1 == pair.size()) {
    return Status::Unauthenticated("Invalid authorization header. {}", kHost);
  }
  const std::string_view rest = pair.substr(colon + 1);
  const auto found = by_secret_hash_.find(HashSecret(rest.substr(0, rest.find(':'))));
  if (found == by_secret_hash_.end() || found->second.public_key != pair.substr(0, colon)) {
    return Status::Unauthenticated("Invalid credentials. {}", kHost);
  }
  return projects_.at(found->second.project);
}

Result<KeyStore::ScoreAccess> KeyStore::AuthenticateForScores(std::string_view authorization) const {
  if (authorization.starts_with("Bearer ")) {
    const std::string_view given = authorization.substr(7);
    const std::shared_lock lock(mutex_);
    for (const auto& [hash, key] : by_secret_hash_) {
      if (key.public_key == given) return ScoreAccess{projects_.at(key.project), true};
    }
  }
  Result<Project> project = Authenticate(authorization);
  if (!project.ok()) return std::move(project).status();
  return ScoreAccess{*std::move(project), false};
}

}  // namespace repartee::server
