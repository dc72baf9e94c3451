#include "repartee/server/ingest/mapping/tool_move.h"

#include <gtest/gtest.h>

#include "repartee/base/json.h"

namespace repartee::server {
namespace {

using Metadata = std::vector<MetadataEntry>;

constexpr char kTool[] = R"({"type":"function","function":{"name":"f"}})";

Metadata WithAttributes(const Json& attributes) {
  return {{"scope", "{}"}, {"attributes", attributes.dump()}};
}

TEST(MovedTools, StandBesideTheMessages) {
  std::optional<std::string> input = R"([{"role":"user"}])";
  Metadata metadata =
      WithAttributes({{"gen_ai.tool.definitions", "[" + std::string(kTool) + "]"}, {"a", "b"}});

  ASSERT_TRUE(MoveToolsToInput(input, metadata));

  EXPECT_EQ(*input, R"({"messages":[{"role":"user"}],"tools":[)" + std::string(kTool) + "]}");
  EXPECT_EQ(metadata, WithAttributes({{"a", "b"}}));
}

TEST(MovedTools, FindAPlaceInEveryInputThatHasOne) {
  const std::pair<std::optional<std::string>, const char*> cases[] = {
      {std::nullopt, R"({"tools":[{"name":"f"}]})"},
      {"hello", R"({"prompt":"hello","tools":[{"name":"f"}]})"},
      {R"("hello")", R"({"prompt":"hello","tools":[{"name":"f"}]})"},
      {R"({"a":1})", R"({"a":1,"tools":[{"name":"f"}]})"},
      {R"({"tools":[{"name":"g"},{"name":"f","description":"first"}]})",
       R"({"tools":[{"name":"g"},{"name":"f","description":"first"}]})"}};
  for (const auto& [before, after] : cases) {
    std::optional<std::string> input = before;
    Metadata metadata = {{"tools", R"([{"name":"f"}])"}};
    EXPECT_TRUE(MoveToolsToInput(input, metadata)) << after;
    EXPECT_EQ(input, after);
    EXPECT_TRUE(metadata.empty());
  }
}

TEST(MovedTools, StayWhereTheInputHasNoPlace) {
  for (const char* text : {"5", "true", R"({"tools":"none"})", R"({"tools":[1]})"}) {
    std::optional<std::string> input = text;
    Metadata metadata = {{"tools", R"([{"name":"f"}])"}};
    EXPECT_FALSE(MoveToolsToInput(input, metadata));
    EXPECT_EQ(input, text);
    EXPECT_EQ(metadata.size(), 1u);
  }
}

TEST(MovedTools, AreFoundWhereEachInstrumentationPutsThem) {
  std::optional<std::string> input;
  Metadata metadata = WithAttributes(
      {{"ai.prompt.tools",
        Json::array({R"({"type":"function","name":"a"})", R"({"type":"web_search"})"}).dump()},
       {"model_request_parameters", R"({"function_tools":[{"name":"b"}],"output_mode":"text"})"},
       {"llm.tools.10.tool.json_schema", R"({"name":"d"})"},
       {"llm.tools.2.tool.json_schema", R"({"name":"c"})"},
       {"llm.tools.x.tool.json_schema", R"({"name":"e"})"}});

  const std::optional<MovedTools> moved = MoveToolsToInput(input, metadata);

  ASSERT_TRUE(moved);
  EXPECT_EQ(*input, R"({"tools":[{"type":"function","name":"a"},{"type":"web_search"},)"
                    R"({"name":"b"},{"name":"c"},{"name":"d"}]})");
  EXPECT_EQ(metadata, WithAttributes({{"model_request_parameters", R"({"output_mode":"text"})"},
                                      {"llm.tools.x.tool.json_schema", R"({"name":"e"})"}}));
  Metadata flat = {{"attributes.ai.prompt.tools", "x"},
                   {"attributes.llm.tools.2.tool.json_schema", "x"},
                   {"attributes.model_request_parameters", "x"},
                   {"attributes.other", "y"}};
  RemoveMovedTools(*moved, flat);
  EXPECT_EQ(flat, (Metadata{{"attributes.model_request_parameters", R"({"output_mode":"text"})"},
                            {"attributes.other", "y"}}));
}

TEST(MovedTools, AListWithAnythingElseIsNone) {
  for (const char* list :
       {R"([{"name":"f"},5])", R"([{"type":"web_search"}])", "[]", "tools", R"({"name":"f"})"}) {
    std::optional<std::string> input = "hi";
    Metadata metadata = {{"tools", list}};
    EXPECT_FALSE(MoveToolsToInput(input, metadata)) << list;
    EXPECT_EQ(*input, "hi");
  }
}

}  // namespace
}  // namespace repartee::server
