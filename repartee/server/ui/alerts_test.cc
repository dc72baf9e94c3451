// Alerts: rules, what they say of the last day, and who may make them.
#include "repartee/base/clock.h"
#include "repartee/server/ui/ui_kit_for_test.h"

namespace repartee::server::testing {
namespace {

using ::testing::HasSubstr;

constexpr std::uint64_t kMinute = 60ULL * 1'000'000'000;

class AlertsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::string token = ui_.GetJson("/api/ui/session")["csrf_token"];
    headers_.Set("X-CSRF-Token", token);
    now_ns_ = static_cast<std::uint64_t>(Clock::System().WallNow().count());
  }
  // A turn so many minutes ago whose reply took so long.
  void Turn(std::uint64_t number, std::uint64_t minutes_ago, double seconds, bool interrupted = false) {
    TestSpan turn{.trace_id = TraceIdOf(number),
                  .span_id = SpanIdOf(number),
                  .parent_id = SpanIdOf(99),
                  .name = "turn-1"};
    turn.start_ns = now_ns_ - minutes_ago * kMinute;
    turn.end_ns = turn.start_ns + 1'000'000'000;
    turn.integers = {{"turn.number", 1}};
    turn.numbers = {{"turn.user_bot_latency_seconds", seconds}};
    turn.marks = {{"turn.was_interrupted", interrupted}};
    ui_.Send({turn});
  }
  HttpResponse Make(const Json& rule) { return ui_.Send("POST", "/api/ui/alerts", rule, headers_); }
  Json Only() {
    const Json alerts = ui_.GetJson("/api/ui/alerts")["alerts"];
    EXPECT_EQ(alerts.size(), 1u);
    return alerts.empty() ? Json() : alerts[0];
  }

  UiKit ui_;
  HttpHeaders headers_;
  std::uint64_t now_ns_ = 0;
};

TEST_F(AlertsTest, OneFiresWhileTheNewestWindowIsBeyondItsThreshold) {
  Turn(1, 0, 2.0);
  Turn(2, 100, 2.5);
  Turn(3, 200, 0.7);

  ASSERT_EQ(Make({{"name", "Slow"}, {"metric", "reply_p95"}, {"threshold", 1200}, {"window", 15}}).status,
            201);

  const Json alert = Only();
  EXPECT_EQ(alert["name"], "Slow");
  EXPECT_EQ(alert["firing"], true);
  EXPECT_NEAR(alert["value"].get<double>(), 2'000, 40);
  ASSERT_EQ(alert["periods"].size(), 2u);
  EXPECT_LT(alert["periods"][0]["to"].get<std::int64_t>(), alert["periods"][1]["from"].get<std::int64_t>());
}

TEST_F(AlertsTest, OneIsQuietWithoutAFigureAndBelowItsThreshold) {
  Turn(1, 100, 2.5);
  ASSERT_EQ(Make({{"metric", "reply_p95"}, {"threshold", 1200}, {"window", 15}}).status, 201);
  EXPECT_EQ(Only()["firing"], false);
  EXPECT_TRUE(Only()["value"].is_null());

  Turn(2, 0, 0.5);

  EXPECT_EQ(Only()["firing"], false);
  EXPECT_NEAR(Only()["value"].get<double>(), 500, 10);
}

TEST_F(AlertsTest, SharesAreInPercentAndCallsAreMissed) {
  Turn(1, 0, 1.0, true);
  Turn(2, 0, 1.0);
  ASSERT_EQ(Make({{"metric", "barge_in_rate"}, {"threshold", 40}, {"window", 60}}).status, 201);
  EXPECT_EQ(Only()["value"], 50.0);

  const std::string calls = "/api/ui/alert-preview?metric=calls&threshold=1&window=720";

  EXPECT_EQ(ui_.GetJson(calls)["periods"].size(), 1u);
  EXPECT_EQ(ui_.GetJson("/api/ui/alert-preview?metric=reply_p95&threshold=5000")["periods"].size(), 0u);
}

TEST_F(AlertsTest, OneIsMutedAndRemoved) {
  const HttpResponse made = Make({{"metric", "calls"}, {"threshold", 1}});
  const std::string path = "/api/ui/alerts/" + ParseJson(made.body)->value("id", "");

  EXPECT_EQ(ui_.Send("PATCH", path, {{"muted", true}}, headers_).status, 200);
  EXPECT_EQ(Only()["muted"], true);
  EXPECT_EQ(ui_.Send("DELETE", path, Json(), headers_).status, 200);
  EXPECT_EQ(ui_.Send("DELETE", path, Json(), headers_).status, 404);
  EXPECT_EQ(ui_.GetJson("/api/ui/alerts")["alerts"].size(), 0u);
}

TEST_F(AlertsTest, WhatIsWrongIsNamed) {
  EXPECT_THAT(Make({{"metric", "luck"}, {"threshold", 1}}).body, HasSubstr("metric"));
  EXPECT_THAT(Make({{"metric", "calls"}, {"threshold", -1}}).body, HasSubstr("threshold"));
  EXPECT_THAT(Make({{"metric", "calls"}, {"threshold", 1}, {"window", 5000}}).body, HasSubstr("window"));
  EXPECT_EQ(Make({{"metric", "calls"}}).status, 400);
  EXPECT_EQ(ui_.Get("/api/ui/alert-preview?metric=luck").status, 400);
  EXPECT_EQ(ui_.Send("PATCH", "/api/ui/alerts/x", {{"muted", true}}, headers_).status, 404);
  EXPECT_EQ(ui_.Send("POST", "/api/ui/alerts", {{"metric", "calls"}, {"threshold", 1}}).status, 403);
}

TEST_F(AlertsTest, AProjectHasSoManyAndNoMore) {
  for (int i = 0; i < 50; ++i) ASSERT_EQ(Make({{"metric", "calls"}, {"threshold", 1}}).status, 201);

  EXPECT_EQ(Make({{"metric", "calls"}, {"threshold", 1}}).status, 409);
}

}  // namespace
}  // namespace repartee::server::testing
