// What holds for every route: it is described, it needs a key, and a key opens its
// own project alone.
#include <gmock/gmock.h>

#include <map>
#include <set>

#include "repartee/base/encoding.h"
#include "repartee/server/api/openapi.h"
#include "repartee/server/api/route.h"
#include "repartee/server/testing/server_kit.h"

namespace repartee::server::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kMark[] = "only-for-the-owner";
const char kForeign[] = "pk-foreign:sk-foreign";

class RoutesTest : public ::testing::Test {
 protected:
  // One of each in the first project, all with the mark, and a second project's key.
  void Fill() {
    TestSpan span{.trace_id = TraceIdOf(1), .span_id = SpanIdOf(1), .name = kMark};
    span.texts = {{"langfuse.session.id", kMark}, {"langfuse.user.id", kMark}, {"output", kMark}};
    ASSERT_EQ(kit_.Post("/api/public/otel", MakeRequest({span}, "app")).status, 200);
    const std::string trace = TraceId::FromBytes(TraceIdOf(1))->Hex();
    ids_ = {{"traceId", trace}, {"observationId", SpanIdHex(1)}, {"sessionId", kMark}};
    ids_["configId"] =
        kit_.SendJson("POST", "/api/public/score-configs", {{"name", kMark}, {"dataType", "NUMERIC"}})["id"];
    ids_["commentId"] = kit_.SendJson(
        "POST", "/api/public/comments",
        {{"projectId", "project"}, {"objectType", "TRACE"}, {"objectId", trace}, {"content", kMark}})["id"];
    kit_.SendJson("POST", "/api/public/v2/prompts",
                  {{"name", kMark}, {"prompt", kMark}, {"labels", {"production"}}}, 201);
    kit_.SendJson("POST", "/api/public/v2/datasets", {{"name", kMark}});
    ids_["id"] = kit_.SendJson("POST", "/api/public/dataset-items",
                               {{"datasetName", kMark}, {"id", "item"}, {"input", kMark}})["id"];
    kit_.SendJson("POST", "/api/public/dataset-run-items",
                  {{"runName", kMark}, {"datasetItemId", "item"}, {"traceId", trace}});
    const Json queue = {{"name", kMark}, {"scoreConfigIds", {ids_["configId"]}}};
    ids_["queueId"] = kit_.SendJson("POST", "/api/public/annotation-queues", queue)["id"];
    ids_["itemId"] = kit_.SendJson("POST", "/api/public/annotation-queues/" + ids_["queueId"] + "/items",
                                   {{"objectId", kMark}, {"objectType", "SESSION"}})["id"];
    ids_["scoreId"] = "score";
    kit_.SendJson("POST", "/api/public/scores",
                  {{"id", "score"}, {"name", kMark}, {"value", 1}, {"traceId", trace}, {"comment", kMark}});
    const Result<Project> second = kit_.keys().CreateProject("org", "second", "Second", 0);
    ASSERT_TRUE(second.ok());
    ASSERT_TRUE(kit_.keys().CreateKey(second->key, "", KeyPair{"pk-foreign", "sk-foreign"}).ok());
  }

  // The route's path with the first project's own ids.
  std::string PathOf(const Route& route) const {
    std::string path = "/api/public/";
    std::string_view left = route.pattern;
    while (true) {
      const std::string_view part = left.substr(0, left.find('/'));
      if (part.starts_with('{')) {
        const auto id = ids_.find(std::string(part.substr(1, part.size() - 2)));
        const bool is_version = part == "{version}";
        path += is_version ? "1" : id == ids_.end() ? kMark : id->second;
      } else {
        path += part;
      }
      if (part.size() == left.size()) return path;
      left.remove_prefix(part.size() + 1);
      path += '/';
    }
  }

  std::map<std::string, std::string> ids_;
  TempFolder folder_;
  ServerKit kit_{folder_.path(), {}};
};

TEST_F(RoutesTest, AForeignKeySeesAndChangesNothing) {
  Fill();
  for (const Route& route : AllRoutes()) {
    if (route.access == Access::kOrganisation) continue;
    const std::string what = std::string(route.method) + " " + std::string(route.pattern);
    // Changes name what they would change; the body of one fits no other.
    const Json body = {
        {"runName", kMark},   {"datasetItemId", "item"}, {"traceId", "t"},        {"newLabels", {"x"}},
        {"isArchived", true}, {"projectId", "project"},  {"objectType", "TRACE"}, {"objectId", "t"},
        {"content", "x"},     {"status", "COMPLETED"},   {"userId", "x"}};
    const bool is_read = route.method == "GET";
    const std::string query = is_read ? "?datasetId=x&runName=x&fromStartTime=2000-01-01T00:00:00Z&query=" +
                                            PercentEncode(R"({"view":"observations",
        "dimensions":[{"field":"name"}],"metrics":[{"measure":"count","aggregation":"count"}],
        "fromTimestamp":"2000-01-01T00:00:00Z","toTimestamp":"2100-01-01T00:00:00Z"})")
                                      : "";
    // The answer may repeat what was asked for, and nothing else.
    const HttpResponse response =
        kit_.Send(std::string(route.method), PathOf(route) + query, is_read ? Json() : body, kForeign);
    const bool names_one = route.pattern.find('{') != std::string_view::npos;
    // Deleting a trace that is not there is as good as done.
    const bool is_deletion = route.method == "DELETE" && route.pattern == "traces/{traceId}";
    if (names_one && route.pattern != "models/{id}" && !is_deletion) {
      EXPECT_TRUE(response.status == 404 || response.status == 202) << what << ": " << response.body;
    }
    if (response.status == 200) {
      EXPECT_THAT(response.body, Not(HasSubstr(kMark))) << what;
    }
  }
  // The owner's things are all still there.
  EXPECT_EQ(kit_.Get("/api/public/traces/" + ids_["traceId"]).status, 200);
  EXPECT_EQ(kit_.Get("/api/public/v2/prompts/" + std::string(kMark)).status, 200);
  EXPECT_EQ(kit_.GetJson("/api/public/score-configs/" + ids_["configId"])["isArchived"], false);
  EXPECT_EQ(kit_.Get("/api/public/dataset-items/item").status, 200);
  EXPECT_EQ(kit_.Get("/api/public/v2/scores/score").status, 200);
  const std::string queue = "/api/public/annotation-queues/" + ids_["queueId"];
  EXPECT_EQ(kit_.GetJson(queue + "/items/" + ids_["itemId"])["status"], "PENDING");
  EXPECT_EQ(kit_.Get("/api/public/datasets/" + std::string(kMark) + "/runs/" + kMark).status, 200);
}

TEST_F(RoutesTest, EveryRouteNeedsAKey) {
  Fill();
  for (const Route& route : AllRoutes()) {
    const HttpResponse response =
        kit_.Send(std::string(route.method), PathOf(route), Json::object(), "pk:wrong");
    EXPECT_EQ(response.status, 401) << route.pattern;
    EXPECT_THAT(response.body, HasSubstr(R"({"message":"Invalid credentials)")) << route.pattern;
  }
}

TEST_F(RoutesTest, AnotherMethodIs405InJson) {
  for (const Route& route : AllRoutes()) {
    const HttpResponse response = kit_.Send("TRACE", PathOf(route));
    EXPECT_EQ(response.status, 405) << route.pattern;
    EXPECT_THAT(response.body, HasSubstr("MethodNotAllowedError"));
  }
}

TEST_F(RoutesTest, AnyOriginIsReflectedWithoutCredentials) {
  for (const Route& route : AllRoutes()) {
    HttpHeaders headers;
    headers.Add("Origin", "https://app.example");
    headers.Add("Host", "traces.example");
    headers.Add("Access-Control-Request-Headers", "authorization,x-langfuse-public-key");
    const HttpResponse asked = kit_.Ask("OPTIONS", PathOf(route), headers);
    EXPECT_EQ(asked.status, 204) << route.pattern;
    EXPECT_EQ(asked.headers.Get("access-control-allow-origin"), "https://app.example");
    EXPECT_EQ(asked.headers.Get("access-control-allow-headers"), "authorization,x-langfuse-public-key");
    EXPECT_FALSE(asked.headers.Has("access-control-allow-credentials"));
  }
  // A key opens the API from any page.
  HttpHeaders headers;
  headers.Add("Origin", "https://app.example");
  headers.Add("Host", "traces.example");
  const HttpResponse answer = kit_.Get("/api/public/projects", headers);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.headers.Get("access-control-allow-origin"), "https://app.example");
}

TEST_F(RoutesTest, TheServedDocumentDescribesEveryRouteAndNoOther) {
  const Json document = kit_.GetJson("/api/public/openapi.json");
  std::set<std::string> described;
  for (const auto& [path, operations] : document["paths"].items()) {
    if (path.starts_with("/api/ui/")) continue;  // has a test of its own
    for (const auto& [method, operation] : operations.items()) {
      EXPECT_FALSE(operation["summary"].get<std::string>().empty()) << path;
      std::string upper = method;
      for (char& c : upper) c = static_cast<char>(c - 'a' + 'A');
      described.insert(upper + " " + path);
    }
  }
  for (const Route& route : AllRoutes()) {
    EXPECT_EQ(described.erase(std::string(route.method) + " /api/public/" + std::string(route.pattern)), 1u)
        << route.method << " " << route.pattern;
  }
  // What is left is not in the table of routes; it must answer all the same.
  for (const std::string& left : described) {
    const std::size_t blank = left.find(' ');
    const HttpResponse response = kit_.Send(left.substr(0, blank), left.substr(blank + 1));
    EXPECT_THAT(response.body, Not(HasSubstr("No such path"))) << left;
    EXPECT_NE(response.status, 405) << left;
  }
}

TEST_F(RoutesTest, EveryReferenceOfTheDocumentLeadsSomewhere) {
  const Json document = *ParseJson(kOpenApiDocument);
  const std::string text(kOpenApiDocument);
  std::size_t found = 0;
  const std::string open = R"("$ref": "#)";
  for (std::size_t at = text.find(open); at != std::string::npos; at = text.find(open, at + 1), ++found) {
    const std::string pointer =
        text.substr(at + open.size(), text.find('"', at + open.size()) - at - open.size());
    EXPECT_TRUE(document.contains(Json::json_pointer(pointer))) << pointer;
  }
  EXPECT_GT(found, 100u);
}

}  // namespace
}  // namespace repartee::server::testing
