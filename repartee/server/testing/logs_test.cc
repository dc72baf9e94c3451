// The write-ahead logs of the small files, which no thread of the store looks after.
#include <gtest/gtest.h>

#include <filesystem>
#include <future>

#include "repartee/server/media/media_store.h"
#include "repartee/server/store/config_store.h"
#include "repartee/server/testing/server_kit.h"

namespace repartee::server::testing {
namespace {

// The limit, and what one commit adds before anybody looks.
constexpr std::uintmax_t kMostOfALog = 8 << 20;
constexpr int kRounds = 30;
constexpr int kItems = 100;

class LogsTest : public ::testing::Test {
 protected:
  std::uintmax_t SizeOf(const std::string& name) const {
    return std::filesystem::file_size(folder_.path() + "/" + name);
  }
  void ExpectSmallLog(const std::string& name, std::uintmax_t written) const {
    EXPECT_GT(SizeOf(name), written / 2) << "the log was not moved into " << name;
    EXPECT_LT(SizeOf(name + "-wal"), kMostOfALog);
  }

  TempFolder folder_;
  ServerKit kit_{folder_.path(), {}};
  const std::string text_ = std::string(8'000, 'x');
};

TEST_F(LogsTest, OfSettingsStaysSmallWhileTheServerRuns) {
  Result<std::unique_ptr<ConfigStore>> configs = ConfigStore::Open(folder_.path() + "/meta.db");
  ASSERT_TRUE(configs.ok()) << configs.status();

  for (int round = 0; round < kRounds; ++round) {
    std::vector<ConfigItem> items;
    for (int i = 0; i < kItems; ++i)
      items.push_back({.id = std::to_string(round * kItems + i), .name = "n", .parent = "", .body = text_});
    ASSERT_TRUE((*configs)->Put(1, "prompt", items).ok());
  }

  ExpectSmallLog("meta.db", kRounds * kItems * text_.size());
}

TEST_F(LogsTest, OfScoresStaysSmallWhileTheServerRuns) {
  for (int round = 0; round < kRounds; ++round) {
    std::vector<ScoreRow> scores;
    for (int i = 0; i < kItems; ++i) {
      ScoreRow& score = scores.emplace_back();
      score.project = kit_.project();
      score.id = std::to_string(round * kItems + i);
      score.name = "s";
      score.environment = "default";
      score.comment = text_;
    }
    std::promise<Status> written;
    ASSERT_TRUE(
        kit_.store().WriteScores(std::move(scores), [&](Status s) { written.set_value(std::move(s)); }).ok());
    ASSERT_TRUE(written.get_future().get().ok());
  }

  ExpectSmallLog("scores.db", kRounds * kItems * text_.size());
}

TEST_F(LogsTest, OfMediaStaysSmallWhileTheServerRuns) {
  std::filesystem::create_directories(folder_.path() + "/other");
  Result<std::unique_ptr<MediaStore>> media = MediaStore::Open(folder_.path() + "/other");
  ASSERT_TRUE(media.ok()) << media.status();

  constexpr int kMedia = 400;
  for (int i = 0; i < kMedia; ++i) {
    const MediaRecord record{.id = std::to_string(i) + std::string(4'000, 'i'),
                             .sha256 = std::string(32, 'h'),
                             .content_type = "audio/wav",
                             .content_length = 1};
    ASSERT_TRUE(
        (*media)->Announce(1, record, {.trace_id = "t", .observation_id = "", .field = "input"}).ok());
  }

  ExpectSmallLog("other/media.db", kMedia * 4'000);
}

}  // namespace
}  // namespace repartee::server::testing
