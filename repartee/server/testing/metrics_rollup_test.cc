// Metrics that roll-ups answer are the same as those that are counted span by span: counts and
// sums exactly, percentiles within 1 %.
#include <gmock/gmock.h>

#include <cmath>

#include "repartee/base/clock.h"
#include "repartee/base/encoding.h"
#include "repartee/server/limits.h"
#include "repartee/server/model/time.h"
#include "repartee/server/testing/server_kit.h"

namespace repartee::server::testing {
namespace {

constexpr std::int64_t kMinuteNs = 60'000'000'000;
constexpr std::int64_t kHourNs = 60 * kMinuteNs;

Json Metric(const char* measure, const char* aggregation) {
  return {{"measure", measure}, {"aggregation", aggregation}};
}

Json StringFilter(const char* column, const char* op, const std::string& value) {
  return {{"type", "string"}, {"column", column}, {"operator", op}, {"value", value}};
}

class MetricsRollupTest : public ::testing::Test {
 protected:
  // Calls of a turn and its three services over the last 30 hours, so that some are told by the
  // minute and by the day, and steps without a stage beside them; some come again, longer.
  void SetUp() override {
    const std::int64_t now = Clock::System().WallNow().count();
    first_ = now / kHourNs * kHourNs - 30 * kHourNs;
    std::vector<TestSpan> spans;
    std::vector<TestSpan> again;
    for (std::uint64_t i = 0; i < kCalls; ++i) {
      AddCall(i, spans);
      if (i % 50 != 0) continue;
      again.push_back(spans.back());
      again.back().end_ns += 7'000'000;
    }
    ASSERT_EQ(kit_.Post("/api/public/otel", MakeRequest(spans, "pipecat")).status, 200);
    ASSERT_EQ(kit_.Post("/api/public/otel", MakeRequest(again, "pipecat")).status, 200);
  }

  void AddCall(std::uint64_t i, std::vector<TestSpan>& spans) const {
    const auto start =
        static_cast<std::uint64_t>(first_) + i * (30 * static_cast<std::uint64_t>(kHourNs) / kCalls);
    const auto add = [&](const char* name, std::uint64_t ms) -> TestSpan& {
      spans.push_back({.trace_id = TraceIdOf(i + 1),
                       .span_id = SpanIdOf(spans.size() + 1),
                       .name = name,
                       .start_ns = start,
                       .end_ns = start + ms * 1'000'000});
      return spans.back();
    };
    add("turn", 4'000 + i % 700).integers = {{"turn.number", 1}};
    add(i % 2 == 0 ? "turn-1" : "turn-2", 100).integers = {{"turn.number", 2}};
    add("stt", 100 + i % 31).numbers = {{"metrics.ttfb", 0.05}};
    add("step", i % 17);
    TestSpan& llm = add("llm", 200 + (i * i) % 5'003);
    llm.numbers = {{"metrics.ttfb", 0.1 + static_cast<double>(i % 97) / 100}};
    llm.texts = {{"gen_ai.operation.name", "chat"},
                 {"gen_ai.request.model", i % 3 == 0 ? "gpt-4.1" : "unknown-model"}};
    llm.integers = {{"gen_ai.usage.input_tokens", static_cast<std::int64_t>(i % 113)}};
    if (i % 7 == 0) llm.texts.emplace_back("langfuse.environment", "staging");
  }

  Json Ask(Json query, std::int64_t from, std::int64_t to, const std::string& api = "v2/metrics") {
    query["view"] = "observations";
    query["fromTimestamp"] = FormatIsoTime(from);
    query["toTimestamp"] = FormatIsoTime(to);
    return kit_.GetJson("/api/public/" + api + "?query=" + PercentEncode(query.dump()))["data"];
  }

  // The same, by a filter that every span passes and only a span can tell.
  static Json SpanBySpan(Json query) {
    query["filters"].push_back({{"type", "number"}, {"column", "latency"}, {"operator", ">="}, {"value", 0}});
    return query;
  }

  static void ExpectSame(const Json& rolled, const Json& counted, const std::string& what) {
    ASSERT_EQ(rolled.size(), counted.size()) << what;
    ASSERT_FALSE(rolled.empty()) << what;
    for (std::size_t i = 0; i < rolled.size(); ++i) {
      for (const auto& [key, value] : counted[i].items()) {
        if (!value.is_number()) {
          EXPECT_EQ(rolled[i][key], value) << what << " " << key;
          continue;
        }
        const double number = value.get<double>();
        const double allowed = key.starts_with("p") ? std::abs(number) * 0.0101 : std::abs(number) * 1e-9;
        EXPECT_NEAR(rolled[i][key].get<double>(), number, allowed) << what << " " << i << " " << key;
      }
    }
  }

  void ExpectSameAsSpans(const Json& query, std::int64_t from, std::int64_t to) {
    const Json rolled = Ask(query, from, to);
    const Json counted = Ask(SpanBySpan(query), from, to);
    ExpectSame(rolled, counted, query.dump());
  }

  static constexpr std::uint64_t kCalls = 2'100;
  static_assert(kCalls * 5 > kMaxSpansCountedExactly);
  std::int64_t first_ = 0;
  TempFolder folder_;
  ServerKit kit_{folder_.path(), {}};
};

const Json kAll = Json::array(
    {Metric("count", "count"), Metric("count", "sum"), Metric("latency", "count"), Metric("latency", "sum"),
     Metric("latency", "avg"), Metric("latency", "p50"), Metric("latency", "p95"), Metric("latency", "p99"),
     Metric("timeToFirstToken", "count"), Metric("timeToFirstToken", "avg"),
     Metric("timeToFirstToken", "p90"), Metric("totalCost", "sum"), Metric("totalCost", "avg"),
     Metric("totalCost", "count"), Metric("inputTokens", "sum"), Metric("totalTokens", "sum")});

TEST_F(MetricsRollupTest, AreWhatIsCountedSpanBySpan) {
  const std::int64_t end = first_ + 31 * kHourNs;
  const std::pair<std::int64_t, std::int64_t> ranges[] = {
      {first_ - kHourNs, end},
      {first_ + 17 * kMinuteNs + 123, end - 3 * kHourNs - 11 * kMinuteNs},
      {first_ - 10 * 24 * kHourNs - 1, end - kHourNs + 30 * kMinuteNs}};
  const std::pair<const char*, const char*> axes[] = {{"", ""},
                                                      {"", "type"},
                                                      {"hour", ""},
                                                      {"day", "providedModelName"},
                                                      {"month", "environment"},
                                                      {"hour", "environment"}};
  for (const auto& [from, to] : ranges) {
    for (const auto& [step, dimension] : axes) {
      Json query = {{"metrics", kAll}, {"filters", Json::array()}, {"orderBy", Json::array()}};
      if (*step != 0) query["timeDimension"] = {{"granularity", step}};
      if (*dimension != 0) query["dimensions"] = Json::array({{{"field", dimension}}});

      ExpectSameAsSpans(query, from, to);
    }
  }
}

TEST_F(MetricsRollupTest, FilterByWhatASeriesTells) {
  const std::int64_t end = first_ + 31 * kHourNs;
  const Json steps = {
      {"type", "stringOptions"}, {"column", "name"}, {"operator", "any of"}, {"value", {"step", "llm"}}};
  for (const Json& filter :
       {StringFilter("name", "=", "llm"), StringFilter("type", "=", "GENERATION"),
        StringFilter("providedModelName", "contains", "gpt"), StringFilter("name", "=", "turn"),
        StringFilter("name", "=", "turn-1"), StringFilter("name", "starts with", "turn"), steps}) {
    const Json query = {
        {"metrics", kAll}, {"filters", Json::array({filter})}, {"timeDimension", {{"granularity", "hour"}}}};

    ExpectSameAsSpans(query, first_, end);
  }
}

TEST_F(MetricsRollupTest, NamesThatShareASeriesAreToldApart) {
  const Json query = {{"metrics", kAll},
                      {"filters", Json::array()},
                      {"orderBy", Json::array({{{"field", "name"}, {"direction", "asc"}}})},
                      {"dimensions", Json::array({{{"field", "name"}}})}};

  ExpectSameAsSpans(query, first_, first_ + 31 * kHourNs);
}

TEST_F(MetricsRollupTest, AnEnvironmentIsTheSpansOwn) {
  const Json query = {{"metrics", Json::array({Metric("count", "count"), Metric("latency", "p50")})},
                      {"filters", Json::array({StringFilter("environment", "=", "staging")})}};
  const Json counted = Ask(SpanBySpan(query), first_, first_ + 31 * kHourNs)[0];

  const Json rolled = Ask(query, first_, first_ + 31 * kHourNs)[0];

  EXPECT_EQ(rolled["count_count"], kCalls / 7);
  EXPECT_EQ(counted["count_count"], kCalls / 7);
  EXPECT_NE(rolled["p50_latency"], counted["p50_latency"]);  // else the roll-ups were not asked
}

TEST_F(MetricsRollupTest, PercentilesComeFromSketches) {
  const Json query = {{"metrics", Json::array({Metric("latency", "p50")})},
                      {"filters", Json::array({StringFilter("name", "=", "turn")})}};
  const double exact = Ask(SpanBySpan(query), first_, first_ + 31 * kHourNs)[0]["p50_latency"].get<double>();

  const double rolled = Ask(query, first_, first_ + 31 * kHourNs)[0]["p50_latency"].get<double>();

  EXPECT_NE(rolled, exact);  // else the roll-ups were not asked
  EXPECT_NEAR(rolled, exact, exact * 0.01);
  EXPECT_EQ(Ask(query, first_, first_ + 31 * kHourNs, "metrics")[0]["p50_latency"], rolled);
}

}  // namespace
}  // namespace repartee::server::testing
