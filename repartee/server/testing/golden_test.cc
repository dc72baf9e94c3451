// Recorded requests of real clients, through ingest, store and public API, against
// what Langfuse's own code made of the same bytes.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>

#include "repartee/server/testing/golden_kit.h"

namespace repartee::server::testing {
namespace {

// "observation llm.startTime" and the like, which this server answers otherwise on purpose.
std::vector<std::string> ReadDeviations(const std::string& folder) {
  std::vector<std::string> deviations;
  std::ifstream file(folder + "/deviations.txt");
  for (std::string line; std::getline(file, line);) {
    if (!line.empty() && line[0] != '#') deviations.push_back(line);
  }
  return deviations;
}

constexpr const char* kTraceKeys[] = {"name",    "userId",  "sessionId", "environment",
                                      "release", "version", "public",    "tags",
                                      "input",   "output",  "metadata",  "timestamp"};
constexpr const char* kObservationKeys[] = {"traceId",
                                            "parentObservationId",
                                            "type",
                                            "name",
                                            "startTime",
                                            "endTime",
                                            "completionStartTime",
                                            "environment",
                                            "level",
                                            "statusMessage",
                                            "version",
                                            "model",
                                            "modelParameters",
                                            "usageDetails",
                                            "costDetails",
                                            "input",
                                            "output",
                                            "metadata"};
constexpr const char* kScoreKeys[] = {"name",     "traceId", "observationId", "value",      "stringValue",
                                      "dataType", "source",  "comment",       "environment"};

class CaptureTest : public ::testing::TestWithParam<std::string> {
 protected:
  std::string Folder() const { return FolderOf(GetParam()); }

  void CheckTrace(const Json& want, const Json& tables) {
    const std::string id = want["id"];
    const HttpResponse response = kit_.Get("/api/public/traces/" + id);
    ASSERT_EQ(response.status, 200) << response.body;
    const Json got = *ParseJson(response.body);
    for (const char* key : kTraceKeys)
      ExpectEqual(std::string("trace.") + key, Normal(At(want, key)), Normal(At(got, key)));
    std::map<std::string, Json> shown = ById(At(got, "observations"));
    for (const Json& expected : tables["observations"]) {
      if (expected["traceId"] == id) CheckObservation(expected, shown);
    }
    EXPECT_TRUE(shown.empty()) << "observations that nobody sent: " << shown.begin()->second.dump();
    std::map<std::string, Json> scores = ById(At(got, "scores"));
    for (const Json& expected : tables["scores"]) {
      if (expected["traceId"] == id) CheckScore(expected, scores[expected["id"]]);
    }
  }

  void CheckObservation(const Json& want, std::map<std::string, Json>& shown) {
    const std::string where = "observation " + want["name"].get<std::string>() + ".";
    ASSERT_TRUE(shown.contains(want["id"])) << where << want["id"];
    const Json got = shown[want["id"]];
    shown.erase(want["id"].get<std::string>());
    const std::vector<std::string> deviations = ReadDeviations(Folder());
    for (const char* key : kObservationKeys) {
      if (std::find(deviations.begin(), deviations.end(), where + key) != deviations.end()) continue;
      ExpectEqual(where + key, Normal(At(want, key)), Normal(At(got, key)));
    }
  }

  static void CheckScore(const Json& want, const Json& got) {
    for (const char* key : kScoreKeys)
      ExpectEqual("score " + want["name"].get<std::string>() + "." + key, Normal(At(want, key)),
                  Normal(At(got, key)));
  }

  TempFolder folder_;
  ServerKit kit_{folder_.path(), MappingOptions{.voice_additions = false}};
};

Json BatchIds(const Json& list) {
  std::vector<std::string> ids;
  for (const Json& item : list) ids.push_back(item["id"].get<std::string>() + item["status"].dump());
  std::sort(ids.begin(), ids.end());
  return ids;
}

TEST_P(CaptureTest, LooksAsLangfuseShowsIt) {
  if (LacksTables(GetParam())) GTEST_SKIP() << "no rank tables: see docs/server.md";
  const Json expected = ExpectedOf(GetParam());
  std::vector<Json> answers;
  for (const Json& answer : expected["responses"]) {
    if (answer.contains("status")) answers.push_back(answer);
  }
  std::size_t n = 0;

  for (Recorded& request : ReadRequests(Folder())) {
    const HttpResponse response = kit_.Post(request.path, std::move(request.body), request.headers);
    ASSERT_LT(n, answers.size());
    const Json& want = answers[n++];
    EXPECT_EQ(response.status, want["status"].get<int>()) << response.body;
    if (response.status != 207 || !want.contains("body") || !want["body"].contains("successes")) continue;
    const Json got = *ParseJson(response.body);
    EXPECT_EQ(BatchIds(want["body"]["successes"]), BatchIds(got["successes"]));
    EXPECT_EQ(BatchIds(want["body"]["errors"]), BatchIds(got["errors"]));
  }
  EXPECT_GT(n, 0u) << "nothing was sent";

  const Json& tables = expected["tables"];
  for (const Json& want : tables["traces"]) CheckTrace(want, tables);
}

INSTANTIATE_TEST_SUITE_P(Captures, CaptureTest, ::testing::ValuesIn(Captures()), TestName);

class PipecatGolden : public ::testing::TestWithParam<std::string> {};

TEST_P(PipecatGolden, VoiceAdditionsFillWhatLangfuseLeavesEmpty) {
  const std::string folder = FolderOf("pipecat/" + GetParam());
  TempFolder data;
  ServerKit kit(data.path(), MappingOptions{.voice_additions = true});
  for (Recorded& request : ReadRequests(folder))
    EXPECT_EQ(kit.Post(request.path, std::move(request.body), request.headers).status, 200);

  const Json expected = *ParseJson(ReadFile(folder + "/expected.json"));
  for (const Json& want : expected["tables"]["traces"]) {
    const Json got = kit.GetJson("/api/public/traces/" + want["id"].get<std::string>());
    std::string conversation_id;
    for (const Json& observation : got["observations"]) {
      const Json& attributes = observation["metadata"]["attributes"];
      const std::string operation = attributes.value("gen_ai.operation.name", "");
      if (attributes.contains("conversation.type")) conversation_id = attributes.value("conversation.id", "");
      const bool is_tts = operation == "tts";
      const bool has_first_byte = (operation == "chat" || is_tts) && attributes.contains("metrics.ttfb");
      EXPECT_EQ(operation == "stt" ? attributes["transcript"] : observation["output"], observation["output"]);
      EXPECT_EQ(is_tts ? attributes["text"] : observation["input"], observation["input"]);
      EXPECT_EQ(!observation["completionStartTime"].is_null(), has_first_byte);
    }
    const bool derived = want["sessionId"].is_null() && !conversation_id.empty();
    EXPECT_EQ(got["sessionId"], derived ? Json(conversation_id) : want["sessionId"]);
  }
}

INSTANTIATE_TEST_SUITE_P(Scenarios, PipecatGolden, ::testing::ValuesIn(Scenarios("pipecat")), TestName);

TEST(VoiceAdditions, GiveTurnsAndTheCallTheirTexts) {
  TempFolder folder;
  ServerKit kit(folder.path(), {.voice_additions = true});
  const std::string scenario = FolderOf("pipecat/two_turns_end") + "/";
  for (const char* body : {"otlp-1.binpb", "otlp-2.binpb"})
    kit.Post("/api/public/otel", ReadFile(scenario + body));

  const Json trace = kit.GetJson("/api/public/traces?limit=1")["data"][0];
  const Json whole = kit.GetJson("/api/public/traces/" + trace["id"].get<std::string>());

  EXPECT_EQ(whole["input"], "What is the capital of France?");
  EXPECT_EQ(trace["input"], "What is the capital of France?");
  for (const Json& observation : whole["observations"]) {
    if (observation["name"] != "turn" || observation["metadata"]["attributes"]["turn.number"] != "1")
      continue;
    EXPECT_EQ(observation["input"], "What is the capital of France?");
    EXPECT_EQ(observation["output"], "The capital of France is Paris.");
  }
}

}  // namespace
}  // namespace repartee::server::testing
