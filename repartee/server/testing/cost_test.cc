// What spans cost: the project's own models before the built-in ones, speech by audio and
// characters, and what has no price.
#include <gmock/gmock.h>

#include <limits>

#include "repartee/server/api/model_store.h"
#include "repartee/server/testing/server_kit.h"

namespace repartee::server::testing {
namespace {

using ::testing::HasSubstr;

constexpr char kModels[] = "/api/public/models";

class CostTest : public ::testing::Test {
 protected:
  // A span of that stage, whose observation is returned.
  Json Cost(std::uint64_t number, const std::string& stage, const std::string& model,
            std::vector<std::pair<std::string, std::int64_t>> integers,
            std::vector<std::pair<std::string, double>> numbers = {}) {
    TestSpan span{.trace_id = TraceIdOf(number), .span_id = SpanIdOf(number), .name = stage};
    span.texts = {{"gen_ai.request.model", model},
                  {"gen_ai.operation.name", stage == "llm" ? "chat" : stage}};
    span.integers = std::move(integers);
    span.numbers = std::move(numbers);
    EXPECT_EQ(kit_.Post("/api/public/otel", MakeRequest({span})).status, 200);
    return Observation(number);
  }
  Json Observation(std::uint64_t number) {
    return kit_.GetJson("/api/public/observations/" + SpanIdHex(number));
  }
  Json OwnModel(const std::string& pattern, double price) {
    return kit_.SendJson(
        "POST", kModels,
        {{"modelName", "own"}, {"matchPattern", pattern}, {"inputPrice", price}, {"outputPrice", 0}});
  }

  TempFolder folder_;
  ServerKit kit_{folder_.path(), {}};
};

TEST_F(CostTest, SpeechIsPricedByAudioAndCharacters) {
  const Json heard = Cost(1, "stt", "nova-3-general", {}, {{"metrics.audio_seconds", 7.5}});
  const Json spoken = Cost(2, "tts", "sonic-3", {{"metrics.character_count", 40}});

  EXPECT_EQ(heard["usageDetails"], Json({{"audio_milliseconds", 7500}}));
  EXPECT_NEAR(heard["calculatedTotalCost"].get<double>(), 7.5 * 0.0048 / 60, 1e-12);
  EXPECT_EQ(spoken["usageDetails"], Json({{"characters", 40}}));
  EXPECT_NEAR(spoken["calculatedTotalCost"].get<double>(), 40 * 50e-6, 1e-12);
  EXPECT_EQ(heard["totalTokens"], 0);
}

TEST_F(CostTest, UsageWithoutAPriceHasNoCostInsteadOfNought) {
  const Json heard = Cost(1, "stt", "my-own-ears", {}, {{"metrics.audio_seconds", 2}});

  EXPECT_EQ(heard["usageDetails"], Json({{"audio_milliseconds", 2000}}));
  EXPECT_TRUE(heard["calculatedTotalCost"].is_null());
  EXPECT_TRUE(heard["costDetails"].empty());
  EXPECT_TRUE(heard["modelId"].is_null());
}

TEST_F(CostTest, LengthsThatAreNoneAreNoUsage) {
  std::uint64_t number = 0;
  for (const double seconds : {0.0, -1.0, 1e300, std::numeric_limits<double>::quiet_NaN()}) {
    const Json heard = Cost(++number, "stt", "nova-3", {}, {{"metrics.audio_seconds", seconds}});
    EXPECT_TRUE(heard["usageDetails"].empty()) << seconds;
  }
}

TEST_F(CostTest, AProjectsOwnModelWinsAndWhatCameBeforeKeepsItsCost) {
  const std::vector<std::pair<std::string, std::int64_t>> usage = {{"gen_ai.usage.input_tokens", 100}};
  const double before = Cost(1, "llm", "gpt-4o", usage)["calculatedTotalCost"];
  const Json own = OwnModel("(?i)^gpt-4o$", 0.5);
  const Json after = Cost(2, "llm", "gpt-4o", usage);

  EXPECT_NEAR(before, 100 * 2.5e-6, 1e-12);
  EXPECT_EQ(after["calculatedTotalCost"], 50);
  EXPECT_EQ(after["modelId"], own["id"]);
  EXPECT_NEAR(Observation(1)["calculatedTotalCost"].get<double>(), before, 1e-12);
  kit_.SendJson("DELETE", kModels + ("/" + own["id"].get<std::string>()), Json());
  EXPECT_NEAR(Cost(3, "llm", "gpt-4o", usage)["calculatedTotalCost"].get<double>(), before, 1e-12);
  EXPECT_EQ(Observation(2)["calculatedTotalCost"], 50);
}

TEST_F(CostTest, AnOwnModelPricedByTheSecondPricesSpeech) {
  kit_.SendJson(
      "POST", kModels,
      {{"modelName", "ears"}, {"matchPattern", "^my-own-ears$"}, {"unit", "SECONDS"}, {"inputPrice", 2}});
  kit_.SendJson(
      "POST", kModels,
      {{"modelName", "voice"}, {"matchPattern", "^my-voice$"}, {"unit", "CHARACTERS"}, {"inputPrice", 0.25}});

  EXPECT_EQ(Cost(1, "stt", "my-own-ears", {}, {{"metrics.audio_seconds", 1.5}})["calculatedTotalCost"], 3);
  EXPECT_EQ(Cost(2, "tts", "my-voice", {{"metrics.character_count", 8}})["calculatedTotalCost"], 2);
}

TEST_F(CostTest, OwnModelsAreOfTheirProjectAndSurviveARestart) {
  OwnModel("^gpt-4o$", 0.5);
  InitSettings other;
  other.organisation_id = "org";
  other.project_id = "other";
  other.public_key = "pk-other";
  other.secret_key = "sk-other";
  ASSERT_TRUE(kit_.keys().Initialise(other).ok());

  const Json theirs = *ParseJson(kit_.Send("GET", kModels, Json(), "pk-other:sk-other").body);
  EXPECT_EQ(theirs["data"][0]["isLangfuseManaged"], true);
  EXPECT_EQ(kit_.GetJson(kModels)["data"][0]["isLangfuseManaged"], false);
  ProjectPrices fresh;
  ASSERT_TRUE(ModelStore(kit_.config(), fresh).Load(kit_.project()).ok());
  EXPECT_NE(fresh.Of(kit_.project())->Find("gpt-4o", 0), nullptr);
  EXPECT_EQ(fresh.Of(kit_.project() + 1), nullptr);
}

TEST_F(CostTest, AModelIsShownAsItWasMade) {
  const Json tiers = Json::array({{{"name", "Standard"},
                                   {"isDefault", true},
                                   {"priority", 0},
                                   {"conditions", Json::array()},
                                   {"prices", {{"input", 1}}}},
                                  {{"name", "Long"},
                                   {"isDefault", false},
                                   {"priority", 1},
                                   {"conditions", Json::array({{{"usageDetailPattern", "input"},
                                                                {"operator", "gt"},
                                                                {"value", 10},
                                                                {"caseSensitive", false}}})},
                                   {"prices", {{"input", 2}}}}});
  const Json made = kit_.SendJson("POST", kModels,
                                  {{"modelName", "m"},
                                   {"matchPattern", "^m$"},
                                   {"startDate", "2020-01-01T00:00:00Z"},
                                   {"pricingTiers", tiers},
                                   {"tokenizerId", "openai"},
                                   {"tokenizerConfig", {{"tokenizerModel", "gpt-4o"}}}});

  EXPECT_EQ(kit_.GetJson(kModels + ("/" + made["id"].get<std::string>())), made);
  EXPECT_EQ(made["startDate"], "2020-01-01T00:00:00.000Z");
  EXPECT_EQ(made["inputPrice"], 1);
  EXPECT_EQ(made["pricingTiers"].size(), 2u);
  EXPECT_EQ(made["pricingTiers"][1]["conditions"][0]["usageDetailPattern"], "input");
  EXPECT_EQ(made["pricingTiers"][1]["conditions"][0]["caseSensitive"], false);
  EXPECT_EQ(made["tokenizerId"], "openai");
  EXPECT_EQ(Cost(1, "llm", "m", {{"gen_ai.usage.input_tokens", 20}})["calculatedTotalCost"], 40);
}

TEST_F(CostTest, BadModelsAreRefusedWithTheFieldAtFault) {
  const Json good_tier = {{"name", "S"},
                          {"isDefault", true},
                          {"priority", 0},
                          {"conditions", Json::array()},
                          {"prices", {{"input", 1}}}};
  const auto with = [](Json tier, const char* key, const Json& value) {
    tier[key] = value;
    return Json::array({tier});
  };
  Json with_odd_case = {{"name", "b"}, {"isDefault", false}, {"priority", 1}, {"prices", {{"input", 1}}}};
  with_odd_case["conditions"] = Json::array(
      {{{"usageDetailPattern", "x"}, {"operator", "gt"}, {"value", 1}, {"caseSensitive", "yes"}}});
  const std::vector<std::pair<std::string, Json>> cases = {
      {"modelName", {{"modelName", ""}}},
      {"matchPattern", {{"matchPattern", "("}}},
      {"unit", {{"unit", "PINTS"}}},
      {"startDate", {{"startDate", "soon"}}},
      {"inputPrice", {{"inputPrice", -1}}},
      {"inputPrice", {{"inputPrice", "1"}}},
      {"totalPrice", {{"inputPrice", 1}, {"totalPrice", 1}}},
      {"pricingTiers", {{"inputPrice", 1}, {"pricingTiers", Json::array({good_tier})}}},
      {"pricingTiers", {{"pricingTiers", Json::array()}}},
      {"pricingTiers", {{"pricingTiers", Json::array({good_tier, good_tier})}}},
      {"pricingTiers", {{"pricingTiers", with(good_tier, "priority", 1)}}},
      {"pricingTiers", {{"pricingTiers", with(good_tier, "prices", Json::object())}}},
      {"pricingTiers", {{"pricingTiers", with(good_tier, "conditions", Json::array({1}))}}},
      {"pricingTiers", {{"pricingTiers", with(good_tier, "name", 7)}}},
      {"pricingTiers", {{"pricingTiers", Json::array({good_tier, with_odd_case})}}},
      {"tokenizerId", {{"tokenizerId", "other"}}}};

  for (const auto& [field, change] : cases) {
    Json body = {{"modelName", "m"}, {"matchPattern", "^m$"}};
    body.update(change);
    const HttpResponse response = kit_.Send("POST", kModels, body);
    EXPECT_EQ(response.status, 400) << body;
    EXPECT_THAT(response.body, HasSubstr("\"path\":[\"" + field + "\"]")) << body;
  }
  EXPECT_EQ(kit_.Send("DELETE", std::string(kModels) + "/none").status, 404);
  // Built-in models stay.
  const std::string built_in = ModelStore::BuiltIn()[0]["id"];
  EXPECT_EQ(kit_.Send("DELETE", kModels + ("/" + built_in)).status, 404);
  EXPECT_EQ(
      kit_.Send("PUT", kModels + ("/" + built_in), {{"modelName", "m"}, {"matchPattern", "^m$"}}).status,
      400);
  EXPECT_EQ(kit_.Send("PUT", kModels + ("/" + std::string(256, 'x')), {{"modelName", "m"}}).status, 400);
}

TEST_F(CostTest, AModelIsMadeOrReplacedByItsId) {
  const std::string mine = std::string(kModels) + "/mine";
  const auto put = [&](double price) {
    return kit_.SendJson("PUT", mine, {{"modelName", "m"}, {"matchPattern", "^m$"}, {"inputPrice", price}});
  };

  const Json made = put(0.5);
  const Json replaced = put(0.25);

  EXPECT_EQ(made["id"], "mine");
  EXPECT_EQ(replaced["inputPrice"], 0.25);
  EXPECT_EQ(replaced["createdAt"], made["createdAt"]);
  EXPECT_EQ(kit_.GetJson(mine), replaced);
  EXPECT_EQ(kit_.GetJson(std::string(kModels) + "?limit=2")["data"][0], replaced);
  EXPECT_NE(kit_.GetJson(std::string(kModels) + "?limit=2")["data"][1]["modelName"], "m");
}

}  // namespace
}  // namespace repartee::server::testing
