#include "repartee/server/ingest/mapping/tools.h"

#include <gmock/gmock.h>

#include "repartee/base/json.h"

namespace repartee::server {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Json Object(const char* key, const Json& value) {
  Json object = Json::object();
  object[key] = value;
  return object;
}

std::vector<std::string> Offered(const std::string& input) {
  Observation observation;
  observation.input = input;
  return ToolsOf(observation, false).offered;
}

// By an attribute of that name.
std::vector<std::string> OfferedBy(const char* attribute, const Json& value, bool voice_additions = false) {
  Observation observation;
  observation.metadata = {{"attributes", Object(attribute, value).dump()}};
  return ToolsOf(observation, voice_additions).offered;
}

std::vector<std::string> Called(const std::string& output) {
  Observation observation;
  observation.output = output;
  return ToolsOf(observation, false).called;
}

TEST(Tools, AreOfferedInTheInput) {
  EXPECT_THAT(Offered(R"({"tools":[{"type":"function","function":{"name":"a"}},{"name":"b"},{"name":"a"}]})"),
              ElementsAre("a", "b"));
  EXPECT_THAT(Offered(R"([{"role":"user","content":"hi","tools":[{"name":"a"}]}])"), ElementsAre("a"));
  EXPECT_THAT(
      Offered(R"({"messages":[{"role":"tool","content":{"type":"function","function":{"name":"a"}}}]})"),
      ElementsAre("a"));
  EXPECT_THAT(Offered(R"({"tools":"a tool","messages":5})"), IsEmpty());
  EXPECT_THAT(Offered("which tools do you have?"), IsEmpty());
}

TEST(Tools, AreOfferedInTheMetadata) {
  const Json list = Json::array({{{"name", "a"}}});
  EXPECT_THAT(OfferedBy("gen_ai.tool.definitions", list), ElementsAre("a"));
  EXPECT_THAT(OfferedBy("gen_ai.tool.definitions", list.dump()), ElementsAre("a"));
  EXPECT_THAT(OfferedBy("ai.prompt.tools", Json::array({R"({"name":"a"})", R"({"type":"provider"})"})),
              ElementsAre("a"));
  EXPECT_THAT(OfferedBy("model_request_parameters", Object("function_tools", list).dump()), ElementsAre("a"));
  EXPECT_THAT(OfferedBy("llm.tools.12.tool.json_schema", R"({"function":{"name":"a"}})"), ElementsAre("a"));
  EXPECT_THAT(OfferedBy("llm.tools.x.tool.json_schema", R"({"function":{"name":"a"}})"), IsEmpty());
  EXPECT_THAT(OfferedBy("gen_ai.tool.definitions", Json::array({{{"name", "a"}}, {{"x", 1}}})), IsEmpty());

  Observation observation;
  observation.metadata = {{"tools", list.dump()}};
  EXPECT_THAT(ToolsOf(observation, false).offered, ElementsAre("a"));
  observation.metadata = {{"tools", R"(["hammer"])"}};
  EXPECT_THAT(ToolsOf(observation, false).offered, IsEmpty());
}

TEST(Tools, OfPipecatCountWithVoiceAdditions) {
  const std::string tools = R"([{"type":"function","function":{"name":"get_weather"}}])";

  EXPECT_THAT(OfferedBy("tools", tools, true), ElementsAre("get_weather"));
  EXPECT_THAT(OfferedBy("tools", tools, false), IsEmpty());
}

TEST(Tools, AreCalledInTheOutput) {
  const std::string call = R"({"id":"1","function":{"name":"a","arguments":"{}"}})";
  for (const std::string& output :
       {R"({"role":"assistant","tool_calls":[)" + call + "]}", R"([{"tool_calls":[)" + call + "]}]",
        R"({"choices":[{"message":{"tool_calls":[)" + call + "]}}]}", "[" + call + "]",
        R"({"additional_kwargs":{"tool_calls":[)" + call + "]}}",
        R"({"toolCalls":)" + Json("[" + call + "]").dump() + "}"}) {
    EXPECT_THAT(Called(output), ElementsAre("a")) << output;
  }
  EXPECT_THAT(Called(R"({"content":[{"type":"text","text":"x"},{"type":"tool_use","name":"a","input":{}},
                                     {"type":"tool-call","toolName":"b","args":{}}]})"),
              ElementsAre("a", "b"));
  EXPECT_THAT(Called(R"({"function_call":{"name":"a","arguments":"{}"}})"), ElementsAre("a"));
  EXPECT_THAT(
      Called(R"([{"type":"tool-result","toolName":"a","input":1},{"name":"a","arguments":"{}"},"x"])"),
      IsEmpty());
  EXPECT_THAT(Called(R"([{"call_id":"1","name":"a","arguments":"{}"},{"toolName":"b","input":{}}])"),
              ElementsAre("a", "b"));
  EXPECT_THAT(Called("I called nobody."), IsEmpty());
}

TEST(Tools, ACallThatIsSaidTwiceIsOne) {
  EXPECT_THAT(Called(R"({"tool_calls":[{"id":"1","name":"a"},{"id":"2","name":"a"}],
                         "additional_kwargs":{"tool_calls":[{"id":"1","function":{"name":"a"}}]}})"),
              ElementsAre("a", "a"));
  EXPECT_THAT(
      Called(R"({"tool_calls":[{"name":"a","args":{"x":1}},{"name":"a","args":{"x":1}},{"name":"a"}]})"),
      ElementsAre("a", "a"));
}

TEST(Tools, AreCountedUpToALimit) {
  Json calls = Json::array();
  for (std::size_t i = 0; i < kMaxToolsOfSpan + 5; ++i) calls.push_back({{"name", "t" + std::to_string(i)}});

  EXPECT_THAT(Called(Object("tool_calls", calls).dump()), SizeIs(kMaxToolsOfSpan));
  EXPECT_THAT(Offered(Object("tools", calls).dump()), SizeIs(kMaxToolsOfSpan));
}

}  // namespace
}  // namespace repartee::server
