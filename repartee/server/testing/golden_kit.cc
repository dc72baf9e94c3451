#include "repartee/server/testing/golden_kit.h"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "repartee/server/ingest/mapping/tokenizer.h"

namespace repartee::server::testing {
namespace {

const char kGoldens[] = REPARTEE_SOURCE_DIR "/tests/golden/ingest";

std::vector<std::string> FoldersOf(const std::string& path) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(path)) {
    if (entry.is_directory()) names.push_back(entry.path().filename());
  }
  std::sort(names.begin(), names.end());
  return names;
}

// Calls without usage, whose tokens are counted by tables that a set-up without models lacks.
constexpr std::string_view kCounted[] = {"langfuse-python-2/usage", "otel-python-http/genai",
                                         "otel-python-http/odd",    "otel-python-http/vendors",
                                         "pipecat/cancel_mid_llm",  "pipecat/cancel_open_stt"};

}  // namespace

std::vector<std::string> Captures() {
  std::vector<std::string> captures;
  for (const std::string& client : FoldersOf(kGoldens)) {
    for (const std::string& scenario : FoldersOf(std::string(kGoldens) + "/" + client))
      captures.push_back(client + "/" + scenario);
  }
  return captures;
}

std::vector<std::string> Scenarios(const std::string& client) { return FoldersOf(FolderOf(client)); }

std::string FolderOf(const std::string& capture) { return std::string(kGoldens) + "/" + capture; }

Json ExpectedOf(const std::string& capture) {
  return *ParseJson(ReadFile(FolderOf(capture) + "/expected.json"));
}

bool LacksTables(const std::string& capture) {
  const bool is_counted = std::find(std::begin(kCounted), std::end(kCounted), capture) != std::end(kCounted);
  return is_counted && Tokenizer::ForModel("gpt-4o") == nullptr;
}

std::string TestName(const ::testing::TestParamInfo<std::string>& test) {
  std::string name = test.param;
  std::replace_if(name.begin(), name.end(), [](char c) { return std::isalnum(c) == 0; }, '_');
  return name;
}

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

Json At(const Json& object, const char* key) {
  return object.is_object() && object.contains(key) ? object[key] : Json();
}

std::map<std::string, Json> ById(const Json& list) {
  std::map<std::string, Json> found;
  for (const Json& item : list) found[item["id"]] = item;
  return found;
}

}  // namespace repartee::server::testing
