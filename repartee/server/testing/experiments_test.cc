// Experiments as SDKs bring them: on the spans of their items, or as runs over datasets.
#include <gmock/gmock.h>

#include "repartee/base/encoding.h"
#include "repartee/server/testing/server_kit.h"

namespace repartee::server::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kFrom[] = "?fromStartTime=2026-01-01T00:00:00Z";

class ExperimentsTest : public ::testing::Test {
 protected:
  // The item of that number: its span, the span around it and one below, all of which name the experiment.
  void SendItem(std::uint64_t number, const std::string& experiment) {
    TestSpan task{.trace_id = TraceIdOf(number), .span_id = SpanIdOf(number), .name = "task"};
    task.parent_id = SpanIdOf(100 + number);
    task.start_ns += number * 1'000'000'000;
    task.end_ns = task.start_ns + 500'000'000;
    task.texts = {{"langfuse.experiment.id", experiment},
                  {"langfuse.experiment.name", experiment + " run"},
                  {"langfuse.experiment.description", "tries"},
                  {"langfuse.experiment.metadata", R"({"model":"m"})"},
                  {"langfuse.experiment.dataset.id", "set-" + experiment},
                  {"langfuse.experiment.item.id", "item-" + std::to_string(number)},
                  {"langfuse.experiment.item.metadata", "no object"},
                  {"langfuse.experiment.item.expected_output", R"("Paris")"},
                  {"langfuse.experiment.item.root_observation_id", SpanIdHex(number)},
                  {"langfuse.environment", "sdk-experiment"},
                  {"langfuse.observation.input", R"({"q":1})"},
                  {"langfuse.observation.output", "Paris!"}};
    TestSpan around = task;
    around.span_id = SpanIdOf(100 + number);
    around.parent_id = "";
    TestSpan below = task;
    below.span_id = SpanIdOf(200 + number);
    below.parent_id = SpanIdOf(number);
    ASSERT_EQ(kit_.Post("/api/public/otel", MakeRequest({around, task, below}, "langfuse-sdk")).status, 200);
  }

  // Two experiments: "a" with items 1 and 3, "b" with item 2.
  void Fill() {
    SendItem(1, "a");
    SendItem(2, "b");
    SendItem(3, "a");
    kit_.SendJson("POST", "/api/public/scores",
                  {{"id", "run"}, {"name", "mean"}, {"value", 0.5}, {"datasetRunId", "a"}});
    kit_.SendJson("POST", "/api/public/scores",
                  {{"id", "one"}, {"name", "exact"}, {"value", 1}, {"traceId", TraceHex(3)}});
  }
  static std::string TraceHex(std::uint64_t number) { return TraceId::FromBytes(TraceIdOf(number))->Hex(); }

  Json Experiments(const std::string& more = "") {
    return kit_.GetJson("/api/public/experiments" + (kFrom + more));
  }
  Json Items(const std::string& more = "") {
    return kit_.GetJson("/api/public/experiment-items" + (kFrom + more));
  }
  static std::vector<std::string> IdsOf(const Json& page, const char* key = "id") {
    std::vector<std::string> ids;
    for (const Json& row : page["data"]) ids.push_back(row[key]);
    return ids;
  }

  TempFolder folder_;
  ServerKit kit_{folder_.path(), {}};
};

TEST_F(ExperimentsTest, AreMadeOfTheirItems) {
  Fill();

  const Json page = Experiments("&fields=core,metadata,scores");

  EXPECT_THAT(IdsOf(page), ElementsAre("a", "b"));
  const Json& a = page["data"][0];
  EXPECT_EQ(a["name"], "a run");
  EXPECT_EQ(a["description"], "tries");
  EXPECT_EQ(a["itemCount"], 2);
  EXPECT_EQ(a["datasetId"], "set-a");
  EXPECT_EQ(a["metadata"]["model"], "m");
  ASSERT_EQ(a["scores"].size(), 1u);
  EXPECT_EQ(a["scores"][0]["value"], 0.5);
  EXPECT_EQ(a["scores"][0]["subject"]["kind"], "experiment");
  EXPECT_FALSE(Experiments()["data"][0].contains("scores"));
  EXPECT_FALSE(page["meta"].contains("cursor"));
}

TEST_F(ExperimentsTest, ItemsShowWhatIsAskedFor) {
  Fill();

  const Json core = Items()["data"][0];
  EXPECT_EQ(core["id"], SpanIdHex(3));
  EXPECT_EQ(core["traceId"], TraceHex(3));
  EXPECT_EQ(core["level"], "DEFAULT");
  EXPECT_EQ(core["environment"], "sdk-experiment");
  EXPECT_EQ(core["experimentId"], "a");
  EXPECT_EQ(core["experimentItemId"], "item-3");
  EXPECT_EQ(core["experimentDatasetId"], "set-a");
  EXPECT_FALSE(core.contains("input"));
  const Json full = Items("&fields=io,metadata,itemMetadata,experimentMetadata,scores")["data"][0];
  EXPECT_EQ(full["input"]["q"], 1);
  EXPECT_EQ(full["output"], "Paris!");
  EXPECT_EQ(full["expectedOutput"], "Paris");
  EXPECT_TRUE(full["experimentItemMetadata"].is_null());
  EXPECT_EQ(full["experimentMetadata"]["model"], "m");
  EXPECT_EQ(full["experimentDescription"], "tries");
  ASSERT_EQ(full["scores"].size(), 1u);
  EXPECT_EQ(full["scores"][0]["name"], "exact");
  EXPECT_FALSE(full.contains("experimentDatasetId"));
}

TEST_F(ExperimentsTest, AreFilteredByWhatNamesThem) {
  Fill();
  const auto filter = [](const char* column, const char* op) {
    const Json condition = {{"type", "string"}, {"column", column}, {"operator", op}, {"value", "b"}};
    return "&filter=" + PercentEncode(Json::array({condition}).dump());
  };

  EXPECT_THAT(IdsOf(Experiments("&id=b,c")), ElementsAre("b"));
  EXPECT_THAT(IdsOf(Experiments("&name=a%20run")), ElementsAre("a"));
  EXPECT_THAT(IdsOf(Experiments("&datasetId=set-b")), ElementsAre("b"));
  EXPECT_THAT(IdsOf(Experiments(filter("id", "="))), ElementsAre("b"));
  EXPECT_THAT(IdsOf(Experiments(filter("datasetId", "contains"))), ElementsAre("b"));
  EXPECT_THAT(IdsOf(Items("&experimentId=a"), "experimentItemId"), ElementsAre("item-3", "item-1"));
  EXPECT_THAT(IdsOf(Items("&experimentName=b%20run"), "experimentItemId"), ElementsAre("item-2"));
  EXPECT_THAT(IdsOf(Items("&experimentItemId=item-1"), "experimentItemId"), ElementsAre("item-1"));
  EXPECT_THAT(IdsOf(Items("&datasetId=none")), IsEmpty());
}

TEST_F(ExperimentsTest, RunsOverDatasetsAreExperimentsToo) {
  SendItem(1, "a");
  const auto send = [this](std::uint64_t number) {
    TestSpan root{.trace_id = TraceIdOf(number), .span_id = SpanIdOf(number), .name = "root"};
    TestSpan task{.trace_id = TraceIdOf(number), .span_id = SpanIdOf(100 + number), .name = "task"};
    root.start_ns += number * 1'000'000'000;
    root.end_ns = task.end_ns = root.start_ns + 500'000'000;
    task.start_ns = root.start_ns;
    task.parent_id = root.span_id;
    root.texts = task.texts = {{"langfuse.observation.output", "Paris!"}};
    ASSERT_EQ(kit_.Post("/api/public/otel", MakeRequest({root, task}, "langfuse-sdk")).status, 200);
  };
  send(2);
  send(3);
  const Json dataset = kit_.SendJson("POST", "/api/public/v2/datasets", {{"name", "d"}});
  kit_.SendJson("POST", "/api/public/dataset-items",
                {{"datasetName", "d"}, {"id", "i"}, {"expectedOutput", "Paris"}, {"metadata", {{"k", 1}}}});
  kit_.SendJson("POST", "/api/public/dataset-items", {{"datasetName", "d"}, {"id", "j"}});
  const auto link = [this](Json body) {
    body["runName"] = "by hand";
    return kit_.SendJson("POST", "/api/public/dataset-run-items", body)["datasetRunId"].get<std::string>();
  };
  const std::string run = link({{"datasetItemId", "i"},
                                {"traceId", TraceHex(2)},
                                {"runDescription", "tries"},
                                {"metadata", {{"model", "m"}}}});
  link({{"datasetItemId", "j"}, {"traceId", TraceHex(3)}, {"observationId", SpanIdHex(103)}});

  const Json page = Experiments("&fields=metadata");
  EXPECT_THAT(IdsOf(page), ElementsAre(run, "a"));
  EXPECT_EQ(page["data"][0]["name"], "by hand");
  EXPECT_EQ(page["data"][0]["description"], "tries");
  EXPECT_EQ(page["data"][0]["metadata"]["model"], "m");
  EXPECT_EQ(page["data"][0]["datasetId"], dataset["id"]);
  EXPECT_EQ(page["data"][0]["itemCount"], 2);
  const Json items = Items("&experimentName=by%20hand&fields=io,itemMetadata");
  EXPECT_THAT(IdsOf(items), ElementsAre(SpanIdHex(103), SpanIdHex(2)));
  EXPECT_EQ(items["data"][1]["experimentItemId"], "i");
  EXPECT_EQ(items["data"][1]["output"], "Paris!");
  EXPECT_EQ(items["data"][1]["expectedOutput"], "Paris");
  EXPECT_EQ(items["data"][1]["experimentItemMetadata"]["k"], 1);
  EXPECT_TRUE(items["data"][0]["expectedOutput"].is_null());
  EXPECT_EQ(kit_.Send("DELETE", "/api/public/datasets/d/runs/by%20hand").status, 200);
  EXPECT_THAT(IdsOf(Experiments()), ElementsAre("a"));
}

TEST_F(ExperimentsTest, FaultsAreNamed) {
  const auto refused = [this](const std::string& target, const std::string& field) {
    const HttpResponse response = kit_.Get("/api/public/" + target);
    EXPECT_EQ(response.status, 400) << target;
    EXPECT_THAT(response.body, HasSubstr("\"" + field + "\"")) << target;
  };

  for (const std::string path : {"experiments", "experiment-items"}) {
    refused(path, "fromStartTime");
    refused(path + kFrom + "&limit=101", "limit");
    refused(path + kFrom + "&scoreLimit=0", "scoreLimit");
    refused(path + kFrom + "&fields=core,more", "fields");
    refused(path + kFrom + "&cursor=x", "cursor");
    refused(path + kFrom + "&cursor=" + PercentEncode(Base64Encode("1:2:x")), "cursor");
  }
  refused("experiments" + (kFrom + std::string("&filter=%7B")), "filter");
}

}  // namespace
}  // namespace repartee::server::testing
