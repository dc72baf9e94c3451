// Organisations, projects and keys are made, listed and taken away.
#include <fmt/format.h>
#include <openssl/sha.h>

#include <algorithm>

#include "repartee/base/encoding.h"
#include "repartee/base/random.h"
#include "repartee/server/auth/key_store.h"

namespace repartee::server {
namespace {

constexpr std::size_t kIdBytes = 12;

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

// An id that does not change and does not show the public key in addresses.
std::string KeyId(std::string_view public_key) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(public_key.data()), public_key.size(), digest);
  return HexEncode({reinterpret_cast<const char*>(digest), kIdBytes});
}

}  // namespace

KeyPair MakeKeyPair() { return {"pk-lf-" + SecretUuid(), "sk-lf-" + SecretUuid()}; }

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

Status KeyStore::AddKey(ProjectKey project, std::string_view organisation, const KeyPair& pair,
                        std::string_view note) {
  Result<Statement> insert = database_->Prepare(
      "INSERT INTO api_key(public_key,project,secret_hash,display,note,created,organisation) "
      "VALUES(?,?,?,?,?,?,?)");
  if (!insert.ok()) return std::move(insert).status();
  const std::string hash = HashSecret(pair.secret_key);
  const std::string display = Display(pair.secret_key);
  insert->BindText(1, pair.public_key);
  insert->Bind(2, project);
  insert->BindText(3, hash);
  insert->BindText(4, display);
  insert->BindOptionalText(5, note);
  insert->Bind(6, Now());
  insert->BindOptionalText(7, organisation);
  return insert->Run();
}

bool KeyStore::HasPublicKey(std::string_view public_key) const {
  return std::any_of(by_secret_hash_.begin(), by_secret_hash_.end(),
                     [public_key](const auto& entry) { return entry.second.public_key == public_key; });
}

std::vector<Project> KeyStore::projects() const {
  LoadIfChanged();
  const std::shared_lock lock(mutex_);
  std::vector<Project> all;
  for (const auto& [key, project] : projects_) all.push_back(project);
  std::sort(all.begin(), all.end(), [](const Project& a, const Project& b) { return a.key < b.key; });
  return all;
}

std::optional<Project> KeyStore::ProjectById(std::string_view id) const {
  const std::shared_lock lock(mutex_);
  return FindProject(id);
}

std::vector<Organisation> KeyStore::ListOrganisations() const {
  const std::unique_lock lock(mutex_);
  std::vector<Organisation> found;
  Result<Statement> select = database_->Prepare("SELECT id,name FROM organisation ORDER BY created,id");
  if (!select.ok()) return found;
  while (true) {
    const Result<bool> row = select->Step();
    if (!row.ok() || !*row) return found;
    found.push_back({std::string(select->Text(0)), std::string(select->Text(1))});
  }
}

Status KeyStore::RenameOrganisation(std::string_view id, std::string_view name) {
  const std::unique_lock lock(mutex_);
  Result<Statement> update = database_->Prepare("UPDATE organisation SET name=? WHERE id=? RETURNING 1");
  if (!update.ok()) return std::move(update).status();
  update->BindText(1, name);
  update->BindText(2, id);
  const Result<bool> row = update->Step();
  if (!row.ok()) return row.status();
  if (!*row) return Status::NotFound("No organisation {}", id);
  // A statement that gives rows commits when it has ended.
  if (Status status = update->Run(); !status.ok()) return status;
  return Load();
}

Result<Project> KeyStore::CreateProject(std::string_view organisation_id, std::string_view id,
                                        std::string_view name, std::int64_t retention_days) {
  const std::unique_lock lock(mutex_);
  const std::string project_id = id.empty() ? RandomUuid() : std::string(id);
  if (FindProject(project_id)) return Status::AlreadyExists("Project {} exists already", project_id);
  Result<Statement> known = database_->Prepare("SELECT 1 FROM organisation WHERE id=?");
  if (!known.ok()) return std::move(known).status();
  known->BindText(1, organisation_id);
  const Result<bool> row = known->Step();
  if (!row.ok()) return row.status();
  if (!*row) return Status::NotFound("No organisation {}", organisation_id);
  known->Reset();
  if (Status status = AddProject(project_id, name, organisation_id, retention_days); !status.ok())
    return status;
  if (Status status = Load(); !status.ok()) return status;
  return *FindProject(project_id);
}

Result<Project> KeyStore::UpdateProject(std::string_view id, std::string_view name,
                                        std::int64_t retention_days) {
  const std::unique_lock lock(mutex_);
  if (!FindProject(id)) return Status::NotFound("No project {}", id);
  Result<Statement> update = database_->Prepare("UPDATE project SET name=?,retention_days=? WHERE id=?");
  if (!update.ok()) return std::move(update).status();
  update->BindText(1, name);
  update->Bind(2, retention_days);
  update->BindText(3, id);
  if (Status status = update->Run(); !status.ok()) return status;
  if (Status status = Load(); !status.ok()) return status;
  return *FindProject(id);
}

Result<KeyPair> KeyStore::CreateKey(ProjectKey project, std::string_view note, std::optional<KeyPair> own) {
  const std::unique_lock lock(mutex_);
  if (!projects_.contains(project)) return Status::NotFound("No project {}", project);
  KeyPair pair = own ? *std::move(own) : MakeKeyPair();
  if (HasPublicKey(pair.public_key) || by_secret_hash_.contains(HashSecret(pair.secret_key)))
    return Status::AlreadyExists("A key of this pair exists already");
  if (Status status = AddKey(project, "", pair, note); !status.ok()) return status;
  if (Status status = Load(); !status.ok()) return status;
  return pair;
}

Result<KeyPair> KeyStore::CreateOrganisationKey(std::string_view organisation_id, std::string_view note) {
  const std::unique_lock lock(mutex_);
  KeyPair pair = MakeKeyPair();
  if (Status status = AddKey(0, organisation_id, pair, note); !status.ok()) return status;
  if (Status status = Load(); !status.ok()) return status;
  return pair;
}

Result<std::vector<KeyInfo>> KeyStore::ListKeys() const {
  const std::unique_lock lock(mutex_);
  Result<Statement> select = database_->Prepare(
      "SELECT k.public_key,k.display,k.note,p.id,k.organisation,k.created,k.last_used FROM api_key k "
      "LEFT JOIN project p ON p.key=k.project ORDER BY k.created,k.public_key");
  if (!select.ok()) return std::move(select).status();
  std::vector<KeyInfo> keys;
  while (true) {
    const Result<bool> row = select->Step();
    if (!row.ok()) return row.status();
    if (!*row) return keys;
    const std::string public_key(select->Text(0));
    keys.push_back({.id = KeyId(public_key),
                    .public_key = public_key,
                    .display = std::string(select->Text(1)),
                    .note = std::string(select->Text(2)),
                    .project_id = std::string(select->Text(3)),
                    .organisation_id = std::string(select->Text(4)),
                    .created_ns = select->Integer(5),
                    .last_used_ns = select->Integer(6)});
  }
}

Status KeyStore::DeleteKey(std::string_view id_or_public_key) {
  const std::unique_lock lock(mutex_);
  const auto found = std::find_if(by_secret_hash_.begin(), by_secret_hash_.end(), [&](const auto& entry) {
    const std::string& public_key = entry.second.public_key;
    return public_key == id_or_public_key || KeyId(public_key) == id_or_public_key;
  });
  if (found == by_secret_hash_.end()) return Status::NotFound("No key {}", id_or_public_key);
  Result<Statement> erase = database_->Prepare("DELETE FROM api_key WHERE public_key=?");
  if (!erase.ok()) return std::move(erase).status();
  const std::string public_key = found->second.public_key;
  erase->BindText(1, public_key);
  if (Status status = erase->Run(); !status.ok()) return status;
  return Load();
}

Status KeyStore::WriteLastUse() {
  std::unordered_map<std::string, std::int64_t> used;
  {
    const std::lock_guard lock(use_mutex_);
    used.swap(used_ns_);
  }
  if (used.empty()) return OkStatus();
  const std::unique_lock lock(mutex_);
  Result<Statement> update = database_->Prepare("UPDATE api_key SET last_used=? WHERE public_key=?");
  if (!update.ok()) return std::move(update).status();
  for (const auto& [public_key, ns] : used) {
    update->Bind(1, ns);
    update->BindText(2, public_key);
    if (Status status = update->Run(); !status.ok()) return status;
  }
  return OkStatus();
}

}  // namespace repartee::server
