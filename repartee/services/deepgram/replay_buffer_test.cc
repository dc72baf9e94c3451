#include "repartee/services/deepgram/replay_buffer.h"

#include <gtest/gtest.h>

namespace repartee::deepgram {
namespace {

// 10 bytes a second, at most 20 bytes.
class ReplayBufferTest : public ::testing::Test {
 protected:
  void Append(std::string_view bytes) { buffer.Append(AudioBuffer::CopyBytes(bytes)); }
  std::string Unsent() {
    std::string out;
    for (AudioBuffer next = buffer.TakeUnsent(); !next.empty(); next = buffer.TakeUnsent())
      out += next.bytes();
    return out;
  }
  ReplayBuffer buffer{20, 10};
};

TEST_F(ReplayBufferTest, SendsEachSoundOnce) {
  Append("aabb");
  Append("cc");
  EXPECT_EQ(Unsent(), "aabbcc");
  Append("dd");
  EXPECT_EQ(Unsent(), "dd");
  EXPECT_EQ(Unsent(), "");
}

TEST_F(ReplayBufferTest, SendsAgainWhatWasNotSettled) {
  Append("aabbccdd");
  Unsent();
  Append("ee");
  buffer.Settle(0.45);  // 4.5 bytes: two samples
  buffer.Reconnected();
  EXPECT_EQ(Unsent(), "ccddee");
}

TEST_F(ReplayBufferTest, CountsTheSecondsOfEachConnectionAnew) {
  Append("aabbccddee");
  Unsent();
  buffer.Settle(0.6);
  buffer.Reconnected();
  Unsent();
  buffer.Settle(0.2);
  buffer.Reconnected();
  EXPECT_EQ(Unsent(), "ee");
}

TEST_F(ReplayBufferTest, SettlesNothingThatWasNotSent) {
  Append("aa");
  Unsent();
  Append("bb");
  buffer.Settle(100);
  buffer.Settle(-1);
  EXPECT_EQ(Unsent(), "bb");
  EXPECT_EQ(buffer.size(), 2u);
}

TEST_F(ReplayBufferTest, KeepsTheYoungestSoundAtItsLimit) {
  Append(std::string(12, 'a'));
  Unsent();
  Append(std::string(12, 'b'));
  EXPECT_EQ(buffer.size(), 20u);
  EXPECT_EQ(Unsent(), std::string(12, 'b'));
  buffer.Reconnected();
  EXPECT_EQ(Unsent(), std::string(8, 'a') + std::string(12, 'b'));
}

TEST_F(ReplayBufferTest, ForgetsUnsentSoundBeyondItsLimitToo) {
  Append(std::string(30, 'a'));
  Append("bb");
  EXPECT_EQ(Unsent(), std::string(18, 'a') + "bb");
}

TEST_F(ReplayBufferTest, KeepsWhatCameWhileOneConnectionFollowsAnother) {
  Append("aa");
  Unsent();
  Append("bb");
  buffer.SettleSent();
  buffer.Reconnected();
  EXPECT_EQ(Unsent(), "bb");
}

}  // namespace
}  // namespace repartee::deepgram
