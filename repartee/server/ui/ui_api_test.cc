// Who may ask the dashboard's API, lists and their pages, faults.
#include <set>

#include "repartee/server/ui/ui_kit_for_test.h"

namespace repartee::server::testing {
namespace {

using ::testing::HasSubstr;

constexpr std::uint64_t kSecond = 1'000'000'000;

class UiApiTest : public ::testing::Test {
 protected:
  // One trace a number, a second apart.
  void Add(std::uint64_t from, std::uint64_t to) {
    std::vector<TestSpan> spans;
    for (std::uint64_t i = from; i <= to; ++i) {
      TestSpan span{.trace_id = TraceIdOf(i), .span_id = SpanIdOf(i), .name = "call " + std::to_string(i)};
      span.start_ns += i * kSecond;
      span.end_ns = span.start_ns + kSecond;
      span.texts = {{"langfuse.user.id", i % 2 == 0 ? "ann" : "bob"}};
      span.failed = i == 3;
      spans.push_back(span);
    }
    ui_.Send(spans, "app");
  }
  std::vector<std::string> Titles(const std::string& query) {
    std::vector<std::string> titles;
    const Json list = ui_.GetJson("/api/ui/conversations" + query);
    for (const Json& row : list["rows"]) titles.push_back(row["title"]);
    return titles;
  }

  UiKit ui_;
};

TEST_F(UiApiTest, PagesNeitherRepeatNorLoseARowWhileRowsArrive) {
  Add(1, 7);

  std::vector<std::string> seen;
  std::string cursor;
  for (std::uint64_t page = 0; page < 10; ++page) {
    const Json list = ui_.GetJson("/api/ui/conversations?limit=2" + cursor);
    EXPECT_EQ(list["total"], 7);
    for (const Json& row : list["rows"]) seen.push_back(row["title"]);
    if (list["next_cursor"].is_null()) break;
    cursor = "&cursor=" + list["next_cursor"].get<std::string>();
    Add(100 + page, 100 + page);
  }

  EXPECT_EQ(seen,
            (std::vector<std::string>{"call 7", "call 6", "call 5", "call 4", "call 3", "call 2", "call 1"}));
}

TEST_F(UiApiTest, PagesGoOnWhereManyStartAtOnce) {
  std::vector<TestSpan> spans;
  for (std::uint64_t i = 1; i <= 5; ++i) {
    spans.push_back({.trace_id = TraceIdOf(i), .span_id = SpanIdOf(i), .name = std::to_string(i)});
  }
  ui_.Send(spans);

  std::set<std::string> seen;
  std::string cursor;
  std::size_t rows = 0;
  do {
    const Json list = ui_.GetJson("/api/ui/conversations?limit=2" + cursor);
    for (const Json& row : list["rows"]) seen.insert(row["id"]);
    rows += list["rows"].size();
    cursor = list["next_cursor"].is_null() ? "" : "&cursor=" + list["next_cursor"].get<std::string>();
  } while (!cursor.empty() && rows < 20);

  EXPECT_EQ(rows, 5u);
  EXPECT_EQ(seen.size(), 5u);
}

TEST_F(UiApiTest, FiltersByWhatTheRowsCarry) {
  Add(1, 5);
  const std::int64_t start_ms = 1'795'000'000'000;

  EXPECT_EQ(Titles("?caller=ann"), (std::vector<std::string>{"call 4", "call 2"}));
  EXPECT_EQ(Titles("?outcome=error"), std::vector<std::string>{"call 3"});
  EXPECT_EQ(Titles("?outcome=warning&outcome=error"), std::vector<std::string>{"call 3"});
  EXPECT_EQ(Titles("?q=CALL%204"), std::vector<std::string>{"call 4"});
  EXPECT_EQ(Titles("?from=" + std::to_string(start_ms + 4000) + "&to=" + std::to_string(start_ms + 5000)),
            std::vector<std::string>{"call 4"});
  EXPECT_EQ(Titles("?voice=true"), std::vector<std::string>{});
}

TEST_F(UiApiTest, FiltersByReplyTimeAndBargeIns) {
  for (std::uint64_t i = 1; i <= 2; ++i) {
    // Of conversations that go on.
    TestSpan turn{
        .trace_id = TraceIdOf(i), .span_id = SpanIdOf(i), .parent_id = SpanIdOf(99), .name = "turn-1"};
    turn.integers = {{"turn.number", 1}};
    turn.numbers = {{"turn.user_bot_latency_seconds", static_cast<double>(i)}};
    turn.marks = {{"turn.was_interrupted", i == 2}};
    turn.texts = {{"langfuse.trace.name", "reply " + std::to_string(i)}};
    ui_.Send({turn});
  }

  EXPECT_EQ(Titles("?reply_from=1500"), std::vector<std::string>{"reply 2"});
  EXPECT_EQ(Titles("?reply_to=1500"), std::vector<std::string>{"reply 1"});
  EXPECT_EQ(Titles("?barge_ins_from=1"), std::vector<std::string>{"reply 2"});
  EXPECT_EQ(Titles("?voice=true").size(), 2u);
}

TEST_F(UiApiTest, BadParametersAreNamed) {
  for (const std::string query : {"limit=0", "limit=x", "cursor=1.2", "cursor=1.2.3.4x", "from=yesterday",
                                  "outcome=great", "voice=1", "from=nan", "to=1e300"}) {
    const HttpResponse response = ui_.Get("/api/ui/conversations?" + query);
    EXPECT_EQ(response.status, 400) << query;
    EXPECT_THAT(response.body, HasSubstr("parameter " + query.substr(0, query.find('=')))) << query;
  }
}

TEST_F(UiApiTest, AnswersTheSessionBeforeAndAfterTheFirstTrace) {
  const Json before = ui_.GetJson("/api/ui/session");
  Add(1, 1);
  const Json after = ui_.GetJson("/api/ui/session");

  EXPECT_EQ(before["has_traces"], false);
  EXPECT_EQ(after["has_traces"], true);
  EXPECT_EQ(after["version"], "1.2.3");
  EXPECT_EQ(after["project"]["id"], "project");
  EXPECT_EQ(after["projects"].size(), 1u);
  EXPECT_EQ(after["public_key"], kPublicKey);
  EXPECT_EQ(after["endpoints"]["http"], "http://localhost:3000");
  EXPECT_EQ(after["endpoints"]["otlp_http"], "http://localhost:4318");
  EXPECT_TRUE(after["talk_url"].is_null());
}

TEST_F(UiApiTest, ProgramsSendWhereTheBrowserCameFrom) {
  const HttpResponse response = ui_.Get("/api/ui/session", {{"Host", "traces.example"}});

  EXPECT_EQ((*ParseJson(response.body))["endpoints"]["http"], "https://traces.example");
}

TEST_F(UiApiTest, RefusesForeignHostsAndOriginsWithoutKeys) {
  const std::string list = "/api/ui/conversations";

  EXPECT_EQ(ui_.Get(list, {{"Host", "evil.example"}}).status, 403);
  EXPECT_EQ(ui_.Get(list, {{"Host", "localhost:3000"}, {"Origin", "https://evil.example"}}).status, 403);
  EXPECT_EQ(ui_.Get(list, {{"Host", "localhost:3000"}, {"Origin", "null"}}).status, 403);
  EXPECT_EQ(ui_.Get(list, {{"Host", "traces.example"}, {"Origin", "https://traces.example"}}).status, 200);
  EXPECT_EQ(ui_.Get(list, {{"Host", "127.0.0.1:3000"}, {"Origin", "http://127.0.0.1:3000"}}).status, 200);
}

TEST_F(UiApiTest, KeysAreTakenFromAnyHostAndNothingElseFromElsewhere) {
  const std::string basic = "Basic " + Base64Encode(std::string(kPublicKey) + ":" + kSecretKey);

  EXPECT_EQ(
      ui_.Get("/api/ui/conversations", {{"Host", "evil.example"}, {"Authorization", basic}}, false).status,
      200);
  EXPECT_EQ(ui_.Get("/api/ui/conversations", {{"Authorization", "Basic eDp5"}}).status, 401);
  EXPECT_EQ(ui_.Get("/api/ui/conversations", {}, false).status, 401);
}

TEST_F(UiApiTest, KeysOfOneProjectSeeNothingOfAnother) {
  Add(1, 1);
  const std::string id = TraceId::FromBytes(TraceIdOf(1))->Hex();
  InitSettings other;
  other.organisation_id = "org";
  other.project_id = "other";
  other.public_key = "pk-other";
  other.secret_key = "sk-other";
  ASSERT_TRUE(ui_.kit().keys().Initialise(other).ok());
  const HttpHeaders keys{{"Authorization", "Basic " + Base64Encode("pk-other:sk-other")}};

  EXPECT_EQ(ParseJson(ui_.Get("/api/ui/conversations", keys).body)->at("rows").size(), 0u);
  // The keys say which project it is, whatever the query wants.
  EXPECT_EQ(ParseJson(ui_.Get("/api/ui/conversations?project=project", keys).body)->at("rows").size(), 0u);
  for (const std::string& rest : {std::string(), std::string("/spans"), "/spans/" + SpanIdHex(1)})
    EXPECT_EQ(ui_.Get("/api/ui/conversations/" + id + rest, keys).status, 404) << rest;
  EXPECT_EQ(ui_.GetJson("/api/ui/conversations?project=other")["rows"].size(), 0u);
  EXPECT_EQ(ui_.Get("/api/ui/conversations?project=none").status, 404);
}

TEST_F(UiApiTest, ErrorsHaveOneShape) {
  const HttpResponse response = ui_.Get("/api/ui/conversations/0123");

  EXPECT_EQ(response.status, 404);
  const Json error = (*ParseJson(response.body))["error"];
  EXPECT_THAT(error["message"].get<std::string>(), HasSubstr("No conversation with this id"));
  EXPECT_EQ(error["request_id"], std::string(response.headers.Get("x-request-id")));
  EXPECT_EQ(response.headers.Get("cache-control"), "no-store");
  EXPECT_EQ(ui_.Get("/api/ui/nothing").status, 404);
  EXPECT_EQ(ui_.Get("/api/ui/conversations/" + std::string(32, '1')).status, 404);
}

TEST_F(UiApiTest, ADeletedConversationIsGoneWhenItAnswers) {
  Add(1, 3);
  const std::string id = TraceId::FromBytes(TraceIdOf(2))->Hex();
  const std::string token = ui_.GetJson("/api/ui/session").value("csrf_token", "");
  EXPECT_EQ(ui_.Send("DELETE", "/api/ui/conversations/" + id, Json()).status, 403);

  const HttpResponse deleted =
      ui_.Send("DELETE", "/api/ui/conversations/" + id, Json(), {{"X-CSRF-Token", token}});

  EXPECT_EQ(deleted.status, 200) << deleted.body;
  EXPECT_EQ(Titles(""), (std::vector<std::string>{"call 3", "call 1"}));
  EXPECT_EQ(ui_.Get("/api/ui/conversations/" + id).status, 410);
}

TEST_F(UiApiTest, RetentionTellsWhatItWouldFree) {
  Add(1, 3);

  const Json kept = ui_.GetJson("/api/ui/retention");
  const Json asked = ui_.GetJson("/api/ui/retention?days=3");

  EXPECT_EQ(kept["days"], nullptr);
  EXPECT_EQ(kept["traces"], 0);
  EXPECT_EQ(asked["days"], 3);
  EXPECT_EQ(asked["default_days"], nullptr);
  EXPECT_TRUE(asked["bytes"].is_number_integer());
  EXPECT_EQ(ui_.Get("/api/ui/retention?days=x").status, 400);
}

}  // namespace
}  // namespace repartee::server::testing
