#include "repartee/tracing/message_text.h"

#include <gtest/gtest.h>

namespace repartee {
namespace {

std::string Shown(const char* message) { return MessagesText(Json::array({Json::parse(message)}), 0); }

TEST(MessageText, IsWrittenAsPythonWritesIt) {
  const Json messages =
      Json::parse(R"([{"role": "user", "content": "a"}, {"role": "user", "content": "\u00fc"}])");

  EXPECT_EQ(MessagesText(messages, 0),
            R"([{"role": "user", "content": "a"}, {"role": "user", "content": "\u00fc"}])");
  EXPECT_EQ(MessagesText(messages, 1), R"([{"role": "user", "content": "\u00fc"}])");
}

TEST(MessageText, LeavesOutWhatIsEmpty) {
  EXPECT_EQ(Shown(R"({"role": "assistant", "content": null, "tool_calls": []})"),
            R"([{"role": "assistant", "tool_calls": []}])");
}

TEST(MessageText, ShowsAPictureByItsAddressButNotByItsBytes) {
  EXPECT_EQ(Shown(R"({"role": "user", "content": [{"type": "text", "text": "See"},
                {"type": "image_url", "image_url": {"url": "data:image/jpeg;base64,AAAA", "detail": "low"}}]})"),
            R"([{"role": "user", "content": [{"type": "text", "text": "See"}, )"
            R"({"type": "image_url", "image_url": {"url": "data:image/...", "detail": "low"}}]}])");
  const char* const linked =
      R"({"role": "user", "content": [{"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}]})";
  EXPECT_EQ(Shown(linked), "[" + std::string(linked) + "]");
}

TEST(MessageText, ShowsThatThereWasSoundOrAFile) {
  EXPECT_EQ(
      Shown(
          R"({"role": "user", "content": [{"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}},
                {"type": "audio", "audio": "AAAA"}, {"type": "file_base64", "file": {"file_data": "AAAA", "filename": "a"}}]})"),
      R"([{"role": "user", "content": [{"type": "input_audio", "input_audio": {"data": "...", "format": "wav"}}, )"
      R"({"type": "audio", "audio": "..."}, {"type": "file_base64", "file": {"file_data": "...", "filename": "a"}}]}])");
  EXPECT_EQ(Shown(R"({"mime_type": "image/png", "data": "AAAA"})"),
            R"([{"mime_type": "image/png", "data": "..."}])");
}

TEST(MessageText, TakesMessagesOfAnyShape) {
  for (const char* odd :
       {R"("text")", "7", "[]", R"({"content": [1, [], {"type": 3}, {"type": "image_url"}]})",
        R"({"content": [{"type": "image_url", "image_url": "data:image/png"}]})",
        R"({"content": [{"type": "input_audio", "input_audio": 7}]})"}) {
    EXPECT_EQ(Shown(odd), "[" + std::string(odd) + "]");
  }
}

TEST(MessageText, FindsTheInstructionInAFirstSystemMessage) {
  EXPECT_EQ(SystemMessageText(Json::parse(R"([{"role": "system", "content": "Be terse."}])")), "Be terse.");
  EXPECT_EQ(SystemMessageText(Json::parse(R"([{"role": "system", "content": [{"type": "text", "text": "Be"},
              {"type": "image_url"}, {"type": "text", "text": "terse."}]}])")),
            "Be terse.");
  EXPECT_EQ(SystemMessageText(Json::parse(R"([{"role": "user", "content": "Be terse."}])")), "");
  EXPECT_EQ(SystemMessageText(Json::array()), "");
  EXPECT_EQ(SystemMessageText(Json()), "");
}

}  // namespace
}  // namespace repartee
