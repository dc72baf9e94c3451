#include "repartee/server/store/sqlite/bounds_cache.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace repartee::server {
namespace {

constexpr std::int64_t kNow = 1'795'348'800'000'000'000;
constexpr std::int64_t kHour = 3'600LL * 1'000'000'000;
constexpr ProjectKey kProject = 7;
constexpr DayBounds kBounds{
    .day = 20261122, .first_start = 10, .last_start = 20, .traces = 3, .longest_ns = 5};
constexpr BoundsCache::FileState kOld{.changed_ns = {kNow - kHour, 0}, .bytes = {8'192, 0}};

TEST(BoundsCache, KnowsWhatItWasToldUntilTheFileChanges) {
  BoundsCache cache;
  cache.Keep(kProject, kBounds, kOld, kNow);

  ASSERT_NE(cache.Find(kProject, kBounds.day, kOld), nullptr);
  EXPECT_EQ(cache.Find(kProject, kBounds.day, kOld)->traces, 3u);
  EXPECT_EQ(cache.Find(kProject + 1, kBounds.day, kOld), nullptr);
  EXPECT_EQ(cache.Find(kProject, kBounds.day + 1, kOld), nullptr);
  BoundsCache::FileState later = kOld;
  later.changed_ns[1] = kNow;
  EXPECT_EQ(cache.Find(kProject, kBounds.day, later), nullptr);
  later = kOld;
  later.bytes[1] = 32;
  EXPECT_EQ(cache.Find(kProject, kBounds.day, later), nullptr);
  cache.Clear();
  EXPECT_EQ(cache.Find(kProject, kBounds.day, kOld), nullptr);
}

TEST(BoundsCache, KeepsNothingOfAFileThatChangedAMomentAgo) {
  BoundsCache cache;
  BoundsCache::FileState young = kOld;
  young.changed_ns[1] = kNow - 1'000'000;

  cache.Keep(kProject, kBounds, young, kNow);

  EXPECT_EQ(cache.Find(kProject, kBounds.day, young), nullptr);
}

TEST(BoundsCache, AFilesStateIsThatOfItAndOfItsLog) {
  const std::string path =
      (std::filesystem::temp_directory_path() / ("bounds-" + std::to_string(getpid()))).string();
  std::ofstream(path) << "file";
  const BoundsCache::FileState alone = BoundsCache::StateOf(path);
  std::ofstream(path + "-wal") << "a log";
  const BoundsCache::FileState with_log = BoundsCache::StateOf(path);
  std::filesystem::remove(path);
  std::filesystem::remove(path + "-wal");

  EXPECT_EQ(alone.bytes[0], 4);
  EXPECT_GT(alone.changed_ns[0], 0);
  EXPECT_EQ(with_log.bytes[1], 5);
  EXPECT_FALSE(alone == with_log);
  EXPECT_EQ(BoundsCache::StateOf(path), BoundsCache::FileState());
}

TEST(DayBounds, LieWithinATimeThatHoldsBothEnds) {
  const auto within = [](std::optional<std::int64_t> from, std::optional<std::int64_t> to) {
    return kBounds.AreWithin({.project = kProject, .from_ns = from, .to_ns = to});
  };

  EXPECT_TRUE(within(std::nullopt, std::nullopt));
  EXPECT_TRUE(within(10, 21));
  EXPECT_FALSE(within(11, std::nullopt));
  EXPECT_FALSE(within(std::nullopt, 20));
}

}  // namespace
}  // namespace repartee::server
