#include "repartee/server/ingest/mapping/dotted.h"

#include <gtest/gtest.h>

namespace repartee::server {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

// What the pairs give under "p".
std::string Rebuilt(const Pairs& pairs) {
  std::vector<otel::KeyValueView> attributes;
  for (const auto& [key, text] : pairs) {
    otel::KeyValueView& pair = attributes.emplace_back();
    pair.key = key;
    pair.value.kind = otel::AnyValueView::Kind::kString;
    pair.value.bytes = text;
  }
  AttributeIndex index;
  index.Build(attributes);
  const std::optional<Json> json = Rebuild(index, "p");
  return json ? json->dump() : "nothing";
}

TEST(Dotted, NumbersMakeLists) {
  EXPECT_EQ(Rebuilt({{"p.0.role", "user"}, {"p.0.content", "hi"}, {"p.1.role", "bot"}}),
            R"([{"role":"user","content":"hi"},{"role":"bot"}])");
  EXPECT_EQ(Rebuilt({{"p.0.calls.0.name", "f"}}), R"([{"calls":[{"name":"f"}]}])");
  EXPECT_EQ(Rebuilt({{"p.name", "x"}}), R"({"name":"x"})");
}

TEST(Dotted, HolesAreNull) {
  EXPECT_EQ(Rebuilt({{"p.0.a", "x"}, {"p.2.a", "y"}}), R"([{"a":"x"},null,{"a":"y"}])");
}

TEST(Dotted, WhatNeedsTooManyPlacesIsLeftOut) {
  EXPECT_EQ(Rebuilt({{"p.0.a", "x"}, {"p.20000.a", "far"}, {"p.1.a", "y"}}), R"([{"a":"x"},{"a":"y"}])");
}

TEST(Dotted, NamesThatChangeObjectsAreLeftOut) {
  EXPECT_EQ(Rebuilt({{"p.__proto__.a", "x"}, {"p.0.a", "y"}}), R"([{"a":"y"}])");
}

TEST(Dotted, TheBareKeyIsTheValueUnlessItIsBlank) {
  EXPECT_EQ(Rebuilt({{"p.0", "a"}, {"p", "whole"}}), R"("whole")");
  EXPECT_EQ(Rebuilt({{"p.a", "x"}, {"p", ""}}), R"({"a":"x"})");
}

TEST(Dotted, ANumberWithNothingBehindItIsAName) {
  EXPECT_EQ(Rebuilt({{"p.0", "a"}, {"p.1", "b"}}), R"({"0":"a","1":"b"})");
  EXPECT_EQ(Rebuilt({{"p.007.a", "x"}}), R"({"007":{"a":"x"}})");
}

TEST(Dotted, TheFirstFormOfAPlaceStays) {
  EXPECT_EQ(Rebuilt({{"p.0.a", "x"}, {"p.0.a.b", "y"}}), R"([{"a":"x"}])");
  EXPECT_EQ(Rebuilt({{"p.0.a.b", "y"}, {"p.0.a", "x"}}), R"([{"a":{"b":"y"}}])");
  EXPECT_EQ(Rebuilt({{"p.0..a", "x"}, {"p.0.b", "y"}}), R"([{"b":"y"}])");
}

TEST(Dotted, OtherKeysCountForNothing) {
  EXPECT_EQ(Rebuilt({{"px.0", "a"}, {"p.", "b"}, {"q", "c"}}), "nothing");
}

}  // namespace
}  // namespace repartee::server
