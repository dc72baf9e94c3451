// Which price a model has, and what a span came to.
#include "repartee/server/ingest/mapping/prices.h"

#include <gtest/gtest.h>

namespace repartee::server {
namespace {

std::unique_ptr<PriceTable> Table(const std::string& lines) {
  Result<std::unique_ptr<PriceTable>> table = PriceTable::Parse(lines);
  EXPECT_TRUE(table.ok()) << table.status();
  return *std::move(table);
}

std::string Line(const std::string& id, const std::string& pattern, const std::string& more = "") {
  return R"({"id":")" + id + R"(","match":")" + pattern + R"(",)" + more +
         R"("tiers":[{"name":"Standard","default":true,"prices":{"input":2,"output":3}}]})" + "\n";
}

double Total(const ModelPrice* price, const Usage& usage, const std::vector<MetadataEntry>& parameters = {},
             const std::vector<MetadataEntry>& metadata = {}) {
  const std::optional<Cost> cost = ComputeCost(*price, {usage, parameters, metadata});
  return cost && !cost->details.empty() ? cost->details.back().second : -1;
}

TEST(Prices, TheNewestStartBeforeTheSpanCounts) {
  const auto table = Table(Line("old", "^m$") + Line("june", "^m$", R"("from_ms":1000,)") +
                           Line("july", "^m$", R"("from_ms":2000,)"));

  EXPECT_EQ(table->Find("m", 500'000'000)->id, "old");
  EXPECT_EQ(table->Find("m", 1'500'000'000)->id, "june");
  EXPECT_EQ(table->Find("m", 2'000'000'000)->id, "july");
  EXPECT_EQ(table->Find("m2", 2'000'000'000), nullptr);
}

TEST(Prices, TiersFollowUsageParametersAndMetadata) {
  const auto table = Table(
      R"({"id":"a","match":"^a$","tiers":[{"name":"Standard","default":true,"prices":{"input":1}},)"
      R"({"name":"long","priority":2,"when":[{"usageDetailPattern":"^INPUT","operator":"gt","value":100}],"prices":{"input":2}},)"
      R"({"name":"fast","priority":1,"when":[{"source":"model_parameters","key":"tier","operator":"in","values":["fast"]}],"prices":{"input":5}},)"
      R"({"name":"eu","priority":3,"when":[{"source":"metadata","key":"region","operator":"in","values":["eu"]}],"prices":{"input":7}}]})");
  const ModelPrice* price = table->Find("a", 0);

  EXPECT_TRUE(price->needs_metadata());
  EXPECT_EQ(Total(price, {{"input", 10}}), 10);
  EXPECT_EQ(Total(price, {{"input", 60}, {"input_cached", 41}}), 120);
  EXPECT_EQ(Total(price, {{"input", 200}}, {{"tier", "\"fast\""}}), 1000);
  EXPECT_EQ(Total(price, {{"input", 10}}, {}, {{"region", "eu"}}), 70);
  EXPECT_EQ(Total(price, {{"characters", 10}}), -1);
}

TEST(Prices, SpeechIsPricedByTheMillisecondAndByTheCharacter) {
  const PriceTable& speech = PriceTable::Speech();
  const auto of = [&speech](const char* model, const char* unit, std::int64_t units) {
    const ModelPrice* price = speech.Find(model, 0);
    return price == nullptr ? -2 : Total(price, {{unit, units}});
  };

  EXPECT_NEAR(of("nova-3-general", "audio_milliseconds", 60'000), 0.0048, 1e-9);
  EXPECT_NEAR(of("sonic-3", "characters", 1'000), 0.05, 1e-9);
  EXPECT_NEAR(of("whisper-1", "audio_milliseconds", 60'000), 0.006, 1e-9);
  EXPECT_NEAR(of("tts-1", "characters", 1'000'000), 15, 1e-9);
  EXPECT_NEAR(of("aura-2-helena-en", "characters", 1'000), 0.03, 1e-9);
  EXPECT_EQ(of("moonshine/tiny", "audio_milliseconds", 1), -2);
  // Language models are in the other table alone.
  EXPECT_EQ(speech.Find("gpt-4o", 0), nullptr);
  EXPECT_NE(PriceTable::BuiltIn().Find("gpt-4o", 0), nullptr);
  EXPECT_EQ(PriceTable::BuiltIn().Find("nova-3", 0), nullptr);
}

TEST(Prices, APatternOfARequestNeverTakesLong) {
  EXPECT_TRUE(CheckPricePattern("(?i)^(a+)+$").ok());
  const auto table = Table(Line("a", "^(a+)+$"));
  EXPECT_EQ(table->Find(std::string(190, 'a') + "!", 0), nullptr);
  EXPECT_FALSE(CheckPricePattern("(").ok());
  EXPECT_FALSE(CheckPricePattern("(a)\\1").ok());
  EXPECT_FALSE(CheckPricePattern(std::string(2'000, 'a')).ok());
  EXPECT_FALSE(CheckPricePattern("(((a{100}){100}){100})").ok());
}

TEST(Prices, ABrokenLineIsNamed) {
  const Status status = PriceTable::Parse(Line("a", "^a$") + R"({"id":"b"})").status();

  EXPECT_EQ(status.code(), StatusCode::kMalformed);
  EXPECT_NE(status.message().find("line 2"), std::string::npos);
}

}  // namespace
}  // namespace repartee::server
