#include "repartee/server/store/clickhouse/ship_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "repartee/server/testing/server_kit.h"

namespace repartee::server::clickhouse {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using testing::TempFolder;

ShipRows Rows(std::string span_rows, std::uint32_t spans = 1) {
  return {.spans = spans, .span_rows = std::move(span_rows), .day_rows = "d"};
}

class ShipLogTest : public ::testing::Test {
 protected:
  ShipLogTest() { Open(); }

  void Open(std::uint64_t max_bytes = 1 << 20) {
    log_.reset();
    Result<std::unique_ptr<ShipLog>> log = ShipLog::Open({.folder = folder_.path(), .max_bytes = max_bytes});
    ASSERT_TRUE(log.ok()) << log.status();
    log_ = *std::move(log);
  }
  // The span rows of the oldest segment, which goes.
  std::string Take() {
    const std::optional<std::uint64_t> number = log_->Next();
    if (!number) return "nothing";
    Result<ShipRows> rows = log_->Read(*number);
    EXPECT_TRUE(rows.ok()) << rows.status();
    EXPECT_TRUE(log_->Remove(*number).ok());
    return rows->span_rows;
  }
  std::string OnlyFile() const { return fs::directory_iterator(folder_.path())->path().string(); }

  TempFolder folder_;
  std::unique_ptr<ShipLog> log_;
};

TEST_F(ShipLogTest, GivesSegmentsInTheOrderInWhichTheyWereClosed) {
  ASSERT_TRUE(log_->Append({Rows("a", 2), Rows("b")}).ok());
  ASSERT_TRUE(log_->Append({Rows("c")}).ok());
  EXPECT_EQ(log_->Next(), std::nullopt);
  EXPECT_EQ(log_->open_spans(), 4u);
  log_->CloseSegment();
  ASSERT_TRUE(log_->Append({Rows("d")}).ok());
  log_->CloseSegment();
  log_->CloseSegment();

  EXPECT_EQ(log_->open_spans(), 0u);
  const Result<ShipRows> first = log_->Read(*log_->Next());
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(first->spans, 4u);
  EXPECT_EQ(first->day_rows, "ddd");
  EXPECT_EQ(Take(), "abc");
  EXPECT_EQ(Take(), "d");
  EXPECT_EQ(Take(), "nothing");
  EXPECT_EQ(log_->bytes(), 0u);
}

TEST_F(ShipLogTest, WhatWasOpenAtACrashIsASegmentAfterIt) {
  ASSERT_TRUE(log_->Append({Rows("acknowledged")}).ok());

  Open();
  ASSERT_TRUE(log_->Append({Rows("later")}).ok());

  EXPECT_EQ(Take(), "acknowledged");
  EXPECT_EQ(log_->Next(), std::nullopt);
  log_->CloseSegment();
  EXPECT_EQ(Take(), "later");
}

TEST_F(ShipLogTest, ARecordThatACrashCutOffIsLeftOutAndAllBeforeItIsKept) {
  ASSERT_TRUE(log_->Append({Rows("first")}).ok());
  ASSERT_TRUE(log_->Append({Rows("second")}).ok());
  log_.reset();
  const std::uintmax_t whole = fs::file_size(OnlyFile());
  const std::uintmax_t first_end = whole - EncodeShipRecord(Rows("second")).size();
  for (std::uintmax_t size = whole; size > first_end; --size) {
    fs::resize_file(OnlyFile(), size);

    Open();

    const Result<ShipRows> rows = log_->Read(*log_->Next());
    ASSERT_TRUE(rows.ok()) << rows.status();
    EXPECT_EQ(rows->span_rows, size == whole ? "firstsecond" : "first");
    EXPECT_EQ(log_->bytes(), size == whole ? whole : first_end);
    log_.reset();
  }
  EXPECT_EQ(fs::file_size(OnlyFile()), first_end);
}

TEST_F(ShipLogTest, AFileThatACrashLeftWithoutItsFirstLineGoes) {
  log_.reset();
  std::ofstream(folder_.path() + "/00000000000000000009.ship") << kSegmentStart.substr(0, 5);

  Open();

  EXPECT_EQ(log_->Next(), std::nullopt);
  EXPECT_TRUE(fs::is_empty(folder_.path()));
}

TEST_F(ShipLogTest, ADamagedSegmentGivesWhatIsWholeAndIsKept) {
  ASSERT_TRUE(log_->Append({Rows("first")}).ok());
  ASSERT_TRUE(log_->Append({Rows("second")}).ok());
  log_->CloseSegment();
  const std::string path = OnlyFile();
  std::fstream(path, std::ios::in | std::ios::out | std::ios::binary).seekp(-1, std::ios::end).put('X');

  EXPECT_EQ(Take(), "first");

  EXPECT_FALSE(fs::exists(path));
  EXPECT_TRUE(fs::exists(path + ".damaged"));
  Open();
  EXPECT_EQ(log_->Next(), std::nullopt);
}

TEST_F(ShipLogTest, IsFullAtItsBoundUntilSomethingIsSent) {
  Open(100);
  ASSERT_TRUE(log_->Append({Rows(std::string(40, 'a'))}).ok());

  const Status full = log_->Append({Rows(std::string(40, 'b'))});

  EXPECT_EQ(full.code(), StatusCode::kResourceExhausted);
  EXPECT_THAT(full.message(), HasSubstr("of 100 bytes wait"));
  EXPECT_EQ(log_->Admits(40).code(), StatusCode::kResourceExhausted);
  log_->CloseSegment();
  EXPECT_EQ(Take(), std::string(40, 'a'));
  EXPECT_TRUE(log_->Append({Rows(std::string(40, 'c'))}).ok());
}

// Files that cannot grow are what a full disk looks like.
TEST_F(ShipLogTest, WhatAFullDiskCutOffDoesNotStandBeforeWhatComesLater) {
  ASSERT_TRUE(log_->Append({Rows("before")}).ok());
  {
    std::signal(SIGXFSZ, SIG_IGN);
    rlimit limit{};
    getrlimit(RLIMIT_FSIZE, &limit);
    const rlimit small{1'000, limit.rlim_max};
    setrlimit(RLIMIT_FSIZE, &small);
    EXPECT_FALSE(log_->Append({Rows(std::string(10'000, 'x'))}).ok());
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ASSERT_TRUE(log_->Append({Rows("after")}).ok());
  log_->CloseSegment();

  EXPECT_EQ(Take(), "before");
  EXPECT_EQ(Take(), "after");
  EXPECT_EQ(Take(), "nothing");
}

TEST_F(ShipLogTest, AFolderThatCannotBeMadeIsSaid) {
  std::ofstream(folder_.path() + "/file") << "x";

  const auto log = ShipLog::Open({.folder = folder_.path() + "/file/log"});

  EXPECT_EQ(log.status().code(), StatusCode::kUnavailable);
  EXPECT_THAT(log.status().message(), HasSubstr("/file/log"));
}

TEST(ShipSegment, BrokenBytesGiveWhatStandsBeforeThem) {
  const std::string whole = std::string(kSegmentStart) + EncodeShipRecord(Rows("a"));
  for (const std::string& tail :
       {std::string("\xff\xff\xff\xff"), std::string(12, '\0'), std::string(400, 'x')}) {
    const Result<ParsedSegment> segment = ParseSegment(whole + tail);
    ASSERT_TRUE(segment.ok());
    EXPECT_EQ(segment->rows.span_rows, "a");
    EXPECT_EQ(segment->whole_bytes, whole.size());
  }
  EXPECT_EQ(ParseSegment("another file").status().code(), StatusCode::kMalformed);
}

}  // namespace
}  // namespace repartee::server::clickhouse
