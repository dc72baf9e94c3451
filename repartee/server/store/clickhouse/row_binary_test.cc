#include "repartee/server/store/clickhouse/row_binary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace repartee::server::clickhouse {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using namespace std::string_literals;

TEST(RowWriter, WritesIntegersLeastByteFirst) {
  RowWriter row;
  row.AddUInt8(0xfe);
  row.AddUInt16(0x0102);
  row.AddUInt32(0x01020304);
  row.AddUInt64(0x0102030405060708);
  row.AddInt8(-2);
  row.AddInt32(-2);
  row.AddInt64(-2);

  EXPECT_EQ(row.bytes(),
            "\xfe"
            "\x02\x01"
            "\x04\x03\x02\x01"
            "\x08\x07\x06\x05\x04\x03\x02\x01"
            "\xfe"
            "\xfe\xff\xff\xff"
            "\xfe\xff\xff\xff\xff\xff\xff\xff");
}

TEST(RowWriter, WritesTextsBehindTheirLength) {
  RowWriter row;
  row.AddString("ab");
  row.AddString("");
  row.AddString(std::string(200, 'x'));
  row.AddFixedString("raw!");

  EXPECT_EQ(row.bytes(),
            "\x02"
            "ab"s +
                "\0"s + "\xc8\x01" + std::string(200, 'x') + "raw!");
}

TEST(RowWriter, WritesAbsentTextsAndLists) {
  RowWriter row;
  row.AddNullableString(std::nullopt);
  row.AddNullableString("");
  row.AddNullableString("a");
  row.AddStrings({});
  row.AddStrings({"b", ""});

  EXPECT_EQ(row.bytes(), "\1"s + "\0\0"s + "\0\1a"s + "\0"s + "\2\1b\0"s);
}

TEST(RowReader, GivesBackWhatWasWritten) {
  RowWriter row;
  row.AddUInt8(200);
  row.AddUInt16(60'000);
  row.AddUInt32(4'000'000'000);
  row.AddUInt64(~std::uint64_t{0});
  row.AddInt8(-1);
  row.AddInt32(INT32_MIN);
  row.AddInt64(INT64_MIN);
  row.AddString("text");
  row.AddFixedString("16 bytes in all!");
  row.AddNullableString(std::nullopt);
  row.AddNullableString("said");
  row.AddStrings({"a", "b"});

  RowReader reader(row.bytes());

  EXPECT_EQ(reader.TakeUInt8(), 200);
  EXPECT_EQ(reader.TakeUInt16(), 60'000);
  EXPECT_EQ(reader.TakeUInt32(), 4'000'000'000);
  EXPECT_EQ(reader.TakeUInt64(), ~std::uint64_t{0});
  EXPECT_EQ(reader.TakeInt8(), -1);
  EXPECT_EQ(reader.TakeInt32(), INT32_MIN);
  EXPECT_EQ(reader.TakeInt64(), INT64_MIN);
  EXPECT_EQ(reader.TakeString(), "text");
  EXPECT_EQ(reader.TakeFixedString(16), "16 bytes in all!");
  EXPECT_EQ(reader.TakeNullableString(), std::nullopt);
  EXPECT_EQ(reader.TakeNullableString(), "said");
  EXPECT_THAT(reader.TakeStrings(), ElementsAre("a", "b"));
  EXPECT_TRUE(reader.AtEnd());
  EXPECT_TRUE(reader.status().ok());
}

TEST(RowReader, SaysWhereBytesAreMissingAndGivesNothingFromThenOn) {
  RowReader reader("\1\2\3");

  EXPECT_EQ(reader.TakeUInt16(), 0x0201);
  EXPECT_EQ(reader.TakeUInt32(), 0u);
  EXPECT_EQ(reader.TakeUInt8(), 0);
  EXPECT_TRUE(reader.AtEnd());
  EXPECT_EQ(reader.status().code(), StatusCode::kMalformed);
  EXPECT_THAT(reader.status().message(), HasSubstr("of 3 bytes"));
  EXPECT_THAT(reader.status().message(), HasSubstr("at byte 2"));
}

TEST(RowReader, BelievesNoCountThatTheBytesCannotHold) {
  for (const std::string& bytes :
       {"\xff\xff\xff\xff\x0f"s, "\x05"s + "abcd"s, "\xff"s, std::string(12, '\xff')}) {
    RowReader texts(bytes);
    EXPECT_THAT(texts.TakeStrings(), IsEmpty());
    EXPECT_FALSE(texts.status().ok());
    RowReader text(bytes);
    EXPECT_EQ(text.TakeString(), "");
    EXPECT_FALSE(text.status().ok());
  }
}

}  // namespace
}  // namespace repartee::server::clickhouse
