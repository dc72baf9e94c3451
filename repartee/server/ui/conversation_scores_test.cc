// Scores in the list of conversations: what rows show, the filter, and its facets.
#include "repartee/server/ui/ui_kit_for_test.h"

namespace repartee::server::testing {
namespace {

using ::testing::HasSubstr;

constexpr std::uint64_t kSecond = 1'000'000'000;

class ConversationScoresTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::vector<TestSpan> spans;
    for (std::uint64_t i = 1; i <= 4; ++i) {
      TestSpan span{.trace_id = TraceIdOf(i), .span_id = SpanIdOf(i), .name = "call " + std::to_string(i)};
      span.start_ns += i * kSecond;
      span.end_ns = span.start_ns + kSecond;
      spans.push_back(span);
    }
    ui_.Send(spans, "app");
    Score(1, "quality", 0.94);
    Score(2, "quality", 0.41);
    Score(3, "quality", 0.12);
    Score(3, "outcome", "dropped");
    Score(2, "outcome", "resolved");
    Score(1, "kind", true);
  }

  void Score(std::uint64_t call, const std::string& name, const Json& value) {
    Json score = {{"name", name}, {"traceId", TraceId::FromBytes(TraceIdOf(call))->Hex()}};
    score["value"] = value.is_boolean() ? Json(value.get<bool>() ? 1 : 0) : value;
    if (value.is_boolean()) score["dataType"] = "BOOLEAN";
    ASSERT_EQ(ui_.kit().Send("POST", "/api/public/scores", score).status, 200);
  }

  std::vector<std::string> Titles(const std::string& query) {
    std::vector<std::string> titles;
    const Json list = ui_.GetJson("/api/ui/conversations" + query);
    for (const Json& row : list["rows"]) titles.push_back(row["title"]);
    EXPECT_EQ(list["total"], titles.size()) << query;
    return titles;
  }

  static std::map<std::string, int> Counts(const Json& facet) {
    std::map<std::string, int> counts;
    for (const Json& one : facet) counts[one["value"]] = one["count"];
    return counts;
  }

  UiKit ui_;
};

TEST_F(ConversationScoresTest, ARowShowsTheScoresOfItsTraceAlone) {
  const Json rows = ui_.GetJson("/api/ui/conversations")["rows"];

  ASSERT_EQ(rows.size(), 4u);
  EXPECT_EQ(rows[0]["scores"].size(), 0u);
  std::map<std::string, Json> third;
  for (const Json& score : rows[1]["scores"]) third[score["name"]] = score;
  ASSERT_EQ(third.size(), 2u);
  EXPECT_EQ(third["quality"]["value"], 0.12);
  EXPECT_TRUE(third["quality"]["text"].is_null());
  EXPECT_EQ(third["outcome"]["text"], "dropped");
  const std::string id = rows[1]["id"];
  EXPECT_EQ(ui_.GetJson("/api/ui/conversations/" + id)["conversation"]["scores"].size(), 2u);
}

TEST_F(ConversationScoresTest, OfOneNameTheLatestIsShown) {
  Score(1, "kind", false);

  const Json rows = ui_.GetJson("/api/ui/conversations")["rows"];

  EXPECT_EQ(rows[3]["scores"].size(), 2u);
}

TEST_F(ConversationScoresTest, TheListIsFilteredByNameNumberAndWord) {
  const std::vector<std::string> scored = {"call 3", "call 2", "call 1"};
  EXPECT_EQ(Titles("?score=quality"), scored);
  EXPECT_EQ(Titles("?score=quality&score_from=0.41"), (std::vector<std::string>{"call 2", "call 1"}));
  EXPECT_EQ(Titles("?score=quality&score_to=0.41"), std::vector<std::string>{"call 3"});
  EXPECT_EQ(Titles("?score_from=0.9&score_to=0.95"), std::vector<std::string>{"call 1"});
  EXPECT_EQ(Titles("?score=outcome&score_word=resolved&score_word=dropped"),
            (std::vector<std::string>{"call 3", "call 2"}));
  EXPECT_EQ(Titles("?score_word=resolved&q=call"), std::vector<std::string>{"call 2"});
  EXPECT_EQ(Titles("?score=nobody"), std::vector<std::string>{});
  // A word's number is 0; it is no low score.
  EXPECT_EQ(Titles("?score=outcome&score_to=0.5"), std::vector<std::string>{});
}

TEST_F(ConversationScoresTest, FacetsCountNamesAndTheValuesOfTheChosenOne) {
  const Json all = ui_.GetJson("/api/ui/facets");
  const Json quality = ui_.GetJson("/api/ui/facets?score=quality");
  const Json outcome = ui_.GetJson("/api/ui/facets?score=outcome");

  EXPECT_EQ(Counts(all["score"]), (std::map<std::string, int>{{"quality", 3}, {"outcome", 2}, {"kind", 1}}));
  EXPECT_EQ(all["score_bars"].size(), 0u);
  EXPECT_EQ(quality["total"], 3);
  ASSERT_EQ(quality["score_bars"].size(), 10u);
  EXPECT_EQ(quality["score_bars"][0]["to"], 0.1);
  EXPECT_EQ(quality["score_bars"][1]["count"], 1);
  EXPECT_EQ(quality["score_bars"][9]["count"], 1);
  EXPECT_TRUE(quality["score_bars"][9]["to"].is_null());
  EXPECT_EQ(Counts(outcome["score_word"]), (std::map<std::string, int>{{"resolved", 1}, {"dropped", 1}}));
  EXPECT_EQ(outcome["score_bars"].size(), 0u);
}

TEST_F(ConversationScoresTest, TheBarsStayWhereTheyAreAsOneChooses) {
  Score(4, "stars", 5);
  Score(3, "stars", 1);

  const Json all = ui_.GetJson("/api/ui/facets?score=stars")["score_bars"];
  const Json high = ui_.GetJson("/api/ui/facets?score=stars&score_from=4")["score_bars"];

  ASSERT_EQ(all.size(), high.size());
  for (std::size_t i = 0; i < all.size(); ++i) EXPECT_EQ(all[i]["to"], high[i]["to"]);
  EXPECT_EQ(high.back()["count"], 1);
}

TEST_F(ConversationScoresTest, TheHistogramTakesTheFilterAndABadNumberIsNamed) {
  const std::int64_t day_ms = 1'795'000'000'000;
  const std::string range = "?from=" + std::to_string(day_ms) + "&to=" + std::to_string(day_ms + 60'000);

  const Json histogram = ui_.GetJson("/api/ui/histogram" + range + "&bins=1&score=quality&score_from=0.4");

  EXPECT_EQ(histogram["count"][0], 2);
  const HttpResponse refused = ui_.Get("/api/ui/conversations?score_from=much");
  EXPECT_EQ(refused.status, 400);
  EXPECT_THAT(refused.body, HasSubstr("parameter score_from"));
}

}  // namespace
}  // namespace repartee::server::testing
