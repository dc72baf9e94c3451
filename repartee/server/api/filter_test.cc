#include "repartee/server/api/filter.h"

#include <gmock/gmock.h>

#include "repartee/server/api/route.h"

namespace repartee::server {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<FilterCondition> Parse(std::string_view json, Faults& faults) {
  return ParseFilter(json, "filter", [](std::string_view column) { return column != "unknown"; }, faults);
}

bool Holds(const std::string& condition, const FieldValue& value) {
  Faults faults;
  const auto conditions = Parse("[" + condition + "]", faults);
  EXPECT_TRUE(faults.ok()) << condition << ": " << faults.Text();
  return conditions.size() == 1 && Satisfies(conditions[0], value);
}

std::string Fault(const std::string& json) {
  Faults faults;
  Parse(json, faults);
  return faults.Text();
}

TEST(Filter, ComparesTexts) {
  const auto holds = [](const std::string& op, const char* value) {
    return Holds(R"({"type":"string","column":"name","operator":")" + op + R"(","value":"turn"})", value);
  };

  EXPECT_TRUE(holds("=", "turn"));
  EXPECT_FALSE(holds("=", "turn-1"));
  EXPECT_TRUE(holds("contains", "a turn-1"));
  EXPECT_TRUE(holds("starts with", "turn-1"));
  EXPECT_FALSE(holds("ends with", "turn-1"));
  EXPECT_TRUE(holds("does not contain", "llm"));
  EXPECT_TRUE(holds("does not contain", ""));
}

TEST(Filter, MatchesWholeWordsWithoutCaseInTexts) {
  const auto holds = [](const std::string& value, const char* text) {
    return Holds(R"({"type":"string","column":"input","operator":"matches","value":")" + value + R"("})",
                 text);
  };

  EXPECT_TRUE(holds("capital FRANCE", "What is the capital of France?"));
  EXPECT_FALSE(holds("capit", "What is the capital of France?"));
  EXPECT_FALSE(holds("100%", "1000 %"));
}

TEST(Filter, ComparesNumbersTimesAndFlags) {
  EXPECT_TRUE(Holds(R"({"type":"number","column":"latency","operator":">=","value":1.5})", 1.5));
  EXPECT_FALSE(Holds(R"({"type":"number","column":"latency","operator":"<","value":1.5})", std::monostate()));
  EXPECT_TRUE(Holds(R"({"type":"datetime","column":"t","operator":"<","value":"2026-01-02T00:00:00Z"})",
                    TimePoint{1'767'225'600'000'000'000}));
  EXPECT_TRUE(Holds(R"({"type":"boolean","column":"b","operator":"<>","value":true})", false));
}

TEST(Filter, AnExclusionHoldsForWhatIsNotThere) {
  EXPECT_TRUE(
      Holds(R"({"type":"stringOptions","column":"n","operator":"none of","value":["a"]})", std::monostate()));
  EXPECT_TRUE(Holds(R"({"type":"booleanObject","column":"s","key":"k","operator":"<>","value":true})",
                    std::monostate()));
  EXPECT_TRUE(Holds(R"({"type":"null","column":"n","operator":"is null","value":""})", std::monostate()));
  EXPECT_FALSE(Holds(R"({"type":"null","column":"n","operator":"is not null","value":""})", ""));
}

TEST(Filter, ListsAreComparedAsSets) {
  const std::vector<std::string> tags = {"a", "b"};
  const auto holds = [&tags](const std::string& op, const std::string& options) {
    return Holds(
        R"({"type":"arrayOptions","column":"tags","operator":")" + op + R"(","value":)" + options + "}",
        tags);
  };

  EXPECT_TRUE(holds("any of", R"(["b","c"])"));
  EXPECT_FALSE(holds("all of", R"(["b","c"])"));
  EXPECT_TRUE(holds("all of", "[]"));
  EXPECT_TRUE(holds("none of", R"(["c"])"));
}

TEST(Filter, NamesThePlaceOfEachFault) {
  EXPECT_THAT(Fault("{"), HasSubstr("filter: Invalid JSON"));
  EXPECT_THAT(Fault("{}"), HasSubstr("Expected an array"));
  EXPECT_THAT(Fault("[1]"), HasSubstr("filter.0: Expected object"));
  EXPECT_THAT(Fault(R"([{"column":"unknown"}])"), HasSubstr("filter.0.column: No such column: unknown"));
  EXPECT_THAT(Fault(R"([{"column":"a","type":"poem"}])"), HasSubstr("filter.0.type"));
  EXPECT_THAT(Fault(R"([{"column":"a","type":"number","operator":"contains","value":1}])"),
              HasSubstr("filter.0.operator"));
  EXPECT_THAT(Fault(R"([{"column":"a","type":"number","operator":"=","value":"1"}])"),
              HasSubstr("filter.0.value: Expected number"));
  EXPECT_THAT(Fault(R"([{"column":"a","type":"stringObject","operator":"=","value":"1"}])"),
              HasSubstr("filter.0.key"));
  EXPECT_THAT(Fault(R"([{"column":"a","type":"stringOptions","operator":"any of","value":[]}])"),
              HasSubstr("at least one"));
  EXPECT_THAT(Fault(R"([{"column":"a","type":"string","operator":"matches","value":"%_"}])"),
              HasSubstr("at least one word"));
}

TEST(MatchRoute, DecodesPartsAfterSplitting) {
  std::vector<std::string> parts;

  EXPECT_TRUE(MatchRoute("v2/prompts/{name}/versions/{version}", "v2/prompts/a%2Fb%20c/versions/3", parts));
  EXPECT_THAT(parts, ElementsAre("a/b c", "3"));
  EXPECT_FALSE(MatchRoute("traces/{id}", "traces/", parts));
  EXPECT_FALSE(MatchRoute("traces/{id}", "traces/a/b", parts));
  EXPECT_FALSE(MatchRoute("traces", "traces/a", parts));
  EXPECT_TRUE(MatchRoute("traces", "traces", parts));
}

}  // namespace
}  // namespace repartee::server
