// Faults as clients know them: the status, and one of three bodies: a text alone where
// a key is wrong, issues with their paths where a request is, a named error for the rest.
#include <gmock/gmock.h>

#include "repartee/base/encoding.h"
#include "repartee/server/testing/server_kit.h"

namespace repartee::server::testing {
namespace {

using ::testing::HasSubstr;

struct Case {
  std::string name;
  std::string method;
  std::string target;  // below /api/public/
  Json body{};
  int status = 400;
  std::string says{};  // part of the answer
  std::string at{};    // of an issue: its path, joined by dots
};

std::string NameOf(const ::testing::TestParamInfo<Case>& test) { return test.param.name; }

class ErrorsTest : public ::testing::TestWithParam<Case> {
 protected:
  HttpResponse Ask() {
    return kit_.Send(GetParam().method, "/api/public/" + GetParam().target, GetParam().body);
  }

  TempFolder folder_;
  ServerKit kit_{folder_.path(), {}};
};

std::string Query(const Json& query) { return "v2/metrics?query=" + PercentEncode(query.dump()); }

Json Metrics(const Json& changes) {
  Json query = {{"view", "observations"},
                {"metrics", Json::array({{{"measure", "count"}, {"aggregation", "count"}}})},
                {"fromTimestamp", "2026-01-01T00:00:00Z"},
                {"toTimestamp", "2026-01-02T00:00:00Z"}};
  for (const auto& [key, value] : changes.items()) query[key] = value;
  return query;
}

std::string Filter(const char* list, const Json& condition) {
  return std::string(list) + "?filter=" + PercentEncode(Json::array({condition}).dump());
}

Json List(Json one) {
  Json list = Json::array();
  list.push_back(std::move(one));
  return list;
}

// ---- requests that are not as described ----

class IssuesTest : public ErrorsTest {};

TEST_P(IssuesTest, AreListedWithTheirPaths) {
  const HttpResponse response = Ask();

  EXPECT_EQ(response.status, 400) << response.body;
  const Json body = *ParseJson(response.body);
  EXPECT_EQ(body["message"], "Invalid request data");
  ASSERT_TRUE(body["error"].is_array() && !body["error"].empty()) << response.body;
  std::vector<std::string> paths;
  for (const Json& issue : body["error"]) {
    EXPECT_FALSE(issue["code"].get<std::string>().empty());
    EXPECT_FALSE(issue["message"].get<std::string>().empty());
    std::string path;
    for (const Json& part : issue["path"]) path += (path.empty() ? "" : ".") + part.get<std::string>();
    paths.push_back(path);
  }
  EXPECT_THAT(paths, ::testing::Contains(HasSubstr(GetParam().at))) << response.body;
  EXPECT_THAT(response.body, HasSubstr(GetParam().says));
}

std::vector<Case> Issues() {
  const auto get = [](std::string name, std::string target, std::string at, std::string says = "") {
    return Case{.name = std::move(name),
                .method = "GET",
                .target = std::move(target),
                .says = std::move(says),
                .at = std::move(at)};
  };
  const auto post = [](std::string name, std::string target, Json body, std::string at) {
    return Case{.name = std::move(name),
                .method = "POST",
                .target = std::move(target),
                .body = std::move(body),
                .at = std::move(at)};
  };
  const Json name_is = {{"type", "string"}, {"column", "name"}, {"operator", "="}, {"value", "x"}};
  const auto with = [&name_is](const char* key, Json value) {
    Json condition = name_is;
    condition[key] = std::move(value);
    return condition;
  };
  return {
      get("PageZero", "traces?page=0", "page", "too_small"),
      get("PageText", "traces?page=x", "page", "Expected a number"),
      get("LimitIsNotCut", "traces?limit=101", "limit", "too_big"),
      get("LimitZero", "sessions?limit=0", "limit", "too_small"),
      get("CursorLimit", "v2/observations?limit=1001", "limit", "too_big"),
      get("CursorLimitOfScores", "v3/scores?limit=101", "limit", "too_big"),
      get("Time", "traces?fromTimestamp=yesterday", "fromTimestamp", "ISO 8601"),
      get("Order", "traces?orderBy=colour.asc", "orderBy"),
      get("Direction", "traces?orderBy=name.up", "orderBy"),
      get("Type", "observations?type=CALL", "type"),
      get("Level", "observations?level=LOUD", "level"),
      get("Flag", "v2/observations?isRootObservation=1", "isRootObservation"),
      get("ObservationCursor", "v2/observations?cursor=abc", "cursor", "Invalid cursor format"),
      get("ScoreCursor", "v3/scores?cursor=abc", "cursor", "Invalid cursor format"),
      get("ParsedTexts", "v2/observations?parseIoAsJson=true", "parseIoAsJson"),
      get("UnknownScoreParameter", "v3/scores?colour=red", "colour", "unrecognized_keys"),
      get("ScoresByUser", "v3/scores?userId=u", "userId"),
      get("ScoresByTags", "v3/scores?traceTags=t", "traceTags"),
      get("ScoreFields", "v3/scores?fields=core,colour", "fields"),
      get("ScoreSubjects", "v3/scores?traceId=t&sessionId=s", "traceId"),
      get("ScoresOfASpanAlone", "v3/scores?observationId=o", "observationId"),
      get("ScoreValueWithoutAType", "v3/scores?value=1", "value"),
      get("ScoreBoundsOfText", "v3/scores?valueMin=1&dataType=CATEGORICAL", "valueMin"),
      get("ScoreSource", "v3/scores?source=DREAM", "source"),
      get("FilterIsNoJson", "traces?filter=%5Bx", "filter"),
      get("FilterIsNoList", "traces?filter=%7B%7D", "filter"),
      get("FilterColumn", Filter("traces", with("column", "colour")), "filter", "colour"),
      get("FilterType", Filter("traces", with("type", "colour")), "filter"),
      get("FilterOperator", Filter("traces", with("operator", "~")), "filter"),
      get("FilterValue", Filter("traces", with("value", 5)), "filter"),
      get("FilterKey",
          Filter("traces",
                 {{"type", "stringObject"}, {"column", "metadata"}, {"operator", "="}, {"value", "x"}}),
          "filter", "key"),
      get("TextSearchWithoutAnIndex",
          Filter("v2/observations",
                 {{"type", "string"}, {"column", "input"}, {"operator", "contains"}, {"value", "x"}}),
          "filter"),
      get("NoMetricsQuery", "v2/metrics", "query"),
      get("MetricsView", Query(Metrics({{"view", "traces"}})), "query.view"),
      get("MetricsMeasure",
          Query(Metrics({{"metrics", List({{"measure", "colour"}, {"aggregation", "count"}})}})),
          "query.metrics"),
      get("MetricsAggregation",
          Query(Metrics({{"metrics", List({{"measure", "count"}, {"aggregation", "median"}})}})),
          "query.metrics"),
      get("MetricsOfTexts",
          Query(Metrics({{"metrics", List({{"measure", "uniqueUserIds"}, {"aggregation", "sum"}})}})),
          "query.metrics"),
      get("NoMetrics", Query(Metrics({{"metrics", Json::array()}})), "query.metrics"),
      get("MetricsDimension", Query(Metrics({{"dimensions", List({{"field", "colour"}})}})),
          "query.dimensions"),
      get("WideDimensionWithoutALimit", Query(Metrics({{"dimensions", List({{"field", "traceId"}})}})),
          "dimensions"),
      get("MetricsTimes", Query(Metrics({{"toTimestamp", "2025-01-01T00:00:00Z"}})), "query.fromTimestamp"),
      get("MetricsRows", Query(Metrics({{"config", {{"row_limit", 1'001}}}})), "row_limit"),
      get("MetricsBins", Query(Metrics({{"config", {{"bins", 101}}}})), "bins"),
      get("MetricsStep", Query(Metrics({{"timeDimension", {{"granularity", "year"}}}})),
          "query.timeDimension"),
      get("VersionAndLabel", "v2/prompts/p?version=1&label=x", "version"),
      get("CommentsByIdAlone", "comments?objectId=x", "objectType"),
      get("RunItemsOfNothing", "dataset-run-items", "datasetId"),
      get("ExperimentsOfAllTime", "experiments", "fromStartTime"),
      get("ExperimentItemsOfAllTime", "experiment-items", "fromStartTime"),
      get("DayLimit", "metrics/daily?limit=101", "limit", "too_big"),
      get("TwoParts",
          Query(Metrics({{"dimensions",
                          [] {
                            Json two = List({{"field", "toolNames"}});
                            two.push_back({{"field", "costType"}});
                            return two;
                          }()}})),
          "query.dimensions", "one of"),
      post("NoJson", "comments", "no object", ""),
      post("EmptyComment", "comments", Json::object(), "content"),
      post("CommentOnAColour", "comments",
           {{"projectId", "project"}, {"objectType", "COLOUR"}, {"objectId", "x"}, {"content", "x"}},
           "objectType"),
      post("PromptWithoutAName", "v2/prompts", {{"prompt", "x"}}, "name"),
      post("DatasetWithoutAName", "v2/datasets", Json::object(), "name"),
      post("ItemWithoutADataset", "dataset-items", Json::object(), "datasetName"),
      post("QueueWithoutConfigs", "annotation-queues", {{"name", "x"}}, "scoreConfigIds"),
      post("ConfigWithoutAType", "score-configs", {{"name", "x"}}, "dataType"),
      post("ModelWithoutAPattern", "models", {{"modelName", "x"}, {"unit", "TOKENS"}}, "matchPattern"),
      {.name = "NoIdsToDelete",
       .method = "DELETE",
       .target = "traces",
       .body = Json::object(),
       .at = "traceIds"},
      {.name = "LatestIsTheServersOwn",
       .method = "PATCH",
       .target = "v2/prompts/p/versions/1",
       .body = {{"newLabels", List("latest")}},
       .at = "newLabels"},
  };
}

INSTANTIATE_TEST_SUITE_P(All, IssuesTest, ::testing::ValuesIn(Issues()), NameOf);

// ---- named errors ----

class NamedTest : public ErrorsTest {};

TEST_P(NamedTest, SayWhatWasWrong) {
  const HttpResponse response = Ask();

  EXPECT_EQ(response.status, GetParam().status) << response.body;
  const Json body = *ParseJson(response.body);
  EXPECT_FALSE(body["message"].get<std::string>().empty());
  EXPECT_THAT(body["error"].dump(), HasSubstr(GetParam().says)) << response.body;
  EXPECT_EQ(response.headers.Get("content-type"), "application/json");
}

std::vector<Case> NamedErrors() {
  std::vector<Case> cases;
  const char* const nowhere[][2] = {{"Trace", "traces/none"},
                                    {"Observation", "observations/none"},
                                    {"Session", "sessions/none"},
                                    {"Score", "scores/none"},
                                    {"ScoreOfTheSecond", "v2/scores/none"},
                                    {"Comment", "comments/none"},
                                    {"Config", "score-configs/none"},
                                    {"Model", "models/none"},
                                    {"Prompt", "v2/prompts/none"},
                                    {"Dataset", "v2/datasets/none"},
                                    {"Item", "dataset-items/none"},
                                    {"Runs", "datasets/none/runs"},
                                    {"Run", "datasets/none/runs/none"},
                                    {"Queue", "annotation-queues/none"},
                                    {"QueueItems", "annotation-queues/none/items"},
                                    {"Medium", "media/none"},
                                    {"Path", "none"}};
  for (const auto& [name, target] : nowhere) {
    cases.push_back({.name = std::string("No") + name,
                     .method = "GET",
                     .target = target,
                     .status = 404,
                     .says = "LangfuseNotFoundError"});
  }
  for (const char* target :
       {"v2/prompts/none", "dataset-items/none", "datasets/none/runs/none", "models/none"}) {
    cases.push_back({.name = "Deletes" + std::to_string(cases.size()),
                     .method = "DELETE",
                     .target = target,
                     .status = 404,
                     .says = "LangfuseNotFoundError"});
  }
  for (const char* target : {"traces", "observations", "v2/observations", "sessions", "metrics", "v3/scores",
                             "health", "openapi.json", "media", "ingestion", "otel/v1/traces"}) {
    const bool is_otlp = std::string_view(target).starts_with("otel");
    if (is_otlp) continue;  // OTLP has bodies of its own
    cases.push_back({.name = "Method" + std::to_string(cases.size()),
                     .method = "PUT",
                     .target = target,
                     .status = 405,
                     .says = "MethodNotAllowedError"});
  }
  cases.push_back(
      {.name = "OtherProjectsComment",
       .method = "POST",
       .target = "comments",
       .body = {{"projectId", "other"}, {"objectType", "TRACE"}, {"objectId", "x"}, {"content", "x"}},
       .status = 400,
       .says = "InvalidRequestError"});
  cases.push_back(
      {.name = "CommentOnNothing",
       .method = "POST",
       .target = "comments",
       .body = {{"projectId", "project"}, {"objectType", "TRACE"}, {"objectId", "x"}, {"content", "x"}},
       .status = 404,
       .says = "LangfuseNotFoundError"});
  cases.push_back({.name = "TooFarBack",
                   .method = "GET",
                   .target = "observations?page=1000000&limit=100",
                   .status = 422,
                   .says = "Request timed out"});
  return cases;
}

INSTANTIATE_TEST_SUITE_P(All, NamedTest, ::testing::ValuesIn(NamedErrors()), NameOf);

// ---- keys ----

class KeysTest : public ::testing::Test {
 protected:
  void Expect(const std::string& authorization, int status, const std::string& says,
              const std::string& path = "traces") {
    HttpHeaders headers;
    if (!authorization.empty()) headers.Add("Authorization", authorization);
    const HttpResponse response = kit_.Ask("GET", "/api/public/" + path, std::move(headers));
    EXPECT_EQ(response.status, status) << authorization;
    const Json body = *ParseJson(response.body);
    EXPECT_EQ(body.size(), 1u) << response.body;
    EXPECT_THAT(body["message"].get<std::string>(), HasSubstr(says));
  }
  static std::string Basic(const std::string& pair) { return "Basic " + Base64Encode(pair); }

  TempFolder folder_;
  ServerKit kit_{folder_.path(), {}};
};

TEST_F(KeysTest, WrongOnesAre401WithATextAlone) {
  Expect("", 401, "No authorization header");
  Expect("Digest x", 401, "Invalid authorization header");
  Expect("Basic ???", 401, "Invalid authorization header");
  Expect(Basic("pk:sk"), 401, "Invalid credentials");
  Expect(Basic(std::string(kPublicKey) + ":sk"), 401, "host");
  Expect(Basic(std::string("pk-lf-other:") + kSecretKey), 401, "Invalid credentials");
  Expect("Bearer pk-none", 401, "Invalid public key");
  Expect(Basic("pk:sk"), 401, "Invalid credentials", "media/x");
}

TEST_F(KeysTest, ThoseOfAnotherLevelAre403WithATextAlone) {
  const Result<KeyPair> pair = kit_.keys().CreateOrganisationKey("org", "");
  ASSERT_TRUE(pair.ok());

  Expect(std::string("Bearer ") + kPublicKey, 403, "");
  Expect(Basic(pair->public_key + ":" + pair->secret_key), 403, "");
  Expect(Basic(pair->public_key + ":" + pair->secret_key), 403, "", "media/x");
  Expect(Basic(std::string(kPublicKey) + ":" + kSecretKey), 403, "", "organizations/projects");
}

TEST_F(KeysTest, ThatAreTakenCannotBeMadeAgain) {
  const Result<KeyPair> pair = kit_.keys().CreateOrganisationKey("org", "");
  ASSERT_TRUE(pair.ok());
  const Json key = {{"publicKey", kPublicKey}, {"secretKey", "sk-lf-other"}};

  const HttpResponse response = kit_.Send("POST", "/api/public/projects/project/apiKeys", key,
                                          pair->public_key + ":" + pair->secret_key);

  EXPECT_EQ(response.status, 409) << response.body;
  EXPECT_EQ((*ParseJson(response.body))["error"], "LangfuseConflictError");
}

TEST_F(KeysTest, AStoreThatStopsAnswers503AndWhenToTryAgain) {
  kit_.store().Stop();

  const HttpResponse response = kit_.Get("/api/public/traces");

  EXPECT_EQ(response.status, 503);
  EXPECT_EQ((*ParseJson(response.body))["error"], "ServiceUnavailableError");
  EXPECT_FALSE(response.headers.Get("retry-after").empty());
}

}  // namespace
}  // namespace repartee::server::testing
