// Users, their roles, and who is signed in.
#include <gmock/gmock.h>
#include <stdlib.h>

#include <filesystem>

#include "repartee/server/auth/attempt_limit.h"
#include "repartee/server/auth/password.h"
#include "repartee/server/auth/user_store.h"

namespace repartee::server {
namespace {

using testing::HasSubstr;

constexpr char kPassword[] = "correct horse";

class UserStoreTest : public testing::Test {
 protected:
  UserStoreTest() {
    std::string pattern = testing::TempDir() + "/users-XXXXXX";
    folder_ = mkdtemp(pattern.data());
  }
  ~UserStoreTest() override { std::filesystem::remove_all(folder_); }

  std::unique_ptr<UserStore> Open() {
    Result<std::unique_ptr<UserStore>> store = UserStore::Open(folder_ + "/meta.db", clock_);
    EXPECT_TRUE(store.ok()) << store.status();
    return *std::move(store);
  }
  static NewUser Ann() { return {"Ann@Example.com", "Ann", kPassword}; }

  std::string folder_;
  VirtualClock clock_;
};

TEST(Password, AHashFitsItsPasswordAlone) {
  const Result<std::string> hash = HashPassword(kPassword);
  const Result<std::string> again = HashPassword(kPassword);

  ASSERT_TRUE(hash.ok()) << hash.status();
  EXPECT_NE(*hash, *again);
  EXPECT_TRUE(IsPassword(kPassword, *hash));
  EXPECT_FALSE(IsPassword("correct horsf", *hash));
  EXPECT_FALSE(IsPassword("", *hash));
}

TEST(Password, ADamagedHashFitsNothing) {
  for (const char* hash :
       {"", "scrypt", "scrypt$15$8$3$AAAA", "scrypt$15$8$3$AAAA$", "scrypt$63$8$3$AAAA$AAAA",
        "scrypt$0$8$3$AAAA$AAAA", "scrypt$x$8$3$AAAA$AAAA", "scrypt$20$4000000000$9$AA$AA"}) {
    EXPECT_FALSE(IsPassword("", hash)) << hash;
    EXPECT_FALSE(IsPassword(kPassword, hash)) << hash;
  }
}

TEST_F(UserStoreTest, SignsInByEmailInAnyCaseAndSurvivesARestart) {
  ASSERT_TRUE(Open()->AddUser(Ann(), "org", Role::kOwner).ok());

  const Result<SignedIn> entered = Open()->SignIn("ANN@example.com", kPassword);

  ASSERT_TRUE(entered.ok()) << entered.status();
  const std::optional<UserSession> session = Open()->FindSession(entered->token);
  ASSERT_TRUE(session.has_value());
  EXPECT_EQ(session->user.email, "ann@example.com");
  EXPECT_EQ(session->user.roles.at("org"), Role::kOwner);
  EXPECT_EQ(session->csrf_token, entered->session.csrf_token);
  EXPECT_GT(session->user.last_sign_in_ns, 0);
}

TEST_F(UserStoreTest, RefusesAWrongPasswordAndAnUnknownEmailInTheSameWords) {
  const std::unique_ptr<UserStore> store = Open();
  ASSERT_TRUE(store->AddUser(Ann(), "org", Role::kOwner).ok());

  const Status wrong = store->SignIn("ann@example.com", "wrong").status();
  const Status unknown = store->SignIn("bob@example.com", kPassword).status();

  EXPECT_EQ(wrong.code(), StatusCode::kUnauthenticated);
  EXPECT_EQ(wrong.ToString(), unknown.ToString());
}

TEST_F(UserStoreTest, ASessionEndsBySigningOutByAgeAndByANewPassword) {
  const std::unique_ptr<UserStore> store = Open();
  const Result<User> ann = store->AddUser(Ann(), "org", Role::kOwner);
  ASSERT_TRUE(ann.ok());
  const std::string first = store->SignIn(ann->email, kPassword)->token;
  const std::string second = store->SignIn(ann->email, kPassword)->token;

  ASSERT_TRUE(store->SignOut(first).ok());
  EXPECT_FALSE(store->FindSession(first));
  EXPECT_TRUE(store->FindSession(second));
  ASSERT_TRUE(store->SetPassword(ann->id, "another password").ok());
  EXPECT_FALSE(store->FindSession(second));
  const std::string third = store->SignIn(ann->email, "another password")->token;
  clock_.AdvanceTo(clock_.MonotonicNow() + UserStore::kSessionLife - std::chrono::seconds(1));
  EXPECT_TRUE(store->FindSession(third));
  clock_.AdvanceTo(clock_.MonotonicNow() + std::chrono::seconds(1));
  EXPECT_FALSE(store->FindSession(third));
  EXPECT_FALSE(store->FindSession(""));
}

TEST_F(UserStoreTest, KeepsNeitherPasswordNorTokenInItsFile) {
  std::string token;
  {
    const std::unique_ptr<UserStore> store = Open();
    ASSERT_TRUE(store->AddUser(Ann(), "org", Role::kOwner).ok());
    token = store->SignIn("ann@example.com", kPassword)->token;
  }

  for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
    std::FILE* file = std::fopen(entry.path().c_str(), "rb");
    std::string bytes(std::filesystem::file_size(entry.path()), '\0');
    bytes.resize(std::fread(bytes.data(), 1, bytes.size(), file));
    std::fclose(file);
    EXPECT_EQ(bytes.find(kPassword), std::string::npos) << entry.path();
    EXPECT_EQ(bytes.find(token), std::string::npos) << entry.path();
  }
}

TEST_F(UserStoreTest, WhatAnotherProcessChangesCounts) {
  const std::unique_ptr<UserStore> server = Open();
  EXPECT_FALSE(Open()->has_users());

  ASSERT_TRUE(Open()->AddUser(Ann(), "org", Role::kOwner).ok());

  EXPECT_TRUE(server->has_users());
  EXPECT_EQ(server->Members("org").size(), 1u);
}

TEST_F(UserStoreTest, AnOrganisationKeepsAnOwner) {
  const std::unique_ptr<UserStore> store = Open();
  EXPECT_EQ(store->AddUser(Ann(), "org", Role::kMember).status().code(), StatusCode::kFailedPrecondition);
  const Result<User> ann = store->AddUser(Ann(), "org", Role::kOwner);
  const Result<User> bob = store->AddUser({"bob@example.com", "", kPassword}, "org", Role::kViewer);
  ASSERT_TRUE(ann.ok() && bob.ok());
  EXPECT_EQ(bob->name, "bob");

  EXPECT_EQ(store->SetRole(ann->id, "org", Role::kMember).code(), StatusCode::kFailedPrecondition);
  EXPECT_EQ(store->RemoveMember(ann->id, "org").code(), StatusCode::kFailedPrecondition);
  EXPECT_TRUE(store->SetRole(bob->id, "org", Role::kOwner).ok());
  EXPECT_TRUE(store->RemoveMember(ann->id, "org").ok());
  EXPECT_EQ(store->RemoveMember(ann->id, "org").code(), StatusCode::kNotFound);
  EXPECT_FALSE(store->Find("ann@example.com"));
  // The very last one may go.
  EXPECT_TRUE(store->RemoveMember(bob->id, "org").ok());
  EXPECT_FALSE(store->has_users());
}

TEST_F(UserStoreTest, OneUserMayBeInSeveralOrganisations) {
  const std::unique_ptr<UserStore> store = Open();
  ASSERT_TRUE(store->AddUser(Ann(), "org", Role::kOwner).ok());

  // Who is known needs no second password.
  const Result<User> again = store->AddUser({"ann@example.com", "", ""}, "other", Role::kViewer);

  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->roles.size(), 2u);
  EXPECT_TRUE(store->SignIn("ann@example.com", kPassword).ok());
  ASSERT_TRUE(store->RemoveMember(again->id, "other").ok());
  EXPECT_TRUE(store->Find("ann@example.com"));
  EXPECT_EQ(store->AddUser(Ann(), "org", Role::kOwner).status().code(), StatusCode::kAlreadyExists);
}

TEST_F(UserStoreTest, NamesWhatCannotBeUsed) {
  const std::unique_ptr<UserStore> store = Open();
  const auto refusal = [&store](const std::string& email, const std::string& password) {
    return store->AddUser({email, "", password}, "org", Role::kOwner).status().message();
  };

  EXPECT_THAT(refusal("ann", kPassword), HasSubstr("ann is no email address"));
  EXPECT_THAT(refusal("ann@a b", kPassword), HasSubstr("no email address"));
  EXPECT_THAT(refusal("a@b@c", kPassword), HasSubstr("no email address"));
  EXPECT_THAT(refusal("ann@example.com", "short"), HasSubstr("at least 8"));
  EXPECT_THAT(refusal("ann@example.com", std::string(1001, 'x')), HasSubstr("at most 1000"));
}

TEST_F(UserStoreTest, TakesTheFirstUserFromTheEnvironmentAndKeepsOneThatExists) {
  InitSettings settings;
  settings.organisation_id = "org";
  settings.user_email = "ann@example.com";
  settings.user_name = "Ann";
  settings.user_password = kPassword;
  const std::unique_ptr<UserStore> store = Open();
  ASSERT_TRUE(store->Initialise(settings, "org").ok());
  settings.user_password = "another password";
  ASSERT_TRUE(store->Initialise(settings, "org").ok());

  EXPECT_TRUE(store->SignIn("ann@example.com", kPassword).ok());
  EXPECT_EQ(store->users().size(), 1u);
  settings.user_email = "bob@example.com";
  settings.user_password = "short";
  EXPECT_THAT(store->Initialise(settings, "org").message(), HasSubstr("LANGFUSE_INIT_USER_PASSWORD"));
  settings.organisation_id = "";
  EXPECT_TRUE(store->Initialise(settings, "org").ok());
}

TEST(AttemptLimit, ClosesAfterTenFailuresUntilTheFirstIsOld) {
  VirtualClock clock;
  AttemptLimit limit(clock);
  for (std::size_t i = 0; i < AttemptLimit::kMaxFailures; ++i) {
    EXPECT_FALSE(limit.WaitOf("ann"));
    limit.NoteFailure("ann");
  }

  EXPECT_EQ(limit.WaitOf("ann"), AttemptLimit::kWindow);
  EXPECT_FALSE(limit.WaitOf("bob"));
  clock.AdvanceTo(clock.MonotonicNow() + AttemptLimit::kWindow);
  EXPECT_FALSE(limit.WaitOf("ann"));
}

TEST(AttemptLimit, RemembersSoManyNamesAndForgetsTheOldest) {
  VirtualClock clock;
  AttemptLimit limit(clock);
  for (std::size_t i = 0; i < AttemptLimit::kMaxFailures; ++i) limit.NoteFailure("first");
  for (std::size_t i = 0; i + 1 < AttemptLimit::kMaxNames; ++i) {
    clock.AdvanceTo(clock.MonotonicNow() + Nanos(1));
    limit.NoteFailure(std::to_string(i));
  }
  EXPECT_TRUE(limit.WaitOf("first"));

  limit.NoteFailure("one more");

  EXPECT_FALSE(limit.WaitOf("first"));
}

}  // namespace
}  // namespace repartee::server
