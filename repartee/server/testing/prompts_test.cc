// Prompts, datasets and models through the public API.
#include <gmock/gmock.h>

#include "repartee/base/encoding.h"
#include "repartee/server/testing/server_kit.h"

namespace repartee::server::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class PromptsTest : public ::testing::Test {
 protected:
  Json Make(const std::string& name, const std::string& text, const std::vector<std::string>& labels = {}) {
    return kit_.SendJson("POST", "/api/public/v2/prompts",
                         {{"name", name}, {"prompt", text}, {"labels", labels}}, 201);
  }
  Json Get(const std::string& name_and_query) {
    return kit_.GetJson("/api/public/v2/prompts/" + name_and_query);
  }

  TempFolder folder_;
  ServerKit kit_{folder_.path(), {}};
};

TEST_F(PromptsTest, LabelsPointAtOneVersionAndLatestAtTheLast) {
  EXPECT_EQ(Make("greet", "Hello", {"production"})["version"], 1);
  const Json second = Make("greet", "Good day");
  EXPECT_EQ(second["labels"], Json::array({"latest"}));

  EXPECT_EQ(Get("greet")["prompt"], "Hello");
  EXPECT_EQ(Get("greet?label=latest")["version"], 2);
  const Json moved =
      kit_.SendJson("PATCH", "/api/public/v2/prompts/greet/versions/2", {{"newLabels", {"production"}}});
  EXPECT_EQ(moved["isActive"], true);
  EXPECT_EQ(Get("greet")["version"], 2);
  EXPECT_EQ(Get("greet?version=1")["labels"], Json::array());
  const Json list = kit_.GetJson("/api/public/v2/prompts");
  EXPECT_EQ(list["meta"]["limit"], 10);
  EXPECT_EQ(list["data"][0]["versions"], Json::array({1, 2}));
  EXPECT_EQ(list["data"][0]["labels"], Json::array({"latest", "production"}));
}

TEST_F(PromptsTest, ANameMayHoldAnythingThatAnAddressCanEscape) {
  Make("a/b c", "Hello", {"production"});
  EXPECT_EQ(Get("a%2Fb%20c")["name"], "a/b c");
}

TEST_F(PromptsTest, RefusesWhatIsNoPrompt) {
  const auto refused = [this](const Json& body) {
    return kit_.Send("POST", "/api/public/v2/prompts", body).status == 400;
  };
  EXPECT_TRUE(refused({{"name", "a|b"}, {"prompt", "x"}}));
  EXPECT_TRUE(refused({{"name", "new"}, {"prompt", "x"}}));
  EXPECT_TRUE(refused({{"name", "x"}, {"prompt", 5}}));
  EXPECT_TRUE(refused({{"name", "x"}, {"type", "chat"}, {"prompt", "x"}}));
  EXPECT_TRUE(refused({{"name", "x"}, {"prompt", "x"}, {"labels", {"Upper"}}}));
  Make("greet", "Hello");
  EXPECT_TRUE(refused({{"name", "greet"}, {"type", "chat"}, {"prompt", Json::array()}}));
  EXPECT_EQ(kit_.Get("/api/public/v2/prompts/greet?version=1&label=a").status, 400);
  EXPECT_EQ(kit_.Send("PATCH", "/api/public/v2/prompts/greet/versions/1", {{"newLabels", {"latest"}}}).status,
            400);
  const HttpResponse missing = kit_.Get("/api/public/v2/prompts/greet");
  EXPECT_EQ(missing.status, 404);
  EXPECT_THAT(missing.body, HasSubstr("'greet' with label 'production'"));
}

TEST_F(PromptsTest, PromptsWithinPromptsArePutInPlace) {
  Make("tone", "Be kind.", {"production"});
  Make("agent", "You help. @@@langfusePrompt:name=tone|label=production@@@ Go.", {"production"});

  const Json resolved = Get("agent");
  EXPECT_EQ(resolved["prompt"], "You help. Be kind. Go.");
  EXPECT_EQ(resolved["resolutionGraph"]["root"]["name"], "agent");
  EXPECT_THAT(Get("agent?resolve=false")["prompt"].get<std::string>(), HasSubstr("@@@langfusePrompt"));
  const HttpResponse used = kit_.Send("DELETE", "/api/public/v2/prompts/tone");
  EXPECT_EQ(used.status, 400);
  EXPECT_THAT(used.body, HasSubstr("agent"));
  Make("circle", "@@@langfusePrompt:name=circle|label=latest@@@", {"production"});
  EXPECT_THAT(kit_.Get("/api/public/v2/prompts/circle").body, HasSubstr("Circular"));
}

TEST_F(PromptsTest, RemovesSomeVersionsOrAll) {
  Make("greet", "one", {"old"});
  Make("greet", "two");
  EXPECT_EQ(kit_.Send("DELETE", "/api/public/v2/prompts/greet?version=2").status, 204);
  EXPECT_EQ(Get("greet?label=latest")["version"], 1);
  EXPECT_EQ(kit_.Send("DELETE", "/api/public/v2/prompts/greet").status, 204);
  EXPECT_EQ(kit_.Send("DELETE", "/api/public/v2/prompts/greet").status, 404);
}

TEST_F(PromptsTest, WhoHasAPromptAlreadyIsToldSo) {
  Make("greet", "Hello", {"production"});
  const HttpResponse first = kit_.Get("/api/public/v2/prompts/greet");
  HttpHeaders headers;
  headers.Add("If-None-Match", std::string(first.headers.Get("etag")));
  EXPECT_EQ(kit_.Get("/api/public/v2/prompts/greet", headers).status, 304);
  Make("greet", "Good day", {"production"});
  EXPECT_EQ(kit_.Get("/api/public/v2/prompts/greet", headers).status, 200);
}

TEST_F(PromptsTest, DatasetsKeepEveryVersionOfTheirItems) {
  const Json dataset =
      kit_.SendJson("POST", "/api/public/v2/datasets", {{"name", "a/b"}, {"metadata", {{"k", 1}}}});
  EXPECT_EQ(kit_.SendJson("POST", "/api/public/v2/datasets", {{"name", "a/b"}, {"description", "d"}})["id"],
            dataset["id"]);
  EXPECT_EQ(kit_.GetJson("/api/public/v2/datasets/a%2Fb")["metadata"]["k"], 1);
  const Json first = kit_.SendJson("POST", "/api/public/dataset-items",
                                   {{"datasetName", "a/b"}, {"id", "i1"}, {"input", {{"q", "one"}}}});
  EXPECT_EQ(first["status"], "ACTIVE");
  const Json second = kit_.SendJson("POST", "/api/public/dataset-items",
                                    {{"datasetName", "a/b"}, {"id", "i1"}, {"input", "two"}});

  const auto inputs = [this](const std::string& query) {
    std::vector<Json> found;
    const Json page = kit_.GetJson("/api/public/dataset-items?datasetName=a/b" + query);
    for (const Json& item : page["data"]) found.push_back(item["input"]);
    return found;
  };
  EXPECT_THAT(inputs(""), ElementsAre("two"));
  EXPECT_EQ(second["createdAt"], first["createdAt"]);
  EXPECT_THAT(inputs("&version=2001-01-01T00:00:00Z"), ElementsAre());
  EXPECT_EQ(kit_.Send("DELETE", "/api/public/dataset-items/i1").status, 200);
  EXPECT_THAT(inputs(""), ElementsAre());
  EXPECT_EQ(kit_.Get("/api/public/dataset-items/i1").status, 404);
  EXPECT_EQ(kit_.Get("/api/public/dataset-items?version=2026-01-01T00:00:00Z").status, 400);
}

TEST_F(PromptsTest, RunsSayWhichTraceAnItemLedTo) {
  const Json dataset = kit_.SendJson("POST", "/api/public/v2/datasets", {{"name", "calls"}});
  kit_.SendJson("POST", "/api/public/dataset-items", {{"datasetName", "calls"}, {"id", "i1"}});
  const Json made = kit_.SendJson("POST", "/api/public/dataset-run-items",
                                  {{"runName", "r 1"}, {"datasetItemId", "i1"}, {"traceId", "t1"}});
  EXPECT_EQ(made["datasetRunName"], "r 1");

  const Json run = kit_.GetJson("/api/public/datasets/calls/runs/r%201");
  EXPECT_EQ(run["datasetRunItems"][0]["traceId"], "t1");
  EXPECT_EQ(kit_.GetJson("/api/public/datasets/calls/runs")["meta"]["totalItems"], 1);
  EXPECT_EQ(kit_.GetJson("/api/public/dataset-run-items?runName=r+1&datasetId=" +
                         dataset["id"].get<std::string>())["data"]
                .size(),
            1u);
  EXPECT_EQ(kit_.Send("POST", "/api/public/dataset-run-items",
                      {{"runName", "r"}, {"datasetItemId", "none"}, {"traceId", "t"}})
                .status,
            404);
  EXPECT_EQ(kit_.Send("DELETE", "/api/public/datasets/calls/runs/r%201").status, 200);
  EXPECT_EQ(kit_.Get("/api/public/datasets/calls/runs/r%201").status, 404);
}

TEST_F(PromptsTest, ModelsShowTheirPricesByTier) {
  const Json page = kit_.GetJson("/api/public/models?limit=100");
  EXPECT_GT(page["meta"]["totalItems"], 167);  // speech behind the language models
  const Json model = kit_.GetJson("/api/public/models/" + page["data"][0]["id"].get<std::string>());
  EXPECT_EQ(model["modelName"], "gpt-4o");
  EXPECT_EQ(model["prices"]["input"]["price"], 0.0000025);
  EXPECT_EQ(model["pricingTiers"][0]["isDefault"], true);
  EXPECT_EQ(model["pricingTiers"][0]["priority"], 0);
}

}  // namespace
}  // namespace repartee::server::testing
