#include "repartee/base/json_text.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

namespace repartee {
namespace {

std::string Written(double value) {
  std::string out;
  AppendJson(out, value);
  return out;
}

TEST(JsonText, IsWhatThePythonStyleWritesOfTheSameValues) {
  const std::string odd = "a \"b\" \\ \n Grüße \x01";
  const JsonText text = JsonObject("text", odd, "final", true, "off", false, "count", -3, "id",
                                   std::uint64_t{18446744073709551615U}, "seconds", 0.25, "none",
                                   JsonObject(), "inner", JsonObject("a", std::string_view("b")));

  Json value;
  value["text"] = odd;
  value["final"] = true;
  value["off"] = false;
  value["count"] = -3;
  value["id"] = std::uint64_t{18446744073709551615U};
  value["seconds"] = 0.25;
  value["none"] = Json::object();
  value["inner"]["a"] = "b";
  EXPECT_EQ(text.text(), DumpPythonStyle(value, true));
  EXPECT_EQ(JsonText::Of(value).text(), text.text());
}

TEST(JsonText, WritesNumbersAsTheyAreWrittenElsewhere) {
  for (const double value : {0.0, -0.0, 1.0, -2.0, 0.1, 0.3, 1.0 / 3, 123456.789, 1e-4, 9.9e-5, 1e-7, 1e14,
                             1e15, 1e16, 1.5e300, 5e-324, 0.0019, 12345678901234.5}) {
    EXPECT_EQ(Written(value), Json(value).dump()) << value;
  }
}

TEST(JsonText, OfNoNumberIsNull) {
  EXPECT_EQ(Written(std::numeric_limits<double>::quiet_NaN()), "null");
  EXPECT_EQ(Written(-std::numeric_limits<double>::infinity()), "null");
}

TEST(JsonText, MendsTextThatIsNoUtf8) {
  std::string out;
  AppendJson(out, "a\xff z");

  EXPECT_EQ(out, "\"a\\ufffd z\"");
}

TEST(JsonText, OfNothingIsEmpty) {
  EXPECT_TRUE(JsonText().empty());
  EXPECT_EQ(JsonObject().text(), "{}");
}

}  // namespace
}  // namespace repartee
