#include <gmock/gmock.h>
#include <stdlib.h>

#include <filesystem>

#include "repartee/base/encoding.h"
#include "repartee/server/auth/host_check.h"
#include "repartee/server/auth/key_store.h"

namespace repartee::server {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class KeyStoreTest : public testing::Test {
 protected:
  KeyStoreTest() {
    std::string pattern = testing::TempDir() + "/keys-XXXXXX";
    folder_ = mkdtemp(pattern.data());
  }
  ~KeyStoreTest() override { std::filesystem::remove_all(folder_); }

  std::unique_ptr<KeyStore> Open() {
    Result<std::unique_ptr<KeyStore>> store = KeyStore::Open(folder_ + "/meta.db");
    EXPECT_TRUE(store.ok()) << store.status();
    return *std::move(store);
  }
  static std::string Basic(const std::string& pair) { return "Basic " + Base64Encode(pair); }

  std::string folder_;
};

TEST_F(KeyStoreTest, FirstStartMakesAProjectAndShowsItsKeysOnce) {
  const Result<InitOutcome> first = Open()->Initialise({});
  ASSERT_TRUE(first.ok()) << first.status();
  ASSERT_TRUE(first->created.has_value());
  EXPECT_THAT(first->created->public_key, StartsWith("pk-lf-"));

  const std::unique_ptr<KeyStore> again = Open();
  const Result<InitOutcome> second = again->Initialise({});

  ASSERT_TRUE(second.ok());
  EXPECT_FALSE(second->created.has_value());
  EXPECT_EQ(second->public_key, first->created->public_key);
  const Result<Project> project =
      again->Authenticate(Basic(first->created->public_key + ":" + first->created->secret_key));
  ASSERT_TRUE(project.ok()) << project.status();
  EXPECT_EQ(project->id, first->project.id);
}

TEST_F(KeyStoreTest, TakesNamesAndKeysFromTheEnvironmentAtEachStart) {
  InitSettings settings;
  settings.organisation_id = "org-1";
  settings.project_id = "project-1";
  settings.project_name = "Calls";
  settings.public_key = "pk-lf-1";
  settings.secret_key = "sk-lf-1";
  ASSERT_TRUE(Open()->Initialise(settings).ok());

  const std::unique_ptr<KeyStore> store = Open();
  ASSERT_TRUE(store->Initialise(settings).ok());

  const Result<Project> project = store->Authenticate(Basic("pk-lf-1:sk-lf-1"));
  ASSERT_TRUE(project.ok()) << project.status();
  EXPECT_EQ(project->id, "project-1");
  EXPECT_EQ(project->name, "Calls");
  EXPECT_EQ(store->first_project().id, "project-1");
}

TEST_F(KeyStoreTest, AChangedSecretOfAKeyThatIsThereStartsAndTheFirstOneStays) {
  InitSettings settings;
  settings.organisation_id = "org-1";
  settings.project_id = "project-1";
  settings.public_key = "pk-lf-1";
  settings.secret_key = "sk-lf-1";
  ASSERT_TRUE(Open()->Initialise(settings).ok());

  settings.secret_key = "sk-lf-2";
  const std::unique_ptr<KeyStore> store = Open();
  const Result<InitOutcome> outcome = store->Initialise(settings);

  ASSERT_TRUE(outcome.ok()) << outcome.status();
  EXPECT_EQ(outcome->public_key, "pk-lf-1");
  EXPECT_FALSE(outcome->created.has_value());
  EXPECT_TRUE(store->Authenticate(Basic("pk-lf-1:sk-lf-1")).ok());
  EXPECT_FALSE(store->Authenticate(Basic("pk-lf-1:sk-lf-2")).ok());
}

TEST_F(KeyStoreTest, OneKeyOfAPairAloneIsAnError) {
  InitSettings settings;
  settings.organisation_id = "org-1";
  settings.public_key = "pk-lf-1";

  const Result<InitOutcome> outcome = Open()->Initialise(settings);

  EXPECT_EQ(outcome.status().code(), StatusCode::kInvalidArgument);
  EXPECT_THAT(outcome.status().message(), HasSubstr("LANGFUSE_INIT_PROJECT_SECRET_KEY"));
}

TEST_F(KeyStoreTest, ARetentionThatCannotBeIsRefusedByItsName) {
  InitSettings settings;
  settings.organisation_id = "org-1";
  for (const char* days : {"999999", "36501", "99999999999999999999", "2", "-1", "x", "30 days"}) {
    settings.project_retention_days = days;
    const Status status = Open()->Initialise(settings).status();

    EXPECT_EQ(status.code(), StatusCode::kInvalidArgument) << days;
    EXPECT_THAT(status.message(), HasSubstr("LANGFUSE_INIT_PROJECT_RETENTION")) << days;
  }
  settings.project_retention_days = "36500";
  EXPECT_EQ(Open()->Initialise(settings)->project.retention_days, 36'500);
}

TEST_F(KeyStoreTest, ForEverIsForEverWhateverTheServerKeepsOfOthers) {
  const std::unique_ptr<KeyStore> store = Open();
  InitSettings settings;
  settings.organisation_id = "org-1";
  settings.project_retention_days = "0";
  const Result<InitOutcome> ever = store->Initialise(settings);
  ASSERT_TRUE(ever.ok()) << ever.status();
  const Result<Project> unsaid = store->CreateProject("org-1", "second", "Second", kServersRetention);
  const Result<Project> own = store->CreateProject("org-1", "third", "Third", 7);
  ASSERT_TRUE(unsaid.ok() && own.ok());

  EXPECT_EQ(RetentionOf(ever->project, 30), 0);
  EXPECT_EQ(RetentionOf(*unsaid, 30), 30);
  EXPECT_EQ(RetentionOf(*own, 30), 7);
}

TEST_F(KeyStoreTest, AProjectThatSaysNothingKeepsAsTheServerSays) {
  EXPECT_EQ(RetentionOf(Open()->Initialise({})->project, 30), 30);
}

TEST_F(KeyStoreTest, AFileOfTheVersionBeforeKeepsAsItDid) {
  const std::string project = Open()->Initialise({})->project.id;
  {
    const Result<std::unique_ptr<Database>> file = Database::Open(folder_ + "/meta.db", {});
    ASSERT_TRUE(file.ok());
    ASSERT_TRUE((*file)->Execute("UPDATE project SET retention_days=0; PRAGMA user_version=2;").ok());
  }

  EXPECT_EQ(RetentionOf(*Open()->ProjectById(project), 30), 30);
}

TEST_F(KeyStoreTest, RefusesInTheWordsThatClientsKnow) {
  const std::unique_ptr<KeyStore> store = Open();
  const Result<InitOutcome> outcome = store->Initialise({});
  ASSERT_TRUE(outcome.ok());
  const std::string public_key = outcome->public_key;
  const auto message = [&store](const std::string& header) {
    return store->Authenticate(header).status().message();
  };

  EXPECT_EQ(message(""), "No authorization header");
  EXPECT_EQ(message("Digest x"), "Invalid authorization header");
  EXPECT_EQ(message("basic " + Base64Encode("a:b")), "Invalid authorization header");
  EXPECT_THAT(message(Basic(":")), StartsWith("Invalid authorization header. Confirm"));
  EXPECT_THAT(message(Basic("no colon")), StartsWith("Invalid authorization header. Confirm"));
  EXPECT_THAT(message(Basic(public_key + ":wrong")), StartsWith("Invalid credentials. Confirm"));
  EXPECT_THAT(message(Basic("other:" + outcome->created->secret_key)),
              StartsWith("Invalid credentials. Confirm"));
  EXPECT_THAT(message("Bearer unknown"), StartsWith("Invalid public key. Confirm"));
  EXPECT_EQ(store->Authenticate("Bearer " + public_key).status().code(), StatusCode::kPermissionDenied);
}

TEST_F(KeyStoreTest, KeepsNoSecretInItsFile) {
  const Result<InitOutcome> outcome = Open()->Initialise({});
  ASSERT_TRUE(outcome.ok());

  for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
    std::FILE* file = std::fopen(entry.path().c_str(), "rb");
    std::string bytes(std::filesystem::file_size(entry.path()), '\0');
    bytes.resize(std::fread(bytes.data(), 1, bytes.size(), file));
    std::fclose(file);
    EXPECT_EQ(bytes.find(outcome->created->secret_key), std::string::npos) << entry.path();
  }
}

TEST_F(KeyStoreTest, AKeyMadeByAnotherProcessCountsAndATakenOneDoesNot) {
  const std::unique_ptr<KeyStore> server = Open();
  const Result<InitOutcome> outcome = server->Initialise({});
  ASSERT_TRUE(outcome.ok());
  const std::unique_ptr<KeyStore> other = Open();

  const Result<KeyPair> made = other->CreateKey(outcome->project.key, "laptop");
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_TRUE(server->Authenticate(Basic(made->public_key + ":" + made->secret_key)).ok());

  ASSERT_TRUE(server->DeleteKey(made->public_key).ok());
  EXPECT_FALSE(server->Authenticate(Basic(made->public_key + ":" + made->secret_key)).ok());
  EXPECT_EQ(server->DeleteKey(made->public_key).code(), StatusCode::kNotFound);
}

TEST_F(KeyStoreTest, ListsKeysWithoutSecretsAndWithTheirLastUse) {
  const std::unique_ptr<KeyStore> store = Open();
  const Result<InitOutcome> outcome = store->Initialise({});
  ASSERT_TRUE(outcome.ok());
  int due = 0;
  store->set_on_use_due([&due] { ++due; });
  const std::string basic = Basic(outcome->created->public_key + ":" + outcome->created->secret_key);
  ASSERT_TRUE(store->Authenticate(basic).ok());
  ASSERT_TRUE(store->Authenticate(basic).ok());
  ASSERT_TRUE(store->WriteLastUse().ok());

  const Result<std::vector<KeyInfo>> keys = store->ListKeys();

  EXPECT_EQ(due, 1);
  ASSERT_TRUE(keys.ok()) << keys.status();
  ASSERT_EQ(keys->size(), 1u);
  const std::string& secret = outcome->created->secret_key;
  EXPECT_EQ((*keys)[0].display, "sk-lf-..." + secret.substr(secret.size() - 4));
  EXPECT_EQ((*keys)[0].project_id, outcome->project.id);
  EXPECT_GT((*keys)[0].last_used_ns, (*keys)[0].created_ns);
}

TEST_F(KeyStoreTest, TakesAPairOfOnesOwnOnce) {
  const std::unique_ptr<KeyStore> store = Open();
  const Result<InitOutcome> outcome = store->Initialise({});
  ASSERT_TRUE(outcome.ok());

  const KeyPair own{"pk-own", "sk-own"};
  EXPECT_TRUE(store->CreateKey(outcome->project.key, "", own).ok());
  EXPECT_EQ(store->CreateKey(outcome->project.key, "", own).status().code(), StatusCode::kAlreadyExists);
  EXPECT_TRUE(store->Authenticate(Basic("pk-own:sk-own")).ok());
}

TEST_F(KeyStoreTest, EachKindOfKeyOpensWhatItIsFor) {
  const std::unique_ptr<KeyStore> store = Open();
  InitSettings settings;
  settings.organisation_id = "org-1";
  const Result<InitOutcome> outcome = store->Initialise(settings);
  ASSERT_TRUE(outcome.ok());
  const Result<KeyPair> organisation = store->CreateOrganisationKey("org-1", "");
  ASSERT_TRUE(organisation.ok());
  const std::string basic = Basic(organisation->public_key + ":" + organisation->secret_key);

  EXPECT_EQ(store->Authenticate(basic).status().code(), StatusCode::kPermissionDenied);
  const Result<Project> scope = store->Authenticate(basic, Access::kOrganisation);
  ASSERT_TRUE(scope.ok()) << scope.status();
  EXPECT_EQ(scope->organisation_id, "org-1");
  EXPECT_EQ(scope->key, 0);
  EXPECT_TRUE(store->Authenticate("Bearer " + outcome->public_key, Access::kScores).ok());
  EXPECT_FALSE(store->Authenticate("Bearer " + organisation->public_key, Access::kScores).ok());
}

TEST_F(KeyStoreTest, ProjectsAreMadeInAnOrganisationThatExists) {
  const std::unique_ptr<KeyStore> store = Open();
  InitSettings settings;
  settings.organisation_id = "org-1";
  ASSERT_TRUE(store->Initialise(settings).ok());

  const Result<Project> made = store->CreateProject("org-1", "second", "Second", 30);
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_EQ(made->retention_days, 30);
  EXPECT_EQ(store->CreateProject("org-1", "second", "", 0).status().code(), StatusCode::kAlreadyExists);
  EXPECT_EQ(store->CreateProject("org-2", "third", "", 0).status().code(), StatusCode::kNotFound);
  EXPECT_EQ(store->UpdateProject("second", "Renamed", 7)->name, "Renamed");
  EXPECT_EQ(store->projects().size(), 2u);
}

TEST(CheckHost, TakesLoopbackAndThePublicUrlAlone) {
  const std::vector<std::string> urls = {"https://traces.example.com/base"};
  for (const char* host :
       {"localhost", "localhost:3000", "127.0.0.1:4318", "[::1]:4318", "traces.example.com"}) {
    EXPECT_TRUE(CheckHost({{"Host", host}}, urls).ok()) << host;
  }
  for (const char* host :
       {"", "evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "10.0.0.1"}) {
    EXPECT_EQ(CheckHost({{"Host", host}}, urls).code(), StatusCode::kPermissionDenied) << host;
  }
}

TEST(CheckHost, AForeignOriginIsRefusedThoughTheHostIsOurs) {
  EXPECT_TRUE(CheckHost({{"Host", "localhost"}, {"Origin", "http://localhost:3000"}}, {}).ok());
  EXPECT_FALSE(CheckHost({{"Host", "localhost"}, {"Origin", "https://evil.example"}}, {}).ok());
  EXPECT_FALSE(CheckHost({{"Host", "localhost"}, {"Origin", "null"}}, {}).ok());
}

}  // namespace
}  // namespace repartee::server
