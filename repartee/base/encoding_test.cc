#include "repartee/base/encoding.h"

#include <gtest/gtest.h>

#include "repartee/base/json.h"
#include "repartee/base/random.h"

namespace repartee {
namespace {

TEST(Encoding, Base64RoundTripsEveryLength) {
  std::string bytes;
  for (int i = 0; i < 70; ++i) {
    const std::string text = Base64Encode(bytes);
    EXPECT_EQ(*Base64Decode(text), bytes);
    bytes += static_cast<char>(i * 37);
  }
}

TEST(Encoding, Base64TakesMissingPaddingAndTheUrlSafeAlphabet) {
  EXPECT_EQ(*Base64Decode("cGstbGY6c2s"), "pk-lf:sk");
  EXPECT_EQ(*Base64Decode("-_-_"), *Base64Decode("+/+/"));
}

TEST(Encoding, BrokenBase64IsAnErrorThatSaysWhere) {
  EXPECT_EQ(Base64Decode("ab!d").status().message(), "no base64 digit at 2");
  EXPECT_FALSE(Base64Decode("abcde").ok());
}

TEST(Encoding, HexTakesEitherCase) {
  EXPECT_EQ(*HexDecode("00fFaB"), std::string("\x00\xff\xab", 3));
  EXPECT_FALSE(HexDecode("0").ok());
  EXPECT_FALSE(HexDecode("zz").ok());
}

TEST(Encoding, PercentDecodingKeepsBrokenEscapesAndPlus) {
  EXPECT_EQ(PercentDecode("Basic%20abc=="), "Basic abc==");
  EXPECT_EQ(PercentDecode("100%"), "100%");
  EXPECT_EQ(PercentDecode("%4"), "%4");
  EXPECT_EQ(PercentDecode("a+b%zz"), "a+b%zz");
}

TEST(Json, IsWrittenAsPythonWritesIt) {
  const Json value = {{"a", {1, 2.5, "ü"}}, {"b", nullptr}};
  EXPECT_EQ(DumpPythonStyle(value, true), "{\"a\": [1, 2.5, \"\\u00fc\"], \"b\": null}");
  EXPECT_EQ(DumpPythonStyle(value, false), "{\"a\": [1, 2.5, \"ü\"], \"b\": null}");
}

TEST(Json, ErrorsNameTheByte) { EXPECT_EQ(ParseJson("{\"a\": }").status().code(), StatusCode::kMalformed); }

TEST(Random, UuidsAreVersion4AndDiffer) {
  const std::string uuid = RandomUuid();
  ASSERT_EQ(uuid.size(), 36u);
  EXPECT_EQ(uuid[14], '4');
  EXPECT_TRUE(uuid[19] == '8' || uuid[19] == '9' || uuid[19] == 'a' || uuid[19] == 'b');
  EXPECT_NE(uuid, RandomUuid());
}

}  // namespace
}  // namespace repartee
