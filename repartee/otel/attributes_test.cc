#include "repartee/otel/attributes.h"

#include <gtest/gtest.h>

#include <string>

namespace repartee::otel {
namespace {

std::string Name(std::size_t i) { return "attribute." + std::to_string(i); }

Attributes Numbered(std::size_t count) {
  Attributes attributes;
  for (std::size_t i = 0; i < count; ++i) SetAttribute(attributes, Name(i), static_cast<std::int64_t>(i));
  return attributes;
}

TEST(Attributes, AreFoundInTheOrderInWhichTheyWereSetHoweverManyThereAre) {
  for (const std::size_t count : {std::size_t{0}, std::size_t{1}, Attributes::kPiece, Attributes::kPiece + 1,
                                  3 * Attributes::kPiece, std::size_t{1000}}) {
    const Attributes attributes = Numbered(count);

    ASSERT_EQ(attributes.size(), count);
    EXPECT_EQ(attributes.empty(), count == 0);
    std::size_t next = 0;
    for (const Attribute& attribute : attributes) EXPECT_EQ(attribute.key.view(), Name(next++));
    EXPECT_EQ(next, count);
    for (std::size_t i = 0; i < count; ++i) {
      const AttributeValue* value = attributes.Find(Name(i));
      ASSERT_NE(value, nullptr) << i;
      EXPECT_EQ(*value->As<std::int64_t>(), static_cast<std::int64_t>(i));
      EXPECT_EQ(attributes[i].key.view(), Name(i));
    }
    EXPECT_EQ(attributes.Find("another"), nullptr);
  }
}

TEST(Attributes, SetAgainAreReplacedWhereTheyStand) {
  Attributes attributes = Numbered(40);

  for (const std::size_t i : {std::size_t{0}, std::size_t{16}, std::size_t{39}})
    EXPECT_TRUE(SetAttribute(attributes, Name(i), "again"));

  EXPECT_EQ(attributes.size(), 40U);
  EXPECT_EQ(*attributes[16].value.As<std::string>(), "again");
  EXPECT_EQ(*attributes[39].value.As<std::string>(), "again");
  EXPECT_EQ(*attributes[38].value.As<std::int64_t>(), 38);
}

TEST(Attributes, OverTheLimitAreTurnedAwayAndOldOnesStillReplaced) {
  Attributes attributes = Numbered(20);

  EXPECT_FALSE(SetAttribute(attributes, "new", 1, 20));
  EXPECT_TRUE(SetAttribute(attributes, Name(19), 1, 20));

  EXPECT_EQ(attributes.size(), 20U);
}

TEST(Attributes, WithoutANameAreTurnedAway) {
  Attributes attributes;

  EXPECT_FALSE(SetAttribute(attributes, std::string(), "value"));
  EXPECT_TRUE(attributes.empty());
}

TEST(Attributes, CopiedAndMovedKeepEachTheirOwn) {
  Attributes attributes = Numbered(20);
  const Attributes copy = attributes;

  SetAttribute(attributes, Name(3), "changed");
  const Attributes moved = std::move(attributes);

  EXPECT_EQ(*copy[3].value.As<std::int64_t>(), 3);
  EXPECT_EQ(*moved[3].value.As<std::string>(), "changed");
  EXPECT_EQ(moved.size(), 20U);
}

TEST(Attributes, GivenTwiceStayTwice) {
  Attributes attributes = {{"a", 1}, {"a", 2}};
  attributes.push_back({"a", 3});

  EXPECT_EQ(attributes.size(), 3U);
  EXPECT_EQ(*attributes.Find("a")->As<std::int64_t>(), 1);
}

TEST(AttributeKey, OwnsWhatIsNoLiteral) {
  std::string name = "a name that is made at run time";
  AttributeKey key(name);
  const AttributeKey joined("settings.", name);
  name.assign(name.size(), '-');
  const AttributeKey copy = key;
  const AttributeKey literal = "literal";
  key = AttributeKey(std::string("another"));

  EXPECT_EQ(copy.view(), "a name that is made at run time");
  EXPECT_EQ(joined.view(), "settings.a name that is made at run time");
  EXPECT_EQ(key.view(), "another");
  EXPECT_EQ(AttributeKey(literal).view().data(), literal.view().data());
}

}  // namespace
}  // namespace repartee::otel
