#include <gmock/gmock.h>

#include "repartee/server/model/hash.h"
#include "repartee/server/model/ids.h"
#include "repartee/server/model/observation.h"
#include "repartee/server/model/time.h"

namespace repartee::server {
namespace {

TEST(IsoTime, ReadsWhatItWrites) {
  const std::optional<std::int64_t> ns = ParseIsoTime("2026-11-22T11:15:12.599Z");

  ASSERT_TRUE(ns.has_value());
  EXPECT_EQ(FormatIsoTime(*ns), "2026-11-22T11:15:12.599Z");
  EXPECT_EQ(UtcDay(*ns), 20261122);
}

TEST(IsoTime, TakesOffsetsFractionsAndBareDates) {
  EXPECT_EQ(ParseIsoTime("1970-01-01T01:00:00+01:00"), 0);
  EXPECT_EQ(ParseIsoTime("1970-01-01T00:00:00.123456789Z"), 123'456'789);
  EXPECT_EQ(ParseIsoTime("1970-01-02"), 86'400'000'000'000);
  EXPECT_EQ(ParseIsoTime("1970-01-01T00:01"), 60'000'000'000);
}

TEST(IsoTime, RefusesWhatIsNoTime) {
  for (const char* text : {"", "yesterday", "2026-13-01", "2026-02-30", "2026-01-01T25:00:00Z",
                           "2026-01-01T00:00:00x", "2026-01-01T", "9999-01-01"}) {
    EXPECT_FALSE(ParseIsoTime(text).has_value()) << text;
  }
}

TEST(IsoTime, WritesMomentsBeforeTheEpoch) {
  EXPECT_EQ(FormatIsoTime(-1'000'000), "1969-12-31T23:59:59.999Z");
}

TEST(FirstKeptDay, MoreDaysThanCanBeAreNeverInTheFuture) {
  const std::int64_t now = *ParseIsoTime("2026-11-22T11:15:12Z");

  EXPECT_EQ(FirstKeptDay(now, 30), 20261023);
  for (const std::int64_t days : {kMaxRetentionDays, std::int64_t{999'999}, INT64_MAX})
    EXPECT_EQ(FirstKeptDay(now, days), 19261217) << days;
}

TEST(Ids, SurviveTheWayThroughBytesAndHex) {
  const std::optional<TraceId> id = TraceId::FromHex("20d9656813af557de2237bfb72456ead");

  ASSERT_TRUE(id.has_value());
  EXPECT_EQ(id->Hex(), "20d9656813af557de2237bfb72456ead");
  EXPECT_EQ(TraceId::FromBytes(id->Bytes()), id);
  EXPECT_EQ(SpanIdHex(*SpanIdFromHex("00f067aa0ba902b7")), "00f067aa0ba902b7");
}

TEST(Ids, AllZerosAndWrongLengthsAreNoIds) {
  EXPECT_FALSE(TraceId::FromBytes(std::string(16, '\0')).has_value());
  EXPECT_FALSE(TraceId::FromBytes("ab").has_value());
  EXPECT_FALSE(SpanIdFromBytes(std::string(8, '\0')).has_value());
  EXPECT_FALSE(SpanIdFromHex("xyz").has_value());
}

TEST(Hash, DependsOnEveryByteAndOnTheLength) {
  const std::string text(100, 'a');
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string other = text;
    other[i] = 'b';
    EXPECT_NE(Hash64(text, 1), Hash64(other, 1)) << i;
  }
  EXPECT_NE(Hash64(text, 1), Hash64(text + std::string(1, '\0'), 1));
  EXPECT_NE(Hash64(text, 1), Hash64(text, 2));
}

TEST(TraceFields, LaterOnesWinAndTagsAreUnited) {
  TraceFields fields{.name = "a", .user_id = "u", .tags = {"voice"}};

  fields.Merge({.name = "b", .tags = {"test", "voice"}});

  EXPECT_EQ(fields.name, "b");
  EXPECT_EQ(fields.user_id, "u");
  EXPECT_THAT(fields.tags, testing::ElementsAre("test", "voice"));
}

}  // namespace
}  // namespace repartee::server
