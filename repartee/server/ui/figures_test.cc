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
  EXPECT_EQ(figures["services"][0]["distribution"][2], 5);
  EXPECT_EQ(figures["in_goal"], 5);
  EXPECT_EQ(figures["calls"], 5);
  EXPECT_TRUE(figures["length"].is_null());
  EXPECT_TRUE(figures["cost"].is_null());
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
  EXPECT_EQ(figures["in_goal"], 5);
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

TEST_F(FiguresTest, PartsOfRepliesOverTheRangeAndInItsCourse) {
  AddCall(1, 0.2, 0.05);
  AddCall(50, 0.4, 0.15);

  const Json figures = ui_.GetJson("/api/ui/reply-parts" + Range(0, 96));

  EXPECT_EQ(figures["turns"], 2);
  ASSERT_EQ(figures["parts"].size(), 2u);
  EXPECT_EQ(figures["parts"][0]["name"], "LLM first token");
  EXPECT_EQ(figures["parts"][0]["mean"], 100.0);
  EXPECT_EQ(figures["parts"][1]["name"], "Unattributed");
  EXPECT_EQ(figures["parts"][1]["mean"], 200.0);
  ASSERT_EQ(figures["time"].size(), 24u);
  EXPECT_EQ(figures["stages"][2]["stage"], "llm");
  EXPECT_EQ(figures["stages"][2]["mean"][0], 50.0);
  EXPECT_TRUE(figures["stages"][2]["mean"][1].is_null());
  EXPECT_EQ(figures["stages"][2]["mean"][12], 150.0);
  EXPECT_EQ(figures["stages"][7]["mean"][12], 250.0);
}

TEST_F(FiguresTest, TurnsWithinABoxAreListedWithTheirParts) {
  for (std::uint64_t i = 1; i <= 5; ++i) AddCall(i, 0.1 * static_cast<double>(i), 0.05);

  const Json box = ui_.GetJson("/api/ui/turns" + Range(0, 5) + "&reply_from=200&reply_to=400");
  const Json slowest = ui_.GetJson("/api/ui/turns" + Range() + "&limit=2");

  ASSERT_EQ(box["turns"].size(), 2u);
  EXPECT_EQ(box["turns"][0]["reply"], 300.0);
  EXPECT_EQ(box["turns"][0]["label"], "turn-1");
  EXPECT_EQ(box["turns"][0]["number"], 1);
  EXPECT_EQ(box["turns"][0]["contributions"][0]["stage"], "llm");
  EXPECT_EQ(box["turns"][0]["contributions"][0]["duration"], 50.0);
  EXPECT_EQ(box["turns"][1]["reply"], 200.0);
  ASSERT_EQ(slowest["turns"].size(), 2u);
  EXPECT_EQ(slowest["turns"][0]["reply"], 500.0);
}

TEST_F(FiguresTest, TheHeatmapCountsRepliesByTimeAndLength) {
  AddCall(1, 0.1, 0.05);
  AddCall(2, 0.45, 0.05);
  AddCall(7, 9, 0.07);

  for (const std::string& range : {Range(0, 10) + "&step=5000", Range(-86'400, 86'400) + "&step=86400000"}) {
    const Json map = ui_.GetJson("/api/ui/heatmap" + range);

    const std::size_t rows = map["edges"].size() + 1;
    std::vector<std::int64_t> sums(rows);
    ASSERT_FALSE(map["count"].empty());
    for (const Json& step : map["count"]) {
      ASSERT_EQ(step.size(), rows);
      for (std::size_t i = 0; i < rows; ++i) sums[i] += step[i].get<std::int64_t>();
    }
    EXPECT_EQ(sums[0], 1);
    EXPECT_EQ(sums[3], 1);
    EXPECT_EQ(sums.back(), 1);
  }
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

TEST_F(FiguresTest, SeriesTellTheLastTenthAndTheSumsOfEachStep) {
  for (std::uint64_t i = 1; i <= 5; ++i) AddCall(i, 0.1 * static_cast<double>(i), 0.05, i == 2);

  for (const std::string& range : {Range(0, 10) + "&step=5000", Range(-86'400, 86'400) + "&step=86400000"}) {
    const Json series = ui_.GetJson("/api/ui/series" + range);
    const Json& totals = series["totals"];

    std::int64_t turns = 0;
    std::int64_t interrupted = 0;
    for (const Json& count : totals["turns"]) turns += count.get<std::int64_t>();
    for (const Json& count : totals["interrupted"]) interrupted += count.get<std::int64_t>();
    EXPECT_EQ(turns, 5) << range;
    EXPECT_EQ(interrupted, 1) << range;
    EXPECT_EQ(totals["calls"].size(), series["time"].size());
    EXPECT_EQ(totals["cost"].size(), series["time"].size());
    EXPECT_TRUE(totals["length"][0].is_null());
  }
  EXPECT_EQ(ui_.GetJson("/api/ui/series" + Range(0, 10) + "&step=10000")["reply"]["p90"][0], 500.0);
}

TEST_F(FiguresTest, RangesThatCannotBeAreNamed) {
  for (const std::string& query :
       {std::string("latency?from=5&to=5"), std::string("series?from=0&to=5000&step=1"),
        std::string("series?step=0"), std::string("heatmap?step=0"), std::string("turns?limit=0"),
        std::string("reply-parts?from=9&to=8"), std::string("series?from=-1"),
        std::string("histogram?bins=0"), std::string("histogram?from=9&to=8"),
        std::string("facets?outcome=none")}) {
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
  EXPECT_EQ(all["barge_ins_per_call"][0].dump(), R"({"to":1,"count":3})");
  EXPECT_EQ(all["barge_ins_per_call"][1].dump(), R"({"to":2,"count":1})");
  EXPECT_EQ(ui_.GetJson("/api/ui/facets?barge_ins_to=1")["total"], 3);
}

TEST_F(FiguresTest, FacetsTellWhenAVersionWasSeenFirst) {
  for (std::uint64_t i = 1; i <= 4; ++i) {
    TestSpan root{.trace_id = TraceIdOf(i), .span_id = SpanIdOf(i * 10), .name = "conversation"};
    root.start_ns = kStart + i * kSecond;
    root.end_ns = root.start_ns + kSecond;
    root.texts = {{"langfuse.version", i == 1 ? "v41" : "v42"}};
    ui_.Send({root});
  }

  const Json all = ui_.GetJson("/api/ui/facets");

  EXPECT_EQ(all["version"][0].dump(), R"({"value":"v42","count":3,"first":1795000002000})");
  EXPECT_EQ(all["version"][1].dump(), R"({"value":"v41","count":1,"first":1795000001000})");
  EXPECT_FALSE(all["environment"][0].contains("first"));
}

TEST_F(FiguresTest, FacetsCountServicesAndTheListFiltersByThem) {
  for (std::uint64_t i = 1; i <= 3; ++i) AddCall(i, 0.3, 0.05);
  TestSpan stt{.trace_id = TraceIdOf(2), .span_id = SpanIdOf(28), .parent_id = SpanIdOf(20), .name = "stt"};
  stt.start_ns = kStart + 2 * kSecond;
  stt.end_ns = stt.start_ns + kSecond;
  stt.texts = {{"gen_ai.operation.name", "stt"}, {"gen_ai.provider.name", "deepgram"}};
  ui_.Send({stt});

  const Json all = ui_.GetJson("/api/ui/facets");

  EXPECT_EQ(all["llm"].dump(), R"([{"value":"openai · gpt","count":3}])");
  EXPECT_EQ(all["stt"].dump(), R"([{"value":"deepgram","count":1}])");
  EXPECT_EQ(all["tts"].dump(), "[]");
  EXPECT_EQ(all["services_of"], 3);
  EXPECT_EQ(ui_.GetJson("/api/ui/conversations?stt=deepgram")["rows"].size(), 1u);
  EXPECT_EQ(ui_.GetJson("/api/ui/conversations?stt=deepgram&stt=whisper&llm=openai%20%C2%B7%20gpt")["total"],
            1);
  EXPECT_EQ(ui_.GetJson("/api/ui/conversations?tts=openai%20%C2%B7%20gpt")["total"], 0);
  EXPECT_EQ(ui_.GetJson("/api/ui/facets?llm=openai%20%C2%B7%20gpt&outcome=ok")["total"], 3);
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
  const std::int64_t edges[] = {10, 50};
  EXPECT_THAT(values.Histogram(edges), ElementsAre(9, 40, 51));
}

}  // namespace
}  // namespace repartee::server::testing
