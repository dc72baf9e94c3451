// Recorded requests of real clients, through ingest, store and public API, against
// what Langfuse's own code made of the same bytes.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>

#include "repartee/server/ingest/mapping/tokenizer.h"
#include "repartee/server/testing/server_kit.h"

namespace repartee::server::testing {
namespace {

const char kGoldens[] = REPARTEE_SOURCE_DIR "/tests/golden/ingest";
const char kPipecat[] = REPARTEE_SOURCE_DIR "/tests/golden/ingest/pipecat";

std::vector<std::string> FoldersOf(const std::string& path) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(path)) {
    if (entry.is_directory()) names.push_back(entry.path().filename());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::string> Captures() {
  std::vector<std::string> captures;
  for (const std::string& client : FoldersOf(kGoldens)) {
    for (const std::string& scenario : FoldersOf(std::string(kGoldens) + "/" + client))
      captures.push_back(client + "/" + scenario);
  }
  return captures;
}

// JSON in texts counts by its meaning, and nothing, null and empty are alike.
Json Normal(const Json& value) {
  if (value.is_string()) {
    if (value.get_ref<const std::string&>().empty()) return nullptr;
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
    for (const auto& [key, value] : got.items()) EXPECT_TRUE(want.contains(key)) << where << "." << key;
    return;
  }
  if (want.is_number() && got.is_number()) {
    EXPECT_NEAR(want.get<double>(), got.get<double>(), 1e-12 + 1e-9 * std::abs(want.get<double>())) << where;
    return;
  }
  // A number in a text and the number itself are shown alike.
  const auto plain = [](const Json& v) { return v.is_string() ? v.get<std::string>() : v.dump(); };
  EXPECT_EQ(plain(want), plain(got)) << where;
}

struct Recorded {
  std::string path;
  HttpHeaders headers;
  std::string body;
};

// The requests of a capture that feed the trace server, in order.
std::vector<Recorded> ReadRequests(const std::string& folder) {
  std::vector<Recorded> requests;
  for (int n = 1; std::filesystem::exists(folder + "/otlp-" + std::to_string(n) + ".binpb"); ++n) {
    Recorded request{.path = "/api/public/otel/v1/traces", .headers = {}, .body = {}};
    request.body = ReadFile(folder + "/otlp-" + std::to_string(n) + ".binpb");
    if (request.body.starts_with("\x1f\x8b")) request.headers.Add("Content-Encoding", "gzip");
    requests.push_back(std::move(request));
  }
  for (int n = 1; std::filesystem::exists(folder + "/request-" + std::to_string(n) + ".json"); ++n) {
    const std::string stem = folder + "/request-" + std::to_string(n);
    const Json head = *ParseJson(ReadFile(stem + ".json"));
    Recorded request{.path = head["path"], .headers = {}, .body = ReadFile(stem + ".body")};
    for (const auto& [name, value] : head["headers"].items()) {
      if (name != "authorization") request.headers.Add(name, value.get<std::string>());
    }
    if (request.path.starts_with("/opentelemetry.")) {
      // gRPC carries the message that HTTP carries, behind a frame of five bytes.
      request.body.erase(0, 5);
      request.headers = {};
      request.path = "/api/public/otel/v1/traces";
    }
    const bool feeds = request.path.ends_with("/otel/v1/traces") || request.path == "/api/public/ingestion" ||
                       request.path == "/api/public/scores";
    if (feeds && head["method"] == "POST") requests.push_back(std::move(request));
  }
  return requests;
}

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

// Absent keys read as null.
Json At(const Json& object, const char* key) {
  return object.is_object() && object.contains(key) ? object[key] : Json();
}

std::map<std::string, Json> ById(const Json& list) {
  std::map<std::string, Json> found;
  for (const Json& item : list) found[item["id"]] = item;
  return found;
}

class CaptureTest : public ::testing::TestWithParam<std::string> {
 protected:
  std::string Folder() const { return std::string(kGoldens) + "/" + GetParam(); }
  Json Expected() const { return *ParseJson(ReadFile(Folder() + "/expected.json")); }

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

// Calls without usage, whose tokens are counted by tables that a set-up without models lacks.
constexpr std::string_view kCounted[] = {"langfuse-python-2/usage", "otel-python-http/genai",
                                         "otel-python-http/odd",    "otel-python-http/vendors",
                                         "pipecat/cancel_mid_llm",  "pipecat/cancel_open_stt"};

TEST_P(CaptureTest, LooksAsLangfuseShowsIt) {
  const bool is_counted =
      std::find(std::begin(kCounted), std::end(kCounted), GetParam()) != std::end(kCounted);
  if (is_counted && Tokenizer::ForModel("gpt-4o") == nullptr)
    GTEST_SKIP() << "no rank tables: see docs/server.md";
  const Json expected = Expected();
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

std::string TestName(const ::testing::TestParamInfo<std::string>& test) {
  std::string name = test.param;
  std::replace_if(name.begin(), name.end(), [](char c) { return std::isalnum(c) == 0; }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Captures, CaptureTest, ::testing::ValuesIn(Captures()), TestName);

class PipecatGolden : public ::testing::TestWithParam<std::string> {};

TEST_P(PipecatGolden, VoiceAdditionsFillWhatLangfuseLeavesEmpty) {
  const std::string folder = std::string(kPipecat) + "/" + GetParam();
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

INSTANTIATE_TEST_SUITE_P(Scenarios, PipecatGolden, ::testing::ValuesIn(FoldersOf(kPipecat)), TestName);

TEST(VoiceAdditions, GiveTurnsAndTheCallTheirTexts) {
  TempFolder folder;
  ServerKit kit(folder.path(), {.voice_additions = true});
  const std::string scenario = std::string(kPipecat) + "/two_turns_end/";
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
