// KeyStore: organisations, projects and API keys in meta.db. Secrets are kept only
// as salted hashes; who has lost one makes a new key.
//
// Keys are held in memory, so checking one costs a hash and a look-up.
// Thread: any.
#pragma once

#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "repartee/base/clock.h"
#include "repartee/base/status.h"
#include "repartee/server/store/span_record.h"
#include "repartee/server/store/sqlite/database.h"

namespace repartee::server {

struct Project {
  ProjectKey key = 0;
  std::string id;
  std::string name;
  std::string organisation_id;
  std::string organisation_name;
  std::int64_t retention_days = 0;  // 0: for ever
};

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

  static InitSettings FromEnvironment();
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

class KeyStore {
 public:
  // `path` is meta.db; its folder exists and is locked by this process.
  static Result<std::unique_ptr<KeyStore>> Open(const std::string& path);

  // Makes what is missing of organisation, project and key pair; InvalidArgument names
  // the variable that cannot be used.
  Result<InitOutcome> Initialise(const InitSettings& settings);

  // The project that an Authorization header opens. Unauthenticated or PermissionDenied
  // with the text that clients of the compatible API know.
  Result<Project> Authenticate(std::string_view authorization) const;
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

  Result<KeyPair> CreateKey(ProjectKey project, std::string_view note);

 private:
  struct Key {
    ProjectKey project = 0;
    std::string public_key;
  };

  explicit KeyStore(std::unique_ptr<Database> database) : database_(std::move(database)) {}
  Status LoadSalt();
  Status Load();
  Status AddOrganisation(std::string_view id, std::string_view name);
  Status AddProject(std::string_view id, std::string_view name, std::string_view organisation,
                    std::int64_t retention_days);
  Status AddKey(ProjectKey project, const KeyPair& pair, std::string_view note);
  std::string HashSecret(std::string_view secret) const;
  std::optional<Project> FindProject(std::string_view id) const;
  std::string PublicKeyOf(ProjectKey project) const;

  std::unique_ptr<Database> database_;  // written under mutex_
  std::string salt_;
  mutable std::shared_mutex mutex_;
  std::unordered_map<std::string, Key> by_secret_hash_;  // guarded by mutex_
  std::unordered_map<ProjectKey, Project> projects_;     // guarded by mutex_
  ProjectKey first_project_ = 0;                         // guarded by mutex_
};

}  // namespace repartee::server
