// Voice figures, facets and the histogram.
#include "repartee/server/ui/quantiles.h"
#include "repartee/server/ui/ui_kit_for_test.h"

namespace repartee::server::testing {
namespace {

using ::testing::ElementsAre;

constexpr std::uint64_t kStart = 1'795'000'000'000'000'000;
constexpr std::int64_t kStartMs = 1'795'000'000'000;
constexpr std::uint64_t kSecond = 1'000'000'000;

class FiguresTest : public ::testing::Test {
 protected:
  // One call of one turn, with that reply and time to first byte, in seconds.
  void AddCall(std::uint64_t number, double reply, double ttfb, bool interrupted = false) {
    TestSpan turn{.trace_id = TraceIdOf(number), .span_id = SpanIdOf(number * 10), .name = "turn-1"};
    turn.start_ns = kStart + number * kSecond;
    turn.end_ns = turn.start_ns + kSecond;
    turn.integers = {{"turn.number", 1}};
    turn.numbers = {{"turn.user_bot_latency_seconds", reply}};
    turn.marks = {{"turn.was_interrupted", interrupted}};
    turn.texts = {{"langfuse.environment", number % 2 == 0 ? "even" : "odd"}};
    TestSpan llm{.trace_id = turn.trace_id,
                 .span_id = SpanIdOf(number * 10 + 1),
                 .parent_id = turn.span_id,
                 .name = "llm"};
    llm.start_ns = turn.start_ns;
    llm.end_ns = turn.end_ns;
    llm.texts = {{"gen_ai.operation.name", "chat"},
                 {"gen_ai.provider.name", "openai"},
                 {"gen_ai.request.model", "gpt"}};
    llm.numbers = {{"metrics.ttfb", ttfb}};
    llm.failed = number == 4;
    ui_.Send({llm, turn});
  }
  // As much as the tests send.
  static std::string Range(std::int64_t from_s = 0, std::int64_t to_s = 100) {
    return "?from=" + std::to_string(kStartMs + from_s * 1000) +
           "&to=" + std::to_string(kStartMs + to_s * 1000);
  }

  UiKit ui_;
};

TEST_F(FiguresTest, QuantilesOfRepliesAndServices) {
  for (std::uint64_t i = 1; i <= 5; ++i) AddCall(i, 0.1 * static_cast<double>(i), 0.05, i == 5);

  const Json figures = ui_.GetJson("/api/ui/latency" + Range());

  EXPECT_EQ(figures["turns"], 5);
  EXPECT_EQ(figures["interrupted"], 1);
  EXPECT_EQ(figures["reply"]["count"], 5);
  EXPECT_EQ(figures["reply"]["p50"], 300.0);
  EXPECT_EQ(figures["reply"]["max"], 500.0);
  ASSERT_EQ(figures["services"].size(), 1u);
  EXPECT_EQ(figures["services"][0]["stage"], "llm");
  EXPECT_EQ(figures["services"][0]["provider"], "openai");
  EXPECT_EQ(figures["services"][0]["calls"], 5);
  EXPECT_EQ(figures["services"][0]["errors"], 1);
  EXPECT_EQ(figures["services"][0]["ttfb"]["p95"], 50.0);
  EXPECT_EQ(figures["slowest"][0]["reply"], 500.0);
  EXPECT_EQ(figures["searched_from"], figures["from"]);
}

// Longer ranges are told by roll-ups, which are within 1 % of the single values.
TEST_F(FiguresTest, LongRangesAreWithinOnePercent) {
  for (std::uint64_t i = 1; i <= 5; ++i) AddCall(i, 0.1 * static_cast<double>(i), 0.05, i == 5);

  const Json figures = ui_.GetJson("/api/ui/latency" + Range(-86'400, 86'400));

  EXPECT_EQ(figures["turns"], 5);
  EXPECT_EQ(figures["interrupted"], 1);
  EXPECT_EQ(figures["reply"]["count"], 5);
  EXPECT_NEAR(figures["reply"]["p50"].get<double>(), 300, 3);
  EXPECT_NEAR(figures["reply"]["max"].get<double>(), 500, 5);
  ASSERT_EQ(figures["services"].size(), 1u);
  EXPECT_EQ(figures["services"][0]["calls"], 5);
  EXPECT_EQ(figures["services"][0]["errors"], 1);
  EXPECT_NEAR(figures["services"][0]["ttfb"]["p95"].get<double>(), 50, 0.5);
  EXPECT_EQ(figures["slowest"][0]["reply"], 500.0);
  EXPECT_EQ(figures["slowest"].size(), 5u);
  EXPECT_EQ(ui_.GetJson("/api/ui/latency" + Range(-86'400, 86'400) + "&environment=even")["turns"], 2);
  EXPECT_EQ(ui_.GetJson("/api/ui/latency" + Range(-86'400, -43'200))["turns"], 0);
}

TEST_F(FiguresTest, LongSeriesHaveWholeRows) {
  AddCall(1, 0.1, 0.05);
  AddCall(2, 0.3, 0.05);
  AddCall(7'300, 0.5, 0.07);

  const Json series = ui_.GetJson("/api/ui/series" + Range(0, 4 * 3'600) + "&step=7200000");

  const std::int64_t hour = kStartMs / 3'600'000 * 3'600'000;
  EXPECT_EQ(series["time"], (Json{hour, hour + 7'200'000, hour + 14'400'000}));
  EXPECT_EQ(series["reply"]["count"], (Json{2, 1, 0}));
  EXPECT_NEAR(series["reply"]["p50"][1].get<double>(), 500, 5);
  EXPECT_TRUE(series["reply"]["p50"][2].is_null());
}

TEST_F(FiguresTest, PartsOfTheLatestReplies) {
  AddCall(1, 0.2, 0.05);
  AddCall(2, 0.4, 0.15);

  const Json figures = ui_.GetJson("/api/ui/latency" + Range());

  EXPECT_EQ(figures["contribution_turns"], 2);
  ASSERT_EQ(figures["contributions"].size(), 2u);
  EXPECT_EQ(figures["contributions"][0]["name"], "LLM first token");
  EXPECT_EQ(figures["contributions"][0]["mean"], 100.0);
  EXPECT_EQ(figures["contributions"][1]["name"], "Unattributed");
  EXPECT_EQ(figures["contributions"][1]["mean"], 200.0);
}

TEST_F(FiguresTest, OnlyTheRangeAndTheEnvironmentCount) {
  for (std::uint64_t i = 1; i <= 4; ++i) AddCall(i, 0.1, 0.05);

  EXPECT_EQ(ui_.GetJson("/api/ui/latency" + Range(2, 4))["turns"], 2);
  EXPECT_EQ(ui_.GetJson("/api/ui/latency" + Range() + "&environment=even")["turns"], 2);
  EXPECT_EQ(ui_.GetJson("/api/ui/latency" + Range() + "&environment=none")["turns"], 0);
}

TEST_F(FiguresTest, SeriesHaveAColumnForEachStep) {
  AddCall(1, 0.1, 0.05);
  AddCall(2, 0.3, 0.05);
  AddCall(7, 0.5, 0.07);

  const Json series = ui_.GetJson("/api/ui/series" + Range(0, 10) + "&step=5000");

  EXPECT_EQ(series["time"], (Json{kStartMs, kStartMs + 5000}));
  EXPECT_EQ(series["reply"]["count"], (Json{2, 1}));
  EXPECT_EQ(series["reply"]["p95"], (Json{300.0, 500.0}));
  EXPECT_EQ(series["llm_ttfb"]["p50"], (Json{50.0, 70.0}));
  EXPECT_EQ(series["stt_ttfb"]["p50"], (Json{nullptr, nullptr}));
}

TEST_F(FiguresTest, RangesThatCannotBeAreNamed) {
  for (const std::string& query :
       {std::string("latency?from=5&to=5"), std::string("series?from=0&to=5000&step=1"),
        std::string("series?step=0"), std::string("series?from=-1"), std::string("histogram?bins=0"),
        std::string("histogram?from=9&to=8"), std::string("facets?outcome=none")}) {
    EXPECT_EQ(ui_.Get("/api/ui/" + query).status, 400) << query;
  }
}

TEST_F(FiguresTest, FacetsCountWhatTheListWouldShow) {
  for (std::uint64_t i = 1; i <= 4; ++i) AddCall(i, 0.3 * static_cast<double>(i), 0.05, i == 1);
  TestSpan second{.trace_id = TraceIdOf(1), .span_id = SpanIdOf(19), .name = "turn-2"};
  second.start_ns = kStart + 2 * kSecond;
  second.end_ns = second.start_ns + kSecond;
  second.integers = {{"turn.number", 2}};
  ui_.Send({second});

  const Json all = ui_.GetJson("/api/ui/facets");
  const Json errors = ui_.GetJson("/api/ui/facets?outcome=error");

  EXPECT_EQ(all["total"], 4);
  EXPECT_EQ(all["voice"], 4);
  EXPECT_EQ(all["barge_ins"], 1);
  EXPECT_EQ(all["outcome"].dump(), R"([{"value":"ok","count":3},{"value":"error","count":1}])");
  EXPECT_EQ(all["environment"].dump(), R"([{"value":"even","count":2},{"value":"odd","count":2}])");
  EXPECT_EQ(all["reply"][1].dump(), R"({"to":500,"count":1})");
  EXPECT_EQ(errors["total"], 1);
}

TEST_F(FiguresTest, TheHistogramCountsSlowAndFailed) {
  for (std::uint64_t i = 1; i <= 4; ++i) AddCall(i, 0.5 * static_cast<double>(i), 0.05);

  const Json histogram = ui_.GetJson("/api/ui/histogram" + Range(1, 5) + "&bins=2&slow=1000");

  EXPECT_EQ(histogram["step"], 2000);
  EXPECT_EQ(histogram["count"], (Json{2, 2}));
  EXPECT_EQ(histogram["slow"], (Json{1, 2}));
  EXPECT_EQ(histogram["failed"], (Json{0, 1}));
}

TEST(Quantiles, AreNearestRanks) {
  Quantiles values;
  EXPECT_EQ(values.At(0.5), std::nullopt);
  for (int i = 1; i <= 100; ++i) values.Add(i * 1'000);

  EXPECT_EQ(values.At(0), 1.0);
  EXPECT_EQ(values.At(0.95), 95.0);
  EXPECT_EQ(values.At(1), 100.0);
}

}  // namespace
}  // namespace repartee::server::testing
