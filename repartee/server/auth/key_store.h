// KeyStore: organisations, projects and API keys in meta.db. Secrets are kept only
// as salted hashes; who has lost one makes a new key.
//
// Keys are held in memory, so checking one costs a hash and a look-up; what another
// process changes in the file counts within a second. Thread: any.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "repartee/base/clock.h"
#include "repartee/base/status.h"
#include "repartee/server/auth/change_watch.h"
#include "repartee/server/model/time.h"
#include "repartee/server/store/span_record.h"
#include "repartee/server/store/sqlite/database.h"

namespace repartee::server {

// Of a project that leaves it to the server (`--retention-days`).
inline constexpr std::int64_t kServersRetention = -1;
// 0, which is for ever, or a number of days that traces may be kept.
bool IsRetention(std::int64_t days);

struct Project {
  ProjectKey key = 0;
  std::string id;
  std::string name;
  std::string organisation_id;
  std::string organisation_name;
  std::int64_t retention_days = kServersRetention;  // 0: for ever
  std::int64_t created_ns = 0;
};

// Days that the project's traces are kept by a server that keeps those of others `default_days`;
// 0: for ever.
std::int64_t RetentionOf(const Project& project, std::int64_t default_days);

// What the LANGFUSE_INIT_* variables say; empty where unset. Without an organisation
// id the others count for nothing.
struct InitSettings {
  std::string organisation_id;
  std::string organisation_name;
  std::string project_id;
  std::string project_name;
  std::string project_retention_days;
  std::string public_key;
  std::string secret_key;
  std::string user_email;
  std::string user_name;
  std::string user_password;

  static InitSettings FromEnvironment();
};

// What a request's credentials must be good for.
enum class Access : std::uint8_t {
  kProject,       // a project's key pair
  kScores,        // the same, or a public key alone, as browsers send it
  kOrganisation,  // an organisation's key pair
};

struct KeyPair {
  std::string public_key;
  std::string secret_key;  // known only now
};

// What a start made, to be shown once, or the public key that exists already.
struct InitOutcome {
  Project project;
  std::optional<KeyPair> created;
  std::string public_key;
};

// "pk-lf-<uuid>" and "sk-lf-<uuid>" from the system's randomness.
KeyPair MakeKeyPair();

// A key as it is shown: never its secret.
struct KeyInfo {
  std::string id;
  std::string public_key;
  std::string display;  // "sk-lf-...abcd"
  std::string note;
  std::string project_id;       // empty: an organisation's
  std::string organisation_id;  // empty: a project's
  std::int64_t created_ns = 0;
  std::int64_t last_used_ns = 0;  // 0: never; written at most once a minute
};

struct Organisation {
  std::string id;
  std::string name;
};

class KeyStore {
 public:
  // `path` is meta.db; its folder exists and is locked by this process.
  static Result<std::unique_ptr<KeyStore>> Open(const std::string& path);

  // Makes what is missing of organisation, project and key pair; InvalidArgument names
  // the variable that cannot be used.
  Result<InitOutcome> Initialise(const InitSettings& settings);

  ~KeyStore();

  // The project that an Authorization header opens; for an organisation's key a project
  // without a key, with the organisation. Unauthenticated or PermissionDenied with the
  // text that clients of the compatible API know.
  Result<Project> Authenticate(std::string_view authorization, Access access = Access::kProject) const;
  // As Authenticate, but "Bearer" with a public key is good too, for scores alone.
  struct ScoreAccess {
    Project project;
    bool scores_only = false;
  };
  Result<ScoreAccess> AuthenticateForScores(std::string_view authorization) const;
  // Where requests without a key go.
  Project first_project() const;
  // All of them, in the order in which they were made.
  std::vector<Project> projects() const;
  // A public key of that project; empty if it has none.
  std::string public_key(ProjectKey project) const;
  std::optional<Project> ProjectById(std::string_view id) const;
  std::vector<Organisation> ListOrganisations() const;

  // NotFound without such an organisation.
  Status RenameOrganisation(std::string_view id, std::string_view name);

  // AlreadyExists if the id is taken, NotFound without such an organisation.
  Result<Project> CreateProject(std::string_view organisation_id, std::string_view id, std::string_view name,
                                std::int64_t retention_days);
  // NotFound without such a project.
  Result<Project> UpdateProject(std::string_view id, std::string_view name, std::int64_t retention_days);

  // A pair made up, or the caller's `own`; AlreadyExists if one of its keys is taken.
  Result<KeyPair> CreateKey(ProjectKey project, std::string_view note, std::optional<KeyPair> own = {});
  Result<KeyPair> CreateOrganisationKey(std::string_view organisation_id, std::string_view note);
  // Oldest first.
  Result<std::vector<KeyInfo>> ListKeys() const;
  // By id or public key; NotFound. It opens nothing from now on.
  Status DeleteKey(std::string_view id_or_public_key);

  // Called, at most once a minute, on the thread of a request whose key's use should be
  // written: it should have WriteLastUse called where blocking is allowed. Set before use.
  void set_on_use_due(std::function<void()> on_use_due) { on_use_due_ = std::move(on_use_due); }
  Status WriteLastUse();

 private:
  struct Key {
    ProjectKey project = 0;       // 0: an organisation's
    std::string organisation_id;  // empty: a project's
    std::string public_key;
  };

  explicit KeyStore(std::unique_ptr<Database> database) : database_(std::move(database)) {}
  Status LoadSalt();
  // Keys and projects anew from the file.
  Status Load() const;
  Status AddOrganisation(std::string_view id, std::string_view name);
  Status AddProject(std::string_view id, std::string_view name, std::string_view organisation,
                    std::int64_t retention_days);
  Status AddKey(ProjectKey project, std::string_view organisation, const KeyPair& pair,
                std::string_view note);
  bool HasPublicKey(std::string_view public_key) const;
  Result<Project> AuthenticateBearer(std::string_view public_key, Access access) const;
  Result<Project> AuthenticatePair(std::string_view encoded, Access access) const;
  // Another process may have changed the file: looks at most once a second.
  void LoadIfChanged() const;
  void NoteUse(const Key& key) const;
  std::string HashSecret(std::string_view secret) const;
  std::optional<Project> FindProject(std::string_view id) const;
  std::string PublicKeyOf(ProjectKey project) const;

  std::unique_ptr<Database> database_;  // written under mutex_
  std::string salt_;
  mutable std::shared_mutex mutex_;
  // What the file says, guarded by mutex_.
  mutable std::unordered_map<std::string, Key> by_secret_hash_;
  mutable std::unordered_map<ProjectKey, Project> projects_;
  mutable ProjectKey first_project_ = 0;
  mutable ChangeWatch watch_;
  std::function<void()> on_use_due_;
  mutable std::mutex use_mutex_;
  mutable std::unordered_map<std::string, std::int64_t> used_ns_;  // by public key; guarded by use_mutex_
  mutable std::int64_t use_due_ns_ = 0;                            // monotonic; guarded by use_mutex_
};

}  // namespace repartee::server
