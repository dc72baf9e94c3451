#include "repartee/otel/spool.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <fstream>

#include "repartee/otel/folder_for_test.h"

namespace repartee::otel {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class SpoolTest : public ::testing::Test {
 protected:
  std::unique_ptr<Spool> Open(std::uint64_t max_bytes = 1 << 20) {
    auto spool = Spool::Open(directory_, max_bytes);
    EXPECT_TRUE(spool.ok()) << spool.status();
    return *std::move(spool);
  }
  std::vector<std::string> Files(const std::string& end) { return FolderForTest::Files(directory_, end); }

  FolderForTest folder_;
  const std::string directory_ = folder_.Path("spool");
};

TEST_F(SpoolTest, GivesBatchesBackOldestFirstToALaterProcess) {
  {
    const auto spool = Open();
    for (const char* body : {"one", "two", "three"}) ASSERT_TRUE(spool->Add({.spans = 2, .body = body}).ok());
  }

  const auto spool = Open();

  for (const char* body : {"one", "two", "three"}) {
    const auto batch = spool->TakeOldest();
    ASSERT_TRUE(batch.has_value());
    EXPECT_EQ(batch->body, body);
    EXPECT_EQ(batch->spans, 2);
    spool->RemoveTaken();
  }
  EXPECT_FALSE(spool->TakeOldest().has_value());
  EXPECT_THAT(Files(""), IsEmpty());
}

TEST_F(SpoolTest, KeepsWhatIsTakenUntilItIsRemoved) {
  const auto spool = Open();
  ASSERT_TRUE(spool->Add({.spans = 1, .body = "one"}).ok());
  ASSERT_TRUE(spool->TakeOldest().has_value());
  spool->PutBack();

  const auto again = spool->TakeOldest();

  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->body, "one");
}

TEST_F(SpoolTest, NeverGivesABatchToTwoProcessesAtOnce) {
  const auto one = Open();
  const auto other = Open();
  ASSERT_TRUE(one->Add({.spans = 1, .body = "x"}).ok());
  ASSERT_TRUE(one->TakeOldest().has_value());

  EXPECT_FALSE(other->TakeOldest().has_value());
  one->PutBack();
  EXPECT_TRUE(other->TakeOldest().has_value());
}

TEST_F(SpoolTest, RefusesWhatIsNewWhenItIsFull) {
  const auto spool = Open(300);
  ASSERT_TRUE(spool->Add({.spans = 1, .body = std::string(200, 'a')}).ok());

  const Status status = spool->Add({.spans = 1, .body = std::string(200, 'b')});

  EXPECT_EQ(status.code(), StatusCode::kResourceExhausted);
  EXPECT_THAT(status.message(), HasSubstr("is full"));
  EXPECT_EQ(spool->TakeOldest()->body, std::string(200, 'a'));
}

TEST_F(SpoolTest, SetsADamagedFileAsideAndGoesOnWithTheNext) {
  const auto spool = Open();
  ASSERT_TRUE(spool->Add({.spans = 1, .body = "first"}).ok());
  ASSERT_TRUE(spool->Add({.spans = 1, .body = "second"}).ok());
  const std::string damaged = directory_ + "/" + Files(".spans")[0];
  std::filesystem::resize_file(damaged, std::filesystem::file_size(damaged) - 1);

  testing::internal::CaptureStderr();
  const auto batch = spool->TakeOldest();
  const std::string log = testing::internal::GetCapturedStderr();

  ASSERT_TRUE(batch.has_value());
  EXPECT_EQ(batch->body, "second");
  EXPECT_THAT(Files(".corrupt"), SizeIs(1));
  EXPECT_THAT(log, HasSubstr(damaged + " cannot be sent: its 4 bytes are not those that were written"));
}

TEST_F(SpoolTest, IsForItsOwnerAlone) {
  const auto spool = Open();
  ASSERT_TRUE(spool->Add({.spans = 1, .body = "x"}).ok());
  struct stat info{};

  ASSERT_EQ(stat(directory_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777u, 0700u);
  ASSERT_EQ(stat((directory_ + "/" + Files(".spans")[0]).c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777u, 0600u);
}

TEST_F(SpoolTest, LeavesAloneWhatIsBeingWrittenAndRemovesWhatWasLeftHalfWritten) {
  Open();
  std::ofstream(directory_ + "/a.partial") << "x";
  std::ofstream(directory_ + "/b.partial") << "x";
  std::filesystem::last_write_time(directory_ + "/a.partial",
                                   std::filesystem::file_time_type::clock::now() - std::chrono::hours(1));

  const auto spool = Open();

  EXPECT_THAT(Files(".partial"), testing::ElementsAre("b.partial"));
  EXPECT_FALSE(spool->TakeOldest().has_value());
}

TEST_F(SpoolTest, NamesADirectoryThatCannotBeUsed) {
  std::ofstream(folder_.Path("file")) << "x";

  const auto spool = Spool::Open(folder_.Path("file"), 1000);

  ASSERT_FALSE(spool.ok());
  EXPECT_THAT(spool.status().message(), HasSubstr(folder_.Path("file")));
}

TEST(SpoolFile, IsRefusedWhenAnythingInItIsWrong) {
  const std::string whole = EncodeSpoolFile({.spans = 7, .body = "body"});
  ASSERT_TRUE(ParseSpoolFile(whole).ok());
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_EQ(ParseSpoolFile(whole.substr(0, size)).status().code(), StatusCode::kMalformed) << size;
  EXPECT_FALSE(ParseSpoolFile(whole + "x").ok());
  EXPECT_FALSE(ParseSpoolFile("repartee-spool 1 -7 00000000\n").ok());
  EXPECT_FALSE(ParseSpoolFile("repartee-spool 2 7 00000000\n").ok());
}

}  // namespace
}  // namespace repartee::otel
