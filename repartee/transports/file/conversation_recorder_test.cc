#include "repartee/transports/file/conversation_recorder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

namespace repartee {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class ConversationRecorderTest : public ::testing::Test {
 protected:
  void TearDown() override { std::filesystem::remove(path_); }

  // Left and right of the file, in samples.
  struct Sides {
    std::vector<std::int16_t> left;
    std::vector<std::int16_t> right;
  };
  Sides Read() const {
    const auto audio = ReadWav(path_);
    EXPECT_TRUE(audio.ok()) << audio.status();
    EXPECT_EQ(audio->channels, 2);
    Sides sides;
    for (std::size_t i = 0; i + 1 < audio->samples.size(); i += 2) {
      sides.left.push_back(audio->samples[i]);
      sides.right.push_back(audio->samples[i + 1]);
    }
    return sides;
  }

  const std::string path_ = ::testing::TempDir() + "/conversation_recorder_test_" +
                            ::testing::UnitTest::GetInstance()->current_test_info()->name() + ".wav";
};

std::vector<std::int16_t> Sound(std::size_t samples, std::int16_t value) {
  return std::vector<std::int16_t>(samples, value);
}

TEST_F(ConversationRecorderTest, PutsBothSidesOnOneTimeLine) {
  auto recorder = ConversationRecorder::Create(path_, 8000);
  ASSERT_TRUE(recorder.ok());
  const Nanos t0 = seconds(100);
  for (int i = 0; i < 100; ++i) {  // 2 s of caller in 20 ms pieces
    ASSERT_TRUE(recorder->NoteCaller(t0 + i * milliseconds(20), Sound(160, 1000), 8000).ok());
    if (i == 50) {
      ASSERT_TRUE(recorder->NoteBot(t0 + i * milliseconds(20), Sound(4000, 2000), 8000).ok());
    }
  }
  ASSERT_TRUE(recorder->Finish().ok());
  ASSERT_TRUE(recorder->Finish().ok());

  const Sides sides = Read();
  ASSERT_EQ(sides.left.size(), 16000u);
  EXPECT_TRUE(std::all_of(sides.left.begin(), sides.left.end(), [](auto s) { return s == 1000; }));
  EXPECT_EQ(sides.right[7999], 0);
  EXPECT_EQ(sides.right[8000], 2000);
  EXPECT_EQ(sides.right[11999], 2000);
  EXPECT_EQ(sides.right[12000], 0);
}

TEST_F(ConversationRecorderTest, BringsOtherRatesToItsOwnInPlace) {
  auto recorder = ConversationRecorder::Create(path_, 8000);
  ASSERT_TRUE(recorder.ok());
  for (int i = 0; i < 150; ++i) {
    ASSERT_TRUE(recorder->NoteCaller(i * milliseconds(20), Sound(320, 1000), 16000).ok());
  }
  // A second of it again after a pause of one.
  for (int i = 0; i < 50; ++i) {
    ASSERT_TRUE(recorder->NoteCaller(seconds(4) + i * milliseconds(20), Sound(320, 1000), 16000).ok());
  }
  ASSERT_TRUE(recorder->Finish().ok());

  const Sides sides = Read();
  EXPECT_NEAR(static_cast<double>(sides.left.size()), 40000, 4);
  EXPECT_NEAR(sides.left[23900], 1000, 100);
  EXPECT_NEAR(sides.left[28000], 0, 10);
  EXPECT_NEAR(sides.left[32200], 1000, 100);
}

TEST_F(ConversationRecorderTest, LateAndOverlappingSoundFollowsWithoutAGap) {
  auto recorder = ConversationRecorder::Create(path_, 8000);
  ASSERT_TRUE(recorder.ok());
  ASSERT_TRUE(recorder->NoteBot(milliseconds(0), Sound(800, 1), 8000).ok());
  ASSERT_TRUE(recorder->NoteBot(milliseconds(50), Sound(800, 2), 8000).ok());
  ASSERT_TRUE(recorder->NoteBot(milliseconds(205), Sound(800, 3), 8000).ok());
  ASSERT_TRUE(recorder->Finish().ok());

  const Sides sides = Read();
  ASSERT_EQ(sides.right.size(), 2400u);
  EXPECT_EQ(sides.right[800], 2);
  EXPECT_EQ(sides.right[1600], 3);
}

TEST_F(ConversationRecorderTest, StopsAfterTwoHours) {
  auto recorder = ConversationRecorder::Create(path_, 4000);
  ASSERT_TRUE(recorder.ok());
  ASSERT_TRUE(recorder->NoteBot(seconds(0), Sound(40, 1), 4000).ok());

  EXPECT_EQ(recorder->NoteBot(seconds(7201), Sound(40, 1), 4000).code(), StatusCode::kResourceExhausted);
  EXPECT_TRUE(recorder->NoteBot(seconds(7202), Sound(40, 1), 4000).ok());
  ASSERT_TRUE(recorder->Finish().ok());
  EXPECT_EQ(Read().right.size(), 40u);
}

TEST_F(ConversationRecorderTest, NamesAFileThatCannotBeWritten) {
  const auto recorder = ConversationRecorder::Create("/nonexistent/folder/a.wav", 16000);
  ASSERT_FALSE(recorder.ok());
  EXPECT_NE(recorder.status().message().find("/nonexistent/folder/a.wav"), std::string::npos);
}

}  // namespace
}  // namespace repartee
