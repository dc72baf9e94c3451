// Recorded exports of real Pipecat, through ingest, store and public API, against
// what Langfuse's own code made of the same bytes.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>

#include "repartee/server/testing/server_kit.h"

namespace repartee::server::testing {
namespace {

const char kGoldens[] = REPARTEE_SOURCE_DIR "/tests/golden/ingest/pipecat";

std::vector<std::string> Scenarios() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(kGoldens))
    names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

// The reference counts the tokens of these aborted calls itself; this server takes what it is told.
bool IsCountedByTheReference(const std::string& scenario, const std::string& key) {
  const bool aborted = scenario == "cancel_mid_llm" || scenario == "cancel_open_stt";
  return aborted && (key == "usageDetails" || key == "costDetails");
}

// JSON in texts counts by its meaning, and nothing, null and empty are alike.
Json Normal(const Json& value) {
  if (value.is_string()) {
    const Result<Json> parsed = ParseJson(value.get_ref<const std::string&>());
    if (parsed.ok() && (parsed->is_object() || parsed->is_array())) return Normal(*parsed);
    return value;
  }
  if (!value.is_structured()) return value;
  Json out = value.is_array() ? Json::array() : Json::object();
  if (value.is_array()) {
    for (const Json& item : value) out.push_back(Normal(item));
  } else {
    std::map<std::string, Json> sorted;
    for (const auto& [key, item] : value.items()) sorted[key] = Normal(item);
    for (auto& [key, item] : sorted) out[key] = std::move(item);
  }
  if (out.empty()) return nullptr;
  return out;
}

void ExpectEqual(const std::string& where, const Json& want, const Json& got) {
  if (want.is_object() && got.is_object()) {
    for (const auto& [key, value] : want.items())
      ExpectEqual(where + "." + key, value, got.value(key, Json()));
    EXPECT_EQ(want.size(), got.size()) << where << ": " << got.dump();
    return;
  }
  if (want.is_number() && got.is_number()) {
    EXPECT_NEAR(want.get<double>(), got.get<double>(), 1e-12 + 1e-9 * std::abs(want.get<double>())) << where;
    return;
  }
  EXPECT_EQ(want.dump(), got.dump()) << where;
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

class PipecatGolden : public ::testing::TestWithParam<std::string> {
 protected:
  void Send(ServerKit& kit) const {
    for (int n = 1; std::filesystem::exists(Body(n)); ++n) {
      std::string body = ReadFile(Body(n));
      HttpHeaders headers;
      if (body.starts_with("\x1f\x8b")) headers.Add("Content-Encoding", "gzip");
      EXPECT_EQ(kit.Post("/api/public/otel/v1/traces", std::move(body), headers).status, 200);
    }
  }
  std::string Body(int n) const { return Folder() + "/otlp-" + std::to_string(n) + ".binpb"; }
  std::string Folder() const { return std::string(kGoldens) + "/" + GetParam(); }
  Json Expected() const { return *ParseJson(ReadFile(Folder() + "/expected.json")); }

  // One server for all scenarios: their traces have ids of their own.
  static void SetUpTestSuite() {
    plain_folder_ = std::make_unique<TempFolder>();
    plain_ = std::make_unique<ServerKit>(plain_folder_->path(), MappingOptions{.voice_additions = false});
    voice_folder_ = std::make_unique<TempFolder>();
    voice_ = std::make_unique<ServerKit>(voice_folder_->path(), MappingOptions{.voice_additions = true});
  }
  static void TearDownTestSuite() {
    plain_.reset();
    voice_.reset();
    plain_folder_.reset();
    voice_folder_.reset();
  }

  static inline std::unique_ptr<TempFolder> plain_folder_, voice_folder_;
  static inline std::unique_ptr<ServerKit> plain_, voice_;
};

TEST_P(PipecatGolden, LooksAsLangfuseShowsIt) {
  ServerKit& kit = *plain_;
  Send(kit);
  const Json tables = Expected()["tables"];

  for (const Json& want : tables["traces"]) {
    const std::string id = want["id"];
    const Json got = kit.GetJson("/api/public/traces/" + id);
    for (const char* key : kTraceKeys)
      ExpectEqual(std::string("trace.") + key, Normal(want[key]), Normal(got[key]));
    std::map<std::string, Json> shown;
    for (const Json& observation : got["observations"]) shown[observation["id"]] = observation;
    for (const Json& expected : tables["observations"]) {
      if (expected["traceId"] != id) continue;
      const std::string where = expected["name"].get<std::string>() + ".";
      ASSERT_TRUE(shown.contains(expected["id"])) << where;
      const Json observation = shown[expected["id"]];
      shown.erase(expected["id"].get<std::string>());
      for (const char* key : kObservationKeys) {
        if (IsCountedByTheReference(GetParam(), key)) continue;
        ExpectEqual(where + key, Normal(expected[key]), Normal(observation[key]));
      }
    }
    EXPECT_TRUE(shown.empty()) << "observations that nobody sent";
  }
}

TEST_P(PipecatGolden, VoiceAdditionsFillWhatLangfuseLeavesEmpty) {
  ServerKit& kit = *voice_;
  Send(kit);

  const Json expected = Expected();
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

INSTANTIATE_TEST_SUITE_P(Scenarios, PipecatGolden, ::testing::ValuesIn(Scenarios()),
                         [](const auto& test) { return test.param; });

TEST(VoiceAdditions, GiveTurnsAndTheCallTheirTexts) {
  TempFolder folder;
  ServerKit kit(folder.path(), {.voice_additions = true});
  const std::string scenario = std::string(kGoldens) + "/two_turns_end/";
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
