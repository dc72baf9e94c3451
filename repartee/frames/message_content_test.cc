#include "repartee/frames/message_content.h"

#include <gtest/gtest.h>

namespace repartee {
namespace {

TEST(MessageContent, OfAValueIsWrittenAsItIsSent) {
  const MessageContent content(Json{{"text", "Grüße"}, {"final", true}});

  EXPECT_EQ(content.text(), R"({"text": "Gr\u00fc\u00dfe", "final": true})");
  EXPECT_EQ(content.json()["final"], true);
}

TEST(MessageContent, OfATextIsReadWhenItsValueIsAskedFor) {
  const MessageContent content(JsonObject("text", "Grüße", "count", 2));
  const MessageContent copy = content;

  EXPECT_EQ(content.json(), Json({{"text", "Grüße"}, {"count", 2}}));
  EXPECT_EQ(&content.json(), &content.json());
  EXPECT_EQ(copy.text(), content.text());
}

TEST(MessageContent, OfNothingIsNull) {
  EXPECT_TRUE(MessageContent(JsonText()).json().is_null());
  EXPECT_EQ(MessageContent(Json()).text(), "null");
}

}  // namespace
}  // namespace repartee
