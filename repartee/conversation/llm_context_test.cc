#include "repartee/conversation/llm_context.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace repartee {
namespace {

using ::testing::HasSubstr;

TEST(LLMContext, NamesTheBrokenMessageAndStaysAsItWas) {
  LLMContext context(Json::parse(R"([{"role": "system", "content": "s"}])"));

  EXPECT_THAT(context.SetMessages("text").message(), HasSubstr("messages must be an array, not string"));
  EXPECT_THAT(context.AddMessages(Json::parse(R"([{"role": "user"}, 3])")).message(),
              HasSubstr("messages[1] must be an object, not number"));
  EXPECT_THAT(context.AddMessages(Json::parse(R"([{"role": 3}])")).message(),
              HasSubstr("messages[0] has no text \"role\""));
  EXPECT_THAT(context.SetTools(Json::parse(R"([{"description": "d"}])")).message(),
              HasSubstr("tools[0] has no text \"name\""));

  EXPECT_EQ(context.messages().size(), 1u);
}

TEST(LLMContext, PutsAResultIntoTheLatestAnswerOfThatId) {
  LLMContext context(Json::parse(R"([{"role": "tool", "tool_call_id": "call_0", "content": "old"},
    {"role": "user", "content": [{"type": "text", "text": "parts"}]},
    {"role": "tool", "tool_call_id": "call_0", "content": "IN_PROGRESS"}, {"role": "assistant", "content": "a"}])"));

  EXPECT_TRUE(context.IsLatestExchange("call_0"));
  EXPECT_TRUE(context.SetToolResult("call_0", "new"));
  EXPECT_FALSE(context.SetToolResult("call_1", "new"));

  EXPECT_EQ(context.messages()[0]["content"], "old");
  EXPECT_EQ(context.messages()[2]["content"], "new");
}

TEST(LLMContext, AnExchangeIsNotTheLatestWhenTheUserHasSpokenSince) {
  LLMContext context(Json::parse(R"([{"role": "tool", "tool_call_id": "c", "content": "x"},
    {"role": "user", "content": "u"}])"));

  EXPECT_FALSE(context.IsLatestExchange("c"));
  EXPECT_FALSE(context.IsLatestExchange("unknown"));
}

TEST(LLMContext, ShowsAVendorItsOwnMessagesAndNobodyElse) {
  LLMContext context;
  context.AddMessage("user", "hello");
  ASSERT_TRUE(context
                  .AddMessages(Json::parse(R"([{"llm": "google", "message": {"thought": 1}},
                                                  {"llm": "openai", "message": {"role": "assistant"}}])"))
                  .ok());

  EXPECT_EQ(context.MessagesFor("google"),
            Json::parse(R"([{"role": "user", "content": "hello"}, {"thought": 1}])"));
  EXPECT_EQ(context.MessagesFor("anthropic").size(), 1u);
}

}  // namespace
}  // namespace repartee
