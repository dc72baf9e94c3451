// Signing in, what each role may, and the settings behind it.
#include "repartee/server/ui/sign_in.h"
#include "repartee/server/api/openapi.h"
#include "repartee/server/limits.h"
#include "repartee/server/ui/ui_kit_for_test.h"

namespace repartee::server::testing {
namespace {

using ::testing::HasSubstr;

constexpr char kPassword[] = "correct horse";

class SignInTest : public ::testing::Test {
 protected:
  void AddUser(const std::string& email, Role role) {
    const Result<User> user = ui_.users().AddUser({email, "", kPassword}, "org", role);
    ASSERT_TRUE(user.ok()) << user.status();
  }
  static Json Parse(const HttpResponse& response) { return *ParseJson(response.body); }

  HttpResponse TrySignIn(const std::string& email, const std::string& password, bool from_loopback = true) {
    return ui_.Send("POST", "/api/ui/session", {{"email", email}, {"password", password}}, {}, from_loopback);
  }
  // What a page sends with each request from then on.
  HttpHeaders SignIn(const std::string& email) {
    const HttpResponse response = TrySignIn(email, kPassword);
    EXPECT_EQ(response.status, 200) << response.body;
    const std::string cookie(response.headers.Get("set-cookie"));
    return {{"Cookie", "theme=dark; " + cookie.substr(0, cookie.find(';')) + "; x=y"},
            {"X-CSRF-Token", Parse(response)["csrf_token"]}};
  }
  HttpHeaders AtHome() { return {{"X-CSRF-Token", ui_.GetJson("/api/ui/session")["csrf_token"]}}; }

  UiKit ui_;
};

TEST_F(SignInTest, WithAUserTheDashboardNeedsASignInAndSaysSo) {
  EXPECT_EQ(ui_.Get("/api/ui/conversations").status, 200);
  AddUser("ann@example.com", Role::kOwner);

  for (const char* path : {"conversations", "session", "latency", "keys", "ingest-health", "members"}) {
    const HttpResponse refused = ui_.Get(std::string("/api/ui/") + path);
    EXPECT_EQ(refused.status, 401) << path;
    EXPECT_EQ(Parse(refused)["error"]["code"], "sign_in") << path;
  }
  const HttpHeaders ann = SignIn("ann@example.com");
  EXPECT_EQ(ui_.Get("/api/ui/conversations", ann).status, 200);
  const Json session = Parse(ui_.Get("/api/ui/session", ann));
  EXPECT_EQ(session["user"]["email"], "ann@example.com");
  EXPECT_EQ(session["role"], "owner");
}

// Whoever tries more passwords than a machine can hash takes no reader from the others.
TEST_F(SignInTest, PasswordsBeyondThoseThatAreCheckedAtATimeAreToComeAgain) {
  AddUser("ann@example.com", Role::kOwner);
  std::promise<void> gate;
  const std::shared_future<void> passed = gate.get_future().share();
  for (int i = 0; i < kReaderThreads; ++i)
    ASSERT_TRUE(ui_.kit().store().Read([passed](StoreReader&) { passed.wait(); }).ok());
  const Json entry = {{"email", "ann@example.com"}, {"password", kPassword}};
  std::vector<std::future<HttpResponse>> checked;
  for (int i = 0; i < SignIn::kMaxChecks; ++i) checked.push_back(ui_.Begin("POST", "/api/ui/session", entry));

  const HttpResponse refused = TrySignIn("ann@example.com", kPassword);

  EXPECT_EQ(refused.status, 503) << refused.body;
  EXPECT_FALSE(refused.headers.Get("retry-after").empty());
  gate.set_value();
  for (std::future<HttpResponse>& answer : checked) EXPECT_EQ(answer.get().status, 200);
  EXPECT_EQ(TrySignIn("ann@example.com", kPassword).status, 200);
}

TEST_F(SignInTest, ElsewhereThanLoopbackWithoutAUserItTellsHowToMakeOne) {
  const HttpResponse refused = ui_.Get("/api/ui/session", {}, false);

  EXPECT_EQ(refused.status, 401);
  EXPECT_EQ(Parse(refused)["error"]["code"], "first_user");
  EXPECT_THAT(refused.body, HasSubstr("repartee users add"));
}

TEST_F(SignInTest, TheCookieIsForTheBrowserAlone) {
  AddUser("ann@example.com", Role::kOwner);

  const std::string plain(TrySignIn("ann@example.com", kPassword).headers.Get("set-cookie"));
  const HttpResponse over_tls =
      ui_.Send("POST", "/api/ui/session", {{"email", "ann@example.com"}, {"password", kPassword}},
               {{"Host", "traces.example"}, {"Origin", "https://traces.example"}}, false);

  EXPECT_THAT(plain, HasSubstr("; HttpOnly; SameSite=Lax"));
  EXPECT_EQ(plain.find("Secure"), std::string::npos);
  EXPECT_EQ(over_tls.status, 200) << over_tls.body;
  EXPECT_THAT(std::string(over_tls.headers.Get("set-cookie")), HasSubstr("; Secure"));
}

TEST_F(SignInTest, SigningOutEndsTheSession) {
  AddUser("ann@example.com", Role::kOwner);
  const HttpHeaders ann = SignIn("ann@example.com");

  const HttpResponse left = ui_.Send("DELETE", "/api/ui/session", Json(), ann);

  EXPECT_EQ(left.status, 200);
  EXPECT_THAT(std::string(left.headers.Get("set-cookie")), HasSubstr("Max-Age=0"));
  EXPECT_EQ(ui_.Get("/api/ui/session", ann).status, 401);
}

TEST_F(SignInTest, TenWrongPasswordsCloseTheAccountForAWhile) {
  AddUser("ann@example.com", Role::kOwner);
  for (int i = 0; i < 10; ++i) {
    const HttpResponse refused = TrySignIn(i % 2 == 0 ? "ann@example.com" : "ANN@example.com", "wrong one");
    EXPECT_EQ(refused.status, 401);
    EXPECT_EQ(Parse(refused)["error"]["code"], "wrong_credentials");
  }

  const HttpResponse closed = TrySignIn("ann@example.com", kPassword);

  EXPECT_EQ(closed.status, 429);
  EXPECT_GT(std::stoi(std::string(closed.headers.Get("retry-after"))), 0);
}

TEST_F(SignInTest, SignInTakesJsonFromOurOwnPagesAlone) {
  AddUser("ann@example.com", Role::kOwner);
  const Json body = {{"email", "ann@example.com"}, {"password", kPassword}};
  const std::string path = "/api/ui/session";

  EXPECT_EQ(ui_.Send("POST", path, body, {{"Origin", "https://evil.example"}}).status, 403);
  EXPECT_EQ(ui_.Send("POST", path, body, {{"Host", "evil.example"}}).status, 403);
  EXPECT_EQ(ui_.Send("POST", path, body, {{"Content-Type", "text/plain"}}).status, 415);
  EXPECT_EQ(ui_.Send("POST", path, {{"email", 1}}).status, 400);
  EXPECT_EQ(ui_.Send("POST", path, Json::array()).status, 400);
  EXPECT_EQ(ui_.Send("DELETE", path, Json(), {{"Origin", "https://evil.example"}}).status, 403);
}

TEST_F(SignInTest, ChangesNeedTheCsrfTokenOfTheirSession) {
  AddUser("ann@example.com", Role::kOwner);
  AddUser("bob@example.com", Role::kOwner);
  const HttpHeaders ann = SignIn("ann@example.com");
  const HttpHeaders bob = SignIn("bob@example.com");
  const std::string cookie(ann.Get("cookie"));
  const Json body = {{"note", "x"}};

  for (const HttpHeaders& headers :
       {HttpHeaders{{"Cookie", cookie}}, HttpHeaders{{"Cookie", cookie}, {"X-CSRF-Token", ""}},
        HttpHeaders{{"Cookie", cookie}, {"X-CSRF-Token", std::string(bob.Get("x-csrf-token"))}}}) {
    const HttpResponse refused = ui_.Send("POST", "/api/ui/keys", body, headers);
    EXPECT_EQ(refused.status, 403);
    EXPECT_EQ(Parse(refused)["error"]["code"], "csrf");
  }
  EXPECT_EQ(ui_.Send("POST", "/api/ui/keys", body, ann).status, 201);
}

TEST_F(SignInTest, AtHomeWithoutUsersAForeignPageStillChangesNothing) {
  EXPECT_EQ(ui_.Send("POST", "/api/ui/keys", {{"note", "x"}}).status, 403);
  EXPECT_EQ(ui_.Send("POST", "/api/ui/keys", {{"note", "x"}}, AtHome()).status, 201);
}

TEST_F(SignInTest, EachRoleMayWhatItIsFor) {
  AddUser("owner@example.com", Role::kOwner);
  AddUser("member@example.com", Role::kMember);
  AddUser("viewer@example.com", Role::kViewer);
  const std::string basic = "Basic " + Base64Encode(std::string(kPublicKey) + ":" + kSecretKey);
  struct Case {
    HttpHeaders who;
    int key, member, project, rename;
  };
  const std::vector<Case> cases = {{{{"Authorization", basic}}, 403, 403, 403, 403},
                                   {SignIn("viewer@example.com"), 403, 403, 403, 403},
                                   {SignIn("member@example.com"), 201, 403, 403, 403},
                                   {SignIn("owner@example.com"), 201, 400, 201, 200}};

  for (const Case& item : cases) {
    EXPECT_EQ(ui_.Get("/api/ui/keys", item.who).status, 200);
    EXPECT_EQ(ui_.Send("POST", "/api/ui/keys", {{"note", "x"}}, item.who).status, item.key);
    EXPECT_EQ(ui_.Send("POST", "/api/ui/members", Json::object(), item.who).status, item.member);
    EXPECT_EQ(ui_.Send("POST", "/api/ui/projects", {{"name", "p"}}, item.who).status, item.project);
    EXPECT_EQ(ui_.Send("PATCH", "/api/ui/organization", {{"name", "o"}}, item.who).status, item.rename);
  }
}

TEST_F(SignInTest, SomebodyOfAnotherOrganisationSeesNothingOfThisOne) {
  AddUser("ann@example.com", Role::kOwner);
  InitSettings other;
  other.organisation_id = "other-org";
  other.project_id = "other";
  ASSERT_TRUE(ui_.kit().keys().Initialise(other).ok());
  ASSERT_TRUE(ui_.users().AddUser({"eve@example.com", "", kPassword}, "other-org", Role::kOwner).ok());
  const HttpHeaders eve = SignIn("eve@example.com");
  const std::string ann = ui_.users().Find("ann@example.com")->id;
  const std::string key = ui_.kit().keys().ListKeys()->front().id;

  EXPECT_EQ(Parse(ui_.Get("/api/ui/session", eve))["projects"].size(), 1u);
  EXPECT_EQ(ui_.Get("/api/ui/conversations?project=project", eve).status, 404);
  EXPECT_EQ(ui_.Send("PATCH", "/api/ui/projects/project", {{"name", "x"}}, eve).status, 404);
  EXPECT_EQ(ui_.Send("DELETE", "/api/ui/members/" + ann, Json(), eve).status, 404);
  EXPECT_EQ(ui_.Send("PATCH", "/api/ui/members/" + ann, {{"role", "viewer"}}, eve).status, 404);
  EXPECT_EQ(ui_.Send("DELETE", "/api/ui/keys/" + key, Json(), eve).status, 404);
  EXPECT_EQ(Parse(ui_.Get("/api/ui/members", eve))["members"].size(), 1u);
}

TEST_F(SignInTest, AKeyIsShownOnceUsedAndRevoked) {
  const HttpHeaders home = AtHome();
  const Json made = Parse(ui_.Send("POST", "/api/ui/keys", {{"note", "laptop"}}, home));
  const std::string pair = made.value("public_key", "") + ":" + made.value("secret_key", "");
  const HttpHeaders keys{{"Authorization", "Basic " + Base64Encode(pair)}};
  EXPECT_EQ(ui_.Get("/api/ui/session", keys).status, 200);

  const HttpResponse listed = ui_.Get("/api/ui/keys");
  const Json list = Parse(listed)["keys"];
  ASSERT_EQ(list.size(), 2u);
  EXPECT_EQ(list[1]["note"], "laptop");
  EXPECT_TRUE(list[0]["last_used"].is_null());
  EXPECT_TRUE(list[1]["last_used"].is_number());
  EXPECT_EQ(listed.body.find(made.value("secret_key", "?")), std::string::npos);

  const std::string path = "/api/ui/keys/" + made.value("id", "");
  EXPECT_EQ(ui_.Send("DELETE", path, Json(), home).status, 200);
  EXPECT_EQ(ui_.Send("DELETE", path, Json(), home).status, 404);
  EXPECT_EQ(ui_.Get("/api/ui/session", keys).status, 401);
}

TEST_F(SignInTest, MembersAreAddedChangedAndRemoved) {
  const HttpHeaders home = AtHome();
  const Json ann = {
      {"email", "ann@example.com"}, {"name", "Ann"}, {"password", kPassword}, {"role", "owner"}};
  EXPECT_EQ(ui_.Send("POST", "/api/ui/members", ann, home).status, 201);
  // From here on nobody is at home any more.
  EXPECT_EQ(ui_.Send("POST", "/api/ui/members", ann, home).status, 401);
  const HttpHeaders owner = SignIn("ann@example.com");
  EXPECT_EQ(ui_.Send("POST", "/api/ui/members", ann, owner).status, 409);
  const Json bob = {{"email", "bob@example.com"}, {"password", kPassword}, {"role", "viewer"}};
  const Json made = Parse(ui_.Send("POST", "/api/ui/members", bob, owner));

  const std::string path = "/api/ui/members/" + made.value("id", "");
  EXPECT_EQ(Parse(ui_.Send("PATCH", path, {{"role", "member"}}, owner))["role"], "member");
  EXPECT_EQ(ui_.Send("PATCH", path, {{"role", "king"}}, owner).status, 400);
  const Json members = Parse(ui_.Get("/api/ui/members", owner))["members"];
  ASSERT_EQ(members.size(), 2u);
  EXPECT_EQ(members[0]["is_you"], true);
  EXPECT_EQ(members[1]["is_you"], false);
  EXPECT_EQ(ui_.Send("DELETE", path, Json(), owner).status, 200);
  EXPECT_EQ(ui_.Send("DELETE", path, Json(), owner).status, 404);
  const std::string self = "/api/ui/members/" + members[0].value("id", "");
  EXPECT_EQ(ui_.Send("PATCH", self, {{"role", "viewer"}}, owner).status, 409);
}

TEST_F(SignInTest, OnesOwnPasswordIsChangedWithTheOldOne) {
  AddUser("ann@example.com", Role::kOwner);
  const HttpHeaders ann = SignIn("ann@example.com");
  const std::string path = "/api/ui/password";

  EXPECT_EQ(
      ui_.Send("POST", path, {{"current_password", "wrong one"}, {"new_password", "a new password"}}, ann)
          .status,
      403);
  EXPECT_EQ(ui_.Send("POST", path, {{"current_password", kPassword}, {"new_password", "short"}}, ann).status,
            400);
  EXPECT_EQ(ui_.Send("POST", path, {{"current_password", kPassword}, {"new_password", "a new password"}}, ann)
                .status,
            200);
  EXPECT_EQ(ui_.Get("/api/ui/session", ann).status, 401);
  EXPECT_EQ(TrySignIn("ann@example.com", "a new password").status, 200);
}

TEST_F(SignInTest, ProjectsAndTheOrganisationAreMadeAndNamed) {
  const HttpHeaders home = AtHome();
  const Json made =
      Parse(ui_.Send("POST", "/api/ui/projects", {{"name", "Second"}, {"retention_days", 30}}, home));
  EXPECT_EQ(made["retention_days"], 30);
  const std::string path = "/api/ui/projects/" + made.value("id", "");

  EXPECT_EQ(ui_.Send("PATCH", path, {{"retention_days", 2}}, home).status, 400);
  EXPECT_EQ(ui_.Send("PATCH", path, {{"name", ""}}, home).status, 400);
  const Json changed = Parse(ui_.Send("PATCH", path, {{"name", "Other"}, {"retention_days", nullptr}}, home));
  EXPECT_EQ(changed["name"], "Other");
  EXPECT_TRUE(changed["retention_days"].is_null());
  EXPECT_EQ(changed["retention_is_default"], false);
  EXPECT_EQ(ui_.GetJson("/api/ui/projects")["projects"][0]["retention_is_default"], true);
  EXPECT_EQ(ui_.GetJson("/api/ui/retention?project=" + made.value("id", ""))["retention_days"], 0);
  EXPECT_EQ(ui_.Send("PATCH", "/api/ui/organization", {{"name", "Acme"}}, home).status, 200);
  EXPECT_EQ(ui_.GetJson("/api/ui/projects")["projects"][1]["organization"]["name"], "Acme");
}

TEST_F(SignInTest, PricesAreSetAndWhatHasNoneIsNamed) {
  TestSpan heard{.name = "stt"};
  heard.texts = {
      {"gen_ai.request.model", "my.ears"}, {"gen_ai.operation.name", "stt"}, {"gen_ai.provider.name", "me"}};
  heard.numbers = {{"metrics.audio_seconds", 3}};
  const std::int64_t now = Clock::System().WallNow().count();
  heard.start_ns = heard.end_ns = static_cast<std::uint64_t>(now);
  ui_.Send({heard});
  const Json before = ui_.GetJson("/api/ui/prices");
  ASSERT_EQ(before["unpriced"].size(), 1u) << before["unpriced"];
  EXPECT_EQ(before["unpriced"][0]["model"], "my.ears");
  EXPECT_EQ(before["unpriced"][0]["stage"], "stt");
  EXPECT_EQ(before["unpriced"][0]["spans"], 1);

  const HttpHeaders home = AtHome();
  const Json price = {{"name", "my.ears"}, {"unit", "SECONDS"}, {"input_price", 0.5}};
  const Json made = Parse(ui_.Send("POST", "/api/ui/prices", price, home));
  EXPECT_EQ(made["own"], true);
  EXPECT_EQ(made["pattern"], "(?i)^my\\.ears$");
  EXPECT_EQ(ui_.GetJson("/api/ui/prices")["models"][0], made);
  EXPECT_EQ(ui_.Send("POST", "/api/ui/prices", {{"unit", "SECONDS"}}, home).status, 400);
  const std::string path = "/api/ui/prices/" + made.value("id", "");
  EXPECT_EQ(ui_.Send("DELETE", path, Json(), home).status, 200);
  EXPECT_EQ(ui_.Send("DELETE", path, Json(), home).status, 404);
}

TEST_F(SignInTest, TellsFactsOfTheServer) {
  const Json facts = ui_.GetJson("/api/ui/server");

  EXPECT_EQ(facts["version"], "1.2.3");
  EXPECT_EQ(facts["ports"]["otlp_http"], 4318);
  EXPECT_TRUE(facts["ports"]["otlp_grpc"].is_null());
  EXPECT_GT(facts["data"]["bytes"], 0);
  EXPECT_GT(facts["data"]["free_bytes"], 0);
  EXPECT_GT(facts["limits"].size(), 3u);
}

// The path with "none" for each of its parameters.
std::string WithNone(std::string path) {
  for (std::size_t begin = 0; (begin = path.find('{')) != std::string::npos;)
    path.replace(begin, path.find('}', begin) + 1 - begin, "none");
  return path;
}

TEST_F(SignInTest, EveryDescribedPathAnswersAndNeedsASignIn) {
  const Json document = *ParseJson(kOpenApiDocument);
  AddUser("ann@example.com", Role::kOwner);
  const HttpHeaders ann = SignIn("ann@example.com");
  std::size_t operations = 0;
  for (const auto& [path, described] : document["paths"].items()) {
    if (!path.starts_with("/api/ui/")) continue;
    const std::string target = WithNone(path);
    for (const auto& [method, operation] : described.items()) {
      std::string upper = method;
      for (char& c : upper) c = static_cast<char>(c - 'a' + 'A');
      const bool is_sign_in = path == "/api/ui/session" && method != "get";
      const HttpResponse refused = ui_.Send(upper, target, Json::object());
      EXPECT_TRUE(is_sign_in || refused.status == 401) << method << path << refused.status;
      if (is_sign_in) continue;
      const HttpResponse answer = ui_.Send(upper, target, Json::object(), ann);
      EXPECT_NE(answer.status, 405) << method << path;
      EXPECT_TRUE(operation["responses"].contains(std::to_string(answer.status)))
          << method << path << answer.status;
      ++operations;
    }
  }
  EXPECT_GE(operations, 14u);
}

}  // namespace
}  // namespace repartee::server::testing
