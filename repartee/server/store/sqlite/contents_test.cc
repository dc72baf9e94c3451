#include "repartee/server/store/sqlite/contents.h"

#include <gmock/gmock.h>

#include "repartee/server/store/sqlite/span_texts.h"

namespace repartee::server {
namespace {

using ::testing::ElementsAre;

std::string Sample() {
  ContentsBuilder builder;
  builder.AddSpan(9, 4);
  builder.AddText("plain", false);
  builder.AddText(R"(esc\"aped)", true);
  builder.AddText(7, {5, 2}, false);
  builder.AddSpan(3, 5);
  builder.AddSpan(12, 300);
  builder.AddReplaced(7, {6, 10});
  return builder.Finish();
}

TEST(Contents, TellWhoseTheItemsAre) {
  const std::string item = Sample();

  const Result<BlockContents> contents = ReadContents(item, 7);

  ASSERT_TRUE(contents.ok()) << contents.status();
  ASSERT_EQ(contents->spans.size(), 3u);
  EXPECT_EQ(contents->spans[0].key, 9);
  EXPECT_EQ(contents->spans[0].first_item, 0u);
  EXPECT_EQ(contents->spans[0].item, 4u);
  EXPECT_EQ(contents->spans[1].key, 3);
  EXPECT_EQ(contents->spans[1].first_item, 5u);
  EXPECT_EQ(contents->spans[2].first_item, 6u);
  EXPECT_EQ(contents->spans[2].item, 300u);
  ASSERT_EQ(contents->replaced.size(), 1u);
  EXPECT_EQ(contents->replaced[0].batch, 6);
  EXPECT_EQ(contents->replaced[0].item, 10u);
}

TEST(Contents, ADocumentHasAllTextsOfItsSpan) {
  const std::string item = Sample();
  const Result<BlockContents> contents = ReadContents(item, 7);
  ASSERT_TRUE(contents.ok());
  const auto fetch = [](const TextPlace& place) -> Result<std::string> {
    return "fetched " + std::to_string(place.batch) + "/" + std::to_string(place.item);
  };

  EXPECT_EQ(*DocumentOf(contents->spans[0], fetch),
            "plain\x1e"
            "esc\"aped\x1e"
            "fetched 5/2");
  EXPECT_EQ(*DocumentOf(contents->spans[1], fetch), "");
}

TEST(Contents, DamagedOnesAreNamedAndNeverReadBeyondTheirEnd) {
  const std::string item = Sample();
  for (std::size_t size = 0; size < item.size(); ++size)
    EXPECT_FALSE(ReadContents(std::string_view(item).substr(0, size), 7).ok()) << size;
  EXPECT_FALSE(ReadContents(item + "x", 7).ok());
  for (std::size_t i = 0; i < item.size(); ++i) {
    std::string broken = item;
    broken[i] = static_cast<char>(broken[i] ^ 0xff);
    (void)ReadContents(broken, 7);
  }
}

TEST(SpanTexts, EscapesBecomeWhatTheyStandFor) {
  const auto unescaped = [](std::string_view text) {
    std::string out;
    AppendUnescaped(out, text);
    return out;
  };

  EXPECT_EQ(unescaped(R"(a\nb\tc\\d\/e)"), "a b c\\d/e");
  EXPECT_EQ(unescaped(R"(\u00e9\ud83d\ude00)"), "\u00e9\U0001F600");
  EXPECT_EQ(unescaped(R"(\ud83d!)"), "\ufffd!");
  EXPECT_EQ(unescaped(R"(\u12)"), "u12");
  EXPECT_EQ(unescaped("end\\"), "end\\");
}

}  // namespace
}  // namespace repartee::server
