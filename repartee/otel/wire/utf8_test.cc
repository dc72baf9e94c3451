#include "repartee/otel/wire/utf8.h"

#include <gtest/gtest.h>

namespace repartee::otel {
namespace {

constexpr const char* kMark = "\xef\xbf\xbd";

TEST(Utf8, TakesEveryLengthOfCharacter) {
  EXPECT_TRUE(IsValidUtf8(""));
  EXPECT_TRUE(IsValidUtf8("plain text that is longer than eight bytes"));
  EXPECT_TRUE(IsValidUtf8("é €  \xf0\x9f\x87\xaa \xf4\x8f\xbf\xbf"));
}

TEST(Utf8, RefusesWhatIsCutOverlongOrNoCharacter) {
  for (const char* text :
       {"\x80", "\xc3", "\xc0\x80", "\xe2\x82", "\xe0\x80\x80", "\xed\xa0\x80", "\xf0\x80\x80\x80",
        "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "eight ok\xfe"}) {
    EXPECT_FALSE(IsValidUtf8(text)) << text;
  }
}

TEST(Utf8, ReplacesOnlyWhatIsWrong) {
  EXPECT_EQ(ToValidUtf8("a\xc3z\xe9"), std::string("a") + kMark + "z" + kMark);
  EXPECT_EQ(ToValidUtf8("é"), "é");
}

}  // namespace
}  // namespace repartee::otel
