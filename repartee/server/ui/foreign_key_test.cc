// A key opens its own project alone: every path that the server describes is asked with
// the key of another project, and shows nothing of what the first one has.
//
// A new path fails here until its data are planted, so that asking for them means something.
#include <openssl/sha.h>

#include <map>
#include <set>

#include "repartee/audio/wav.h"
#include "repartee/server/api/config_resource.h"
#include "repartee/server/api/openapi.h"
#include "repartee/server/api/tombstones.h"
#include "repartee/server/ui/ui_kit_for_test.h"

namespace repartee::server::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// Stands in every text that is planted, and in no address or id.
constexpr char kSecret[] = "only-for-the-owner";
// What no key shows, be it the project's own.
const std::set<std::string> kOfPeople = {"/api/ui/members"};

// Names that addresses hold.
constexpr char kName[] = "owned";
constexpr char kForeign[] = "pk-foreign:sk-foreign";
// By whose sum alone the owner's data would show.
constexpr std::int64_t kTokens = 918'273;

// Lists and figures of the dashboard whose shapes are the page's own.
constexpr const char* kUndescribed[] = {"/api/ui/conversations",
                                        "/api/ui/conversations/{id}",
                                        "/api/ui/conversations/{id}/spans",
                                        "/api/ui/conversations/{id}/spans/{span}",
                                        "/api/ui/histogram",
                                        "/api/ui/latency",
                                        "/api/ui/series",
                                        "/api/ui/ingest-health"};

// What shows nothing that a project has: the server itself, and what a project's key does not open.
const std::set<std::string> kOfNobody = {"/api/public/health",
                                         "/api/public/ready",
                                         "/api/public/openapi.json",
                                         "/api/public/projects/{projectId}/apiKeys",
                                         "/api/public/organizations/projects",
                                         "/api/public/organizations/apiKeys",
                                         "/api/ui/server",
                                         "/api/ui/session",
                                         "/api/ui/retention",
                                         "/api/ui/ingest-health",
                                         "/api/ui/conversations/{id}/audio/{recording}/peaks"};

// Counts, times and sounds, in which no text can stand: the owner's answer differs from the foreign one.
const std::set<std::string> kOfNumbers = {"/api/ui/histogram",
                                          "/api/ui/heatmap",
                                          "/api/ui/reply-parts",
                                          "/api/ui/latency",
                                          "/api/ui/series",
                                          "/api/ui/conversations/{id}/audio",
                                          "/api/ui/conversations/{id}/audio/{recording}",
                                          "/api/ui/keys",
                                          "/api/ui/alert-preview",
                                          "/api/ui/conversations/{id}/tombstone",
                                          "/api/ui/span-points",
                                          "/api/public/media/{mediaId}"};

std::string Sha256(const std::string& bytes) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest);
  return {reinterpret_cast<const char*>(digest), sizeof digest};
}

class ForeignKeyTest : public ::testing::Test {
 protected:
  void SetUp() override {
    PlantTrace();
    PlantConfig();
    PlantMedium();
    PlantMember();
    const Result<Project> second = kit().keys().CreateProject("org", "second", "Second", 0);
    ASSERT_TRUE(second.ok());
    ASSERT_TRUE(kit().keys().CreateKey(second->key, "", KeyPair{"pk-foreign", "sk-foreign"}).ok());
    const Json document = *ParseJson(kOpenApiDocument);
    for (const auto& [path, operations] : document["paths"].items()) {
      for (const auto& [method, operation] : operations.items()) operations_.emplace_back(method, path);
    }
    for (const char* path : kUndescribed) operations_.emplace_back("get", path);
  }

  ServerKit& kit() { return ui_.kit(); }
  Json Post(const std::string& path, const Json& body, int status = 200) {
    return kit().SendJson("POST", "/api/public/" + path, body, status);
  }

  void PlantTrace() {
    TestSpan turn{
        .trace_id = TraceIdOf(1), .span_id = SpanIdOf(2), .parent_id = SpanIdOf(1), .name = kSecret};
    turn.start_ns = static_cast<std::uint64_t>(Clock::System().WallNow().count()) - 60'000'000'000;
    turn.end_ns = turn.start_ns + 1'000'000'000;
    turn.texts = {{"gen_ai.operation.name", "chat"},
                  {"gen_ai.request.model", kSecret},
                  {"input", kSecret},
                  {"output", kSecret},
                  {"note", kSecret},
                  {"langfuse.experiment.id", kName},
                  {"langfuse.experiment.name", kSecret},
                  {"langfuse.experiment.item.id", kSecret},
                  {"langfuse.experiment.item.root_observation_id", SpanIdHex(2)}};
    turn.integers = {{"gen_ai.usage.input_tokens", kTokens}};
    turn.numbers = {{"metrics.ttfb", 0.5}};
    turn.failed = true;
    TestSpan root{.trace_id = TraceIdOf(1), .span_id = SpanIdOf(1), .name = kSecret};
    root.start_ns = turn.start_ns;
    root.end_ns = turn.end_ns;
    root.texts = {{"langfuse.session.id", kName},
                  {"langfuse.user.id", kName},
                  {"langfuse.release", kSecret},
                  {"langfuse.trace.tags", kSecret},
                  {"output", kSecret}};
    ui_.Send({turn, root}, "pipecat");
    TestSpan call{.trace_id = TraceIdOf(2), .span_id = SpanIdOf(3), .name = kSecret};
    call.start_ns = turn.start_ns;
    call.end_ns = turn.end_ns;
    TestSpan replied = call;
    replied.span_id = SpanIdOf(4);
    replied.parent_id = SpanIdOf(3);
    replied.name = "turn-1";
    replied.integers = {{"turn.number", 1}};
    replied.numbers = {{"turn.user_bot_latency_seconds", 0.4}};
    ui_.Send({replied, call});
    trace_ = TraceId::FromBytes(TraceIdOf(1))->Hex();
    ids_["traceId"] = ids_["id of conversations"] = trace_;
    ids_["observationId"] = ids_["span"] = SpanIdHex(1);
    ids_["sessionId"] = kName;
    Post("scores",
         {{"id", "score"}, {"name", kSecret}, {"value", 1}, {"traceId", trace_}, {"comment", kSecret}});
    Post("scores", {{"id", "session-score"}, {"name", kSecret}, {"value", 1}, {"sessionId", kName}});
    ids_["scoreId"] = "score";
    const std::string objects[][2] = {{"TRACE", trace_}, {"OBSERVATION", SpanIdHex(1)}, {"SESSION", kName}};
    for (const auto& [type, id] : objects) {
      const Json comment = {
          {"projectId", "project"}, {"objectType", type}, {"objectId", id}, {"content", kSecret}};
      ids_["commentId"] = Post("comments", comment)["id"];
    }
  }

  void PlantConfig() {
    ids_["configId"] =
        Post("score-configs", {{"name", kName}, {"dataType", "NUMERIC"}, {"description", kSecret}})["id"];
    Post("v2/prompts",
         {{"name", kName}, {"prompt", kSecret}, {"labels", {"production"}}, {"tags", {kSecret}}}, 201);
    ids_["promptName"] = ids_["name"] = ids_["datasetName"] = ids_["runName"] = kName;
    ids_["version"] = "1";
    ids_["datasetId"] = Post("v2/datasets", {{"name", kName}, {"description", kSecret}})["id"];
    ids_["id of dataset-items"] = "item";
    Post("dataset-items", {{"datasetName", kName}, {"id", "item"}, {"input", kSecret}});
    Post("dataset-run-items",
         {{"runName", kName}, {"datasetItemId", "item"}, {"traceId", trace_}, {"runDescription", kSecret}});
    const Json model = {
        {"modelName", kSecret}, {"matchPattern", kSecret}, {"unit", "TOKENS"}, {"inputPrice", 1}};
    ids_["id of models"] = ids_["id of prices"] = Post("models", model)["id"];
    ids_["queueId"] =
        Post("annotation-queues", {{"name", kSecret}, {"scoreConfigIds", {ids_["configId"]}}})["id"];
    ids_["itemId"] = Post("annotation-queues/" + ids_["queueId"] + "/items",
                          {{"objectId", kName}, {"objectType", "SESSION"}})["id"];
    ids_["projectId"] = ids_["id of projects"] = "project";
    const ConfigItem alert = NewItem("alert", kSecret, {{"metric", "calls"}});
    ASSERT_TRUE(kit().config().Put(kit().project(), "alert", {alert}).ok());
    ids_["id of alerts"] = alert.id;
    const Tombstone left{
        .id = *TraceId::FromHex(trace_), .turns = 1, .deleted_ns = Clock::System().WallNow().count()};
    ASSERT_TRUE(PutTombstones(kit().config(), kit().project(), {&left, 1}).ok());
    ids_["apiKeyId"] = ids_["id of keys"] = ids_["id of members"] = "1";
  }

  void PlantMember() {
    const NewUser user{
        .email = std::string(kSecret) + "@example.com", .name = kSecret, .password = "long enough a word"};
    const Result<User> made = ui_.users().AddUser(user, "org", Role::kOwner);
    ASSERT_TRUE(made.ok()) << made.status();
  }

  void PlantMedium() {
    const std::string bytes = EncodeWav(std::vector<std::int16_t>(800), 8'000, 1);
    MediaRecord record{.id = MediaIdOf(Sha256(bytes)), .sha256 = Sha256(bytes), .content_type = "audio/wav"};
    record.content_length = static_cast<std::int64_t>(bytes.size());
    ASSERT_TRUE(kit().media().Announce(kit().project(), record, {trace_, "", "metadata"}).ok());
    ASSERT_TRUE(kit().media().Upload(kit().project(), record.id, bytes).ok());
    ids_["mediaId"] = ids_["recording"] = record.id;
  }

  // The path with the first project's own ids; fails the test for a name without one.
  std::string Fill(const std::string& path) {
    std::string filled;
    std::string last;
    std::size_t at = 1;
    while (at <= path.size()) {
      const std::size_t end = std::min(path.find('/', at), path.size());
      const std::string part = path.substr(at, end - at);
      filled += '/';
      if (part.starts_with('{')) {
        const std::string name = part.substr(1, part.size() - 2);
        const auto found = ids_.contains(name) ? ids_.find(name) : ids_.find(name + " of " + last);
        if (found == ids_.end()) ADD_FAILURE() << path << ": plant something that {" << name << "} names";
        filled += found == ids_.end() ? "x" : found->second;
      } else {
        filled += last = part;
      }
      at = end + 1;
    }
    return filled;
  }

  // What lists need to be asked at all.
  std::string QueryOf(const std::string& path) const {
    const bool is_v1 = path == "/api/public/metrics";
    const Json metrics = {{"view", is_v1 ? "traces" : "observations"},
                          {"dimensions", Json::array({{{"field", "name"}}})},
                          {"metrics", Json::array({{{"measure", "count"}, {"aggregation", "count"}}})},
                          {"fromTimestamp", "2000-01-01T00:00:00Z"},
                          {"toTimestamp", "2100-01-01T00:00:00Z"}};
    if (path.ends_with("/metrics")) return "?query=" + PercentEncode(metrics.dump());
    if (path == "/api/public/dataset-run-items") return "?runName=owned&datasetId=" + ids_.at("datasetId");
    if (path == "/api/public/v2/observations") return "?fields=core,basic,io,metadata,model,trace_context";
    if (path == "/api/public/v3/scores") return "?fields=core,details,subject";
    if (path == "/api/public/models") return "?limit=100";
    if (path.starts_with("/api/public/experiment")) return "?fromStartTime=2000-01-01T00:00:00Z";
    if (path == "/api/ui/alert-preview") return "?metric=llm_p95&threshold=100";
    return "";
  }

  HttpResponse Ask(const std::string& method, const std::string& path, const std::string& pair) {
    std::string upper = method;
    for (char& c : upper) c = static_cast<char>(c - 'a' + 'A');
    const std::string target = Fill(path) + (method == "get" ? QueryOf(path) : "");
    // The body of a change fits what it would change; others are refused for it.
    const Json body = {{"runName", "x"},
                       {"datasetItemId", "item"},
                       {"traceId", trace_},
                       {"newLabels", {"x"}},
                       {"isArchived", true},
                       {"projectId", "project"},
                       {"objectType", "TRACE"},
                       {"objectId", trace_},
                       {"content", "x"},
                       {"name", "x"},
                       {"value", 1},
                       {"traceIds", {trace_}}};
    const Json sent = method == "get" ? Json() : body;
    if (!path.starts_with("/api/ui/")) return kit().Send(upper, target, sent, pair);
    HttpHeaders headers;
    headers.Add("Authorization", "Basic " + Base64Encode(pair));
    return ui_.Send(upper, target, sent, std::move(headers));
  }

  static std::string Owner() { return std::string(kPublicKey) + ":" + kSecretKey; }

  UiKit ui_;
  std::string trace_;
  std::map<std::string, std::string> ids_;  // by the name of a place, or "name of the part before it"
  std::vector<std::pair<std::string, std::string>> operations_;
};

TEST_F(ForeignKeyTest, ShowsNothingOfAnotherProject) {
  for (const auto& [method, path] : operations_) {
    const HttpResponse response = Ask(method, path, kForeign);
    const std::string what =
        method + " " + path + ": " + std::to_string(response.status) + " " + response.body;

    EXPECT_THAT(response.body, Not(HasSubstr(kSecret))) << what;
    EXPECT_THAT(response.body, Not(HasSubstr(std::to_string(kTokens)))) << what;
    // What one thing is called leads nowhere; deleting what is not there is as good as done.
    const bool names_one = path.find('{') != std::string::npos;
    if (names_one && method == "get") {
      EXPECT_TRUE(response.status == 404 || response.status == 403) << what;
    }
  }
}

TEST_F(ForeignKeyTest, ChangesNothingOfAnotherProject) {
  for (const auto& [method, path] : operations_) {
    if (method != "get") Ask(method, path, kForeign);
  }

  // So what the test above looked for is really there.
  for (const auto& [method, path] : operations_) {
    if (method != "get" || kOfNobody.contains(path)) continue;
    const HttpResponse mine = Ask(method, path, Owner());
    if (kOfPeople.contains(path)) {
      EXPECT_EQ(mine.status, 403) << path << ": " << mine.body;
      EXPECT_THAT(mine.body, Not(HasSubstr(kSecret))) << path;
      continue;
    }
    EXPECT_EQ(mine.status, 200) << path << ": " << mine.body;
    if (!kOfNumbers.contains(path)) {
      EXPECT_TRUE(mine.body.find(kSecret) != std::string::npos ||
                  mine.body.find(kName) != std::string::npos ||
                  mine.body.find(R"("project")") != std::string::npos)
          << path << " shows nothing that was planted: " << mine.body;
      continue;
    }
    EXPECT_NE(mine.body, Ask(method, path, kForeign).body) << path;
  }
}

}  // namespace
}  // namespace repartee::server::testing
