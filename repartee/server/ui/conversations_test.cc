// What is left of a deleted conversation, and searches that stop after a while.
#include "repartee/server/api/tombstones.h"
#include "repartee/server/ui/ui_kit_for_test.h"

namespace repartee::server::testing {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr std::int64_t kDayNs = 86'400'000'000'000;

class ConversationsTest : public ::testing::Test {
 protected:
  static std::string IdOf(std::uint64_t call) { return TraceId::FromBytes(TraceIdOf(call))->Hex(); }

  // A call of two seconds, so many days after the first.
  void Add(std::uint64_t call, std::uint64_t days = 0) {
    TestSpan span{.trace_id = TraceIdOf(call), .span_id = SpanIdOf(call), .name = "table for two"};
    span.start_ns += days * static_cast<std::uint64_t>(kDayNs);
    span.end_ns = span.start_ns + 2 * kSecond;
    ui_.Send({span}, "app");
  }
  HttpResponse Delete(std::uint64_t call) {
    const std::string token = ui_.GetJson("/api/ui/session")["csrf_token"];
    return ui_.Send("DELETE", "/api/ui/conversations/" + IdOf(call), Json(), {{"X-CSRF-Token", token}});
  }
  Result<TracePage> List(ConversationQuery query) {
    query.project = ui_.kit().project();
    std::promise<Result<TracePage>> page;
    EXPECT_TRUE(ui_.kit()
                    .store()
                    .Read([&](StoreReader& reader) { page.set_value(reader.ListConversations(query)); })
                    .ok());
    return page.get_future().get();
  }

  UiKit ui_;
};

TEST_F(ConversationsTest, ADeletedOneLeavesWhenItWasAndWhenItWasDeleted) {
  Add(1);
  const std::string path = "/api/ui/conversations/" + IdOf(1);
  EXPECT_EQ(ui_.Get(path + "/tombstone").status, 404);
  ASSERT_EQ(Delete(1).status, 200);

  const HttpResponse gone = ui_.Get(path);
  const Json tombstone = ui_.GetJson(path + "/tombstone");

  EXPECT_EQ(gone.status, 410);
  EXPECT_EQ((*ParseJson(gone.body))["error"]["code"], "deleted");
  EXPECT_EQ(tombstone["start"], TestSpan().start_ns / 1'000'000);
  EXPECT_EQ(tombstone["end"].get<std::int64_t>() - tombstone["start"].get<std::int64_t>(), 2'000);
  EXPECT_GT(tombstone["deleted"].get<double>(), 1.7e12);
  EXPECT_EQ(ui_.Get("/api/ui/conversations/" + IdOf(2)).status, 404);
}

TEST_F(ConversationsTest, NothingThatWasSaidIsInATombstone) {
  Add(1);
  ASSERT_EQ(Delete(1).status, 200);

  EXPECT_EQ(ui_.Get("/api/ui/conversations/" + IdOf(1) + "/tombstone").body.find("table"), std::string::npos);
}

TEST_F(ConversationsTest, AnIdThatComesAgainIsAConversationAgain) {
  Add(1);
  ASSERT_EQ(Delete(1).status, 200);

  Add(1);

  EXPECT_EQ(ui_.Get("/api/ui/conversations/" + IdOf(1)).status, 200);
}

TEST_F(ConversationsTest, TombstonesGoWithTimeAndInNumber) {
  ConfigStore& config = ui_.kit().config();
  const ProjectKey project = ui_.kit().project();
  const auto id = [](std::uint64_t low) { return TraceId{.high = 1, .low = low}; };
  std::vector<Tombstone> all;
  for (std::size_t i = 0; i <= kMaxTombstones; ++i)
    all.push_back({id(i), 1, 2, 3, static_cast<std::int64_t>(1'000 + i)});

  ASSERT_TRUE(PutTombstones(config, project, all).ok());

  EXPECT_FALSE((*FindTombstone(config, project, id(0), 0)).has_value());
  EXPECT_TRUE((*FindTombstone(config, project, id(1), 0)).has_value());
  const std::int64_t later = 2'000 + static_cast<std::int64_t>(kMaxTombstones) + kTombstoneDays * kDayNs;
  EXPECT_FALSE((*FindTombstone(config, project, id(kMaxTombstones), later)).has_value());
  ASSERT_TRUE(PutTombstones(config, project, std::vector<Tombstone>{{id(0), 1, 2, 3, later}}).ok());
  EXPECT_FALSE((*FindTombstone(config, project, id(kMaxTombstones), 0)).has_value());
}

TEST_F(ConversationsTest, ASearchThatTakesTooLongStopsBetweenTwoDaysAndGoesOnThere) {
  for (std::uint64_t day = 0; day < 3; ++day) Add(day + 1, day);
  ConversationQuery query;
  query.search = "table";
  query.most_time = Nanos(0);
  std::vector<std::string> found;

  std::size_t searches = 0;
  for (bool goes_on = true; goes_on && searches < 9; ++searches) {
    const Result<TracePage> page = List(query);
    ASSERT_TRUE(page.ok()) << page.status();
    for (const TraceRow& row : page->rows) found.push_back(row.id.Hex());
    goes_on = page->stopped_at_ns.has_value();
    if (goes_on) query.before = ListPlace{*page->stopped_at_ns + 1, 0, 0};
  }

  EXPECT_EQ(searches, 3u);
  EXPECT_EQ(found, (std::vector<std::string>{IdOf(3), IdOf(2), IdOf(1)}));
}

TEST_F(ConversationsTest, ASearchThatSawAllSaysSo) {
  Add(1);

  EXPECT_TRUE(ui_.GetJson("/api/ui/conversations?q=table")["searched_from"].is_null());
}

// Three days, each with calls whose replies took so many seconds; 0: nobody measured it.
TEST_F(ConversationsTest, AnotherOrderGoesThroughAllDaysPageByPage) {
  const std::vector<double> replies = {0.5, 2.5, 0, 1.5, 0.9, 2.0};
  for (std::uint64_t i = 0; i < replies.size(); ++i) {
    TestSpan turn{.trace_id = TraceIdOf(i + 1), .span_id = SpanIdOf(i + 1), .name = "turn-1"};
    turn.start_ns += i % 3 * 86'400'000'000'000ULL + i * 1'000'000'000;
    turn.end_ns = turn.start_ns + 1'000'000'000;
    turn.integers = {{"turn.number", 1}};
    if (replies[i] > 0) turn.numbers = {{"turn.user_bot_latency_seconds", replies[i]}};
    ui_.Send({turn});
  }
  const auto ids = [this](const std::string& sort) {
    std::vector<std::string> found;
    std::string next = "/api/ui/conversations?limit=2&sort=" + sort;
    for (std::size_t pages = 0; !next.empty() && pages < 9; ++pages) {
      const Json page = ui_.GetJson(next);
      EXPECT_EQ(page["total"], 6);
      for (const Json& row : page["rows"]) found.push_back(row["id"].get<std::string>());
      const Json& cursor = page["next_cursor"];
      next = cursor.is_null()
                 ? ""
                 : "/api/ui/conversations?limit=2&sort=" + sort + "&cursor=" + cursor.get<std::string>();
    }
    return found;
  };
  const auto in_order = [](std::initializer_list<std::uint64_t> numbers) {
    std::vector<std::string> expected;
    for (const std::uint64_t number : numbers) expected.push_back(IdOf(number));
    return expected;
  };

  EXPECT_EQ(ids("reply_p95"), in_order({2, 6, 4, 5, 1, 3}));
  EXPECT_EQ(ids("reply_p95.asc"), in_order({1, 5, 4, 6, 2, 3}));
  EXPECT_EQ(ids("start.asc"), in_order({1, 4, 2, 5, 3, 6}));
  EXPECT_EQ(ids("turns"), ids("start"));
  EXPECT_EQ(ui_.Get("/api/ui/conversations?sort=luck").status, 400);
}
}  // namespace
}  // namespace repartee::server::testing
