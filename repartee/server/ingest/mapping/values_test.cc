#include "repartee/server/ingest/mapping/values.h"

#include <gtest/gtest.h>

#include <limits>

namespace repartee::server {
namespace {

std::string Number(double number) {
  std::string out;
  AppendJsonNumber(out, number);
  return out;
}

TEST(Values, NumbersLookAsJavaScriptWritesThem) {
  const std::pair<double, const char*> cases[] = {{0, "0"},
                                                  {-0.0, "0"},
                                                  {1, "1"},
                                                  {-1.5, "-1.5"},
                                                  {0.1, "0.1"},
                                                  {0.9318361282348633, "0.9318361282348633"},
                                                  {1e20, "100000000000000000000"},
                                                  {1e21, "1e+21"},
                                                  {1.5e300, "1.5e+300"},
                                                  {1e-6, "0.000001"},
                                                  {1e-7, "1e-7"},
                                                  {1.25e-9, "1.25e-9"},
                                                  {123456789.125, "123456789.125"},
                                                  {9007199254740992.0, "9007199254740992"}};
  for (const auto& [number, text] : cases) EXPECT_EQ(Number(number), text);
  EXPECT_EQ(Number(std::numeric_limits<double>::infinity()), "null");
}

TEST(Values, StringsAreEscapedAsJsonStringifyDoes) {
  std::string out;
  AppendJsonString(out, "a\"b\\c\n\t\x01\x7f \xc3\xa9 \xff");
  EXPECT_EQ(out, "\"a\\\"b\\\\c\\n\\t\\u0001\x7f \xc3\xa9 \xef\xbf\xbd\"");
}

TEST(Values, TextsThatAreNumbersCount) {
  otel::AnyValueView value;
  value.kind = otel::AnyValueView::Kind::kString;
  for (const auto& [text, number] : {std::pair("12", 12.0), {"1.5", 1.5}, {"-2e3", -2000.0}}) {
    value.bytes = text;
    EXPECT_EQ(ToNumber(value), number) << text;
  }
  for (const char* text : {"", "12 ", "x", "nan", "inf"}) {
    value.bytes = text;
    EXPECT_FALSE(ToNumber(value).has_value()) << text;
  }
}

}  // namespace
}  // namespace repartee::server
