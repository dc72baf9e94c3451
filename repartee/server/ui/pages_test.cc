// Pages: which path is what, who sees them, links from elsewhere.
#include "repartee/server/ui/pages.h"

#include <gmock/gmock.h>

#include "repartee/base/encoding.h"
#include "repartee/server/ui/server_facts.h"

namespace repartee::server {
namespace {

using ::testing::HasSubstr;

std::optional<HttpResponse> Serve(const HttpRequest&, std::string_view path) {
  if (path != "/index.html" && path != "/assets/app-1.js") return std::nullopt;
  return HttpResponse::Text(200, std::string(path));
}

HttpResponse Get(const std::string& target, HttpHeaders headers = {}, const Pages::ServeFile& serve = Serve,
                 const std::string& agent = "") {
  HttpRequest request;
  request.target = target;
  request.path = PercentDecode(target.substr(0, target.find('?')));
  if (!headers.Has("host")) headers.Add("Host", "localhost:3000");
  request.headers = std::move(headers);
  return Pages(serve, {"https://traces.example"}, [agent](const HttpRequest&) { return agent; })
      .Handle(request);
}

TEST(Pages, EveryRouteOfThePageIsTheIndex) {
  for (const char* path : {"/", "/p/x/conversations", "/p/x/conversations/0af7?turn=3", "/trace/0af7"})
    EXPECT_EQ(Get(path).body, "/index.html") << path;
}

TEST(Pages, FilesAreServedByTheirNameAndOthersAreNot) {
  EXPECT_EQ(Get("/assets/app-1.js").body, "/assets/app-1.js");
  EXPECT_EQ(Get("/assets/app-2.js").status, 404);
  EXPECT_EQ(Get("/etc/passwd").status, 404);
}

TEST(Pages, ForeignHostsAndOriginsSeeNone) {
  for (const char* path : {"/", "/assets/app-1.js", "/project/x/traces/y"}) {
    EXPECT_EQ(Get(path, {{"Host", "evil.example"}}).status, 403) << path;
    EXPECT_EQ(Get(path, {{"Host", "localhost"}, {"Origin", "https://evil.example"}}).status, 403) << path;
  }
  EXPECT_EQ(Get("/", {{"Host", "traces.example"}}).status, 200);
}

TEST(Pages, LinksOfLangfusesSdksWork) {
  EXPECT_EQ(Get("/project/my%20id/traces/0af7?peek=1").headers.Get("location"),
            "/p/my%20id/conversations/0af7");
  EXPECT_EQ(Get("/project/x").headers.Get("location"), "/p/x/conversations");
  EXPECT_EQ(Get("/project//evil.example/traces/1").status, 404);
  EXPECT_EQ(Get("/project/x/sessions/1").status, 404);
}

std::optional<HttpResponse> ServeWithPolicy(const HttpRequest&, std::string_view) {
  HttpResponse page;
  page.headers.Set("Content-Security-Policy", "script-src 'self'; connect-src 'self'; base-uri 'none'");
  return page;
}

std::string PolicyOf(const std::string& target, const std::string& agent) {
  return std::string(Get(target, {}, ServeWithPolicy, agent).headers.Get("content-security-policy"));
}

TEST(Pages, MayReachTheAgentAndItsWebsocketAndNothingElse) {
  EXPECT_EQ(
      PolicyOf("/p/x/conversations", "http://localhost:7860"),
      "script-src 'self'; connect-src 'self' http://localhost:7860 ws://localhost:7860; base-uri 'none'");
  EXPECT_EQ(
      PolicyOf("/p/x/conversations", "https://agent.example"),
      "script-src 'self'; connect-src 'self' https://agent.example wss://agent.example; base-uri 'none'");
  EXPECT_EQ(PolicyOf("/p/x/talk", ""), "script-src 'self'; connect-src 'self'; base-uri 'none'");
  EXPECT_EQ(PolicyOf("/assets/app-1.js", "http://localhost:7860"),
            "script-src 'self'; connect-src 'self'; base-uri 'none'");
}

TEST(Pages, OnlyTheTalkMayRunSound) {
  EXPECT_EQ(PolicyOf("/p/x/talk?a=1", "http://localhost:7860"),
            "script-src 'self' blob:; connect-src 'self' http://localhost:7860 ws://localhost:7860; base-uri "
            "'none'; worker-src 'self' blob:");
}

TEST(Pages, GiveTheMicrophoneToThemselvesAlone) {
  EXPECT_EQ(Get("/").headers.Get("permissions-policy"), "microphone=(self)");
}

TEST(AgentUrls, AreOriginsOfAPageOrAWebsocket) {
  EXPECT_EQ(*OriginOfAgent("http://127.0.0.1:7860"), "http://127.0.0.1:7860");
  EXPECT_EQ(*OriginOfAgent("wss://agent.example/ws"), "https://agent.example");
  EXPECT_EQ(*OriginOfAgent("ws://[::1]:7860/ws"), "http://[::1]:7860");
  for (const char* wrong :
       {"", "agent.example", "ftp://agent.example", "http://a;script-src *", "http://a b"})
    EXPECT_FALSE(OriginOfAgent(wrong).ok()) << wrong;
}

TEST(AgentUrls, OneElsewhereComesBeforeTheOneBeside) {
  HttpRequest request;
  request.headers.Set("Host", "[::1]:3000");
  ServerFacts facts;
  EXPECT_EQ(AgentOrigin(request, facts), "");
  facts.agent_port = 7860;
  EXPECT_EQ(AgentOrigin(request, facts), "http://[::1]:7860");
  facts.agent_url = "https://agent.example";
  EXPECT_EQ(AgentOrigin(request, facts), "https://agent.example");
}

TEST(Pages, NoAnswerMayBeFramedOrSniffed) {
  for (const char* path : {"/", "/nothing", "/project/x"}) {
    EXPECT_EQ(Get(path).headers.Get("x-frame-options"), "DENY") << path;
    EXPECT_EQ(Get(path).headers.Get("x-content-type-options"), "nosniff") << path;
  }
}

TEST(Pages, AProgramWithoutThemSaysSo) {
  const HttpResponse response =
      Get("/", {}, [](const HttpRequest&, std::string_view) { return std::nullopt; });

  EXPECT_EQ(response.status, 404);
  EXPECT_THAT(response.body, HasSubstr("without the dashboard"));
}

}  // namespace
}  // namespace repartee::server
