// The statements' text; store_server_test.cc gives them to real servers.
#include "repartee/server/store/clickhouse/schema.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace repartee::server::clickhouse {
namespace {

using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr Version kOld{18, 16};
constexpr Version kNew{26, 9};

TEST(ClickHouseSchema, OfTheOldestServerHasNothingThatItLacks) {
  const std::vector<std::string> statements = SchemaStatements(1, kOld, "db", {});

  ASSERT_THAT(statements, SizeIs(4));
  for (const char* unknown : {"LowCardinality", "CODEC", "INDEX", "SETTINGS", "TTL", "DateTime64"})
    EXPECT_THAT(statements, Each(Not(HasSubstr(unknown))));
  EXPECT_THAT(statements, Each(StartsWith("CREATE TABLE IF NOT EXISTS ")));
}

TEST(ClickHouseSchema, OfANewServerHasWhatItDoesBetter) {
  const std::vector<std::string> statements = SchemaStatements(1, kNew, "db", {});

  ASSERT_THAT(statements, SizeIs(4));
  EXPECT_THAT(statements[0], HasSubstr("raw String CODEC(ZSTD(3))"));
  EXPECT_THAT(statements[0], HasSubstr("name LowCardinality(String)"));
  EXPECT_THAT(statements[0], HasSubstr("INDEX by_span_id"));
  EXPECT_THAT(statements, Each(HasSubstr("non_replicated_deduplication_window")));
}

TEST(ClickHouseSchema, OfReplicasNamesTheirPlaceInKeeper) {
  const std::vector<std::string> statements = SchemaStatements(1, kNew, "db", {.replicated = true});

  ASSERT_THAT(statements, SizeIs(4));
  EXPECT_THAT(
      statements[0],
      HasSubstr(
          "ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/db/span', '{replica}', rank)"));
  EXPECT_THAT(
      statements[2],
      HasSubstr("ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/db/trace_day', '{replica}')"));
  EXPECT_THAT(statements, Each(Not(HasSubstr("non_replicated"))));
}

TEST(ClickHouseSchema, OfAClusterHasADistributedTableBeforeEachLocalOne) {
  const std::vector<std::string> statements =
      SchemaStatements(1, kOld, "db", {.replicated = true, .cluster = "two_by_two"});

  ASSERT_THAT(statements, SizeIs(8));
  EXPECT_THAT(statements[0], StartsWith("CREATE TABLE IF NOT EXISTS span_local ("));
  EXPECT_EQ(
      statements[1],
      "CREATE TABLE IF NOT EXISTS span AS span_local ENGINE = Distributed('two_by_two', db, span_local, "
      "trace_key)");
}

TEST(ClickHouseSchema, HasNoStatementsForAVersionThatIsNone) {
  EXPECT_THAT(SchemaStatements(kSchemaVersion + 1, kNew, "db", {}), SizeIs(0));
  for (int version = 1; version <= kSchemaVersion; ++version)
    EXPECT_THAT(SchemaStatements(version, kNew, "db", {}), Not(SizeIs(0)));
}

}  // namespace
}  // namespace repartee::server::clickhouse
