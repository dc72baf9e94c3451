#include "repartee/transports/audio_buffer_processor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "repartee/frames/speaking_frames.h"
#include "repartee/pipeline/testing/rig.h"

namespace repartee {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::SizeIs;

constexpr int kRate = 16000;

AudioBuffer Sound(int ms, std::int16_t value) {
  return AudioBuffer::Copy(std::vector<std::int16_t>(static_cast<std::size_t>(ms * kRate / 1000), value));
}

class Recording : public ::testing::Test {
 protected:
  void Use(AudioBufferProcessorOptions options = {}) {
    options.sample_rate = kRate;
    processor_ = std::make_unique<AudioBufferProcessor>(options);
    processor_->on_audio_data.Connect([this](const AudioBuffer& audio, int, int channels) {
      pieces_.emplace_back(audio.samples().begin(), audio.samples().end());
      channels_ = channels;
    });
    processor_->on_track_audio_data.Connect(
        [this](const AudioBuffer& user, const AudioBuffer& bot, int, int) {
          user_.emplace_back(user.samples().begin(), user.samples().end());
          bot_.emplace_back(bot.samples().begin(), bot.samples().end());
        });
    processor_->on_user_turn_audio_data.Connect(
        [this](const AudioBuffer& audio, int, int) { user_turns_.push_back(audio.size() / 2); });
    processor_->on_bot_turn_audio_data.Connect(
        [this](const AudioBuffer& audio, int, int) { bot_turns_.push_back(audio.size() / 2); });
    rig_ = std::make_unique<testing::Rig>(std::vector<FrameProcessor*>{processor_.get()});
  }
  // Time passes while it sounds, then it goes through the pipeline.
  void UserSays(int ms, std::int16_t value) {
    rig_->Wait(milliseconds(ms));
    rig_->Push(Make<InputAudioRawFrame>(Sound(ms, value), kRate, 1));
    rig_->Wait(Nanos(0));
  }
  void BotSays(int ms, std::int16_t value) {
    rig_->Wait(milliseconds(ms));
    rig_->Push(Make<TTSAudioRawFrame>(Sound(ms, value), kRate, 1));
    rig_->Wait(Nanos(0));
  }
  void Start() {
    rig_->Push(Make<AudioBufferStartRecordingFrame>());
    rig_->Wait(Nanos(0));
  }
  void Stop() {
    rig_->Push(Make<AudioBufferStopRecordingFrame>());
    rig_->Wait(milliseconds(1));
  }
  ~Recording() override { rig_.reset(); }

  std::unique_ptr<AudioBufferProcessor> processor_;
  std::unique_ptr<testing::Rig> rig_;
  std::vector<std::vector<std::int16_t>> pieces_, user_, bot_;
  std::vector<std::size_t> user_turns_, bot_turns_;
  int channels_ = 0;
};

TEST_F(Recording, MayBeginWithThePipelineAndTellsWhenItBeginsAndEnds) {
  AudioBufferProcessorOptions options;
  options.auto_start_recording = true;
  options.sample_rate = kRate;
  AudioBufferProcessor processor(options);
  std::vector<std::string> told;
  processor.on_recording_started.Connect([&] { told.emplace_back("started"); });
  processor.on_audio_data.Connect([&](const AudioBuffer&, int, int) { told.emplace_back("sound"); });
  processor.on_recording_stopped.Connect([&] { told.emplace_back("stopped"); });
  testing::Rig rig({&processor});
  rig.Push(Make<InputAudioRawFrame>(Sound(20, 1000), kRate, 1));
  rig.Push(Make<EndFrame>());
  rig.Run();

  EXPECT_THAT(told, ElementsAre("started", "sound", "stopped"));
}

TEST_F(Recording, KeepsBothSidesInStepWithSilenceBetween) {
  Use();
  Start();

  UserSays(100, 1000);
  rig_->Wait(milliseconds(400));
  BotSays(100, 2000);
  Stop();

  ASSERT_THAT(user_, SizeIs(1));
  ASSERT_THAT(user_[0], SizeIs(9600));
  ASSERT_THAT(bot_[0], SizeIs(9600));
  EXPECT_EQ(user_[0][0], 1000);
  EXPECT_EQ(user_[0][1600], 0);
  EXPECT_EQ(bot_[0][7999], 0);
  EXPECT_EQ(bot_[0][8000], 2000);
}

TEST_F(Recording, MixesBothIntoOneChannelOrKeepsTwo) {
  for (const int channels : {1, 2}) {
    pieces_.clear();
    AudioBufferProcessorOptions options;
    options.num_channels = channels;
    Use(options);
    Start();
    rig_->Wait(milliseconds(20));
    rig_->Push(Make<InputAudioRawFrame>(Sound(20, 1000), kRate, 1));
    rig_->Push(Make<OutputAudioRawFrame>(Sound(20, 2000), kRate, 1));
    rig_->Wait(milliseconds(1));
    Stop();

    ASSERT_THAT(pieces_, SizeIs(1));
    EXPECT_EQ(channels_, channels);
    EXPECT_EQ(pieces_[0][0], channels == 1 ? 3000 : 1000);
    EXPECT_EQ(pieces_[0][1], channels == 1 ? 3000 : 2000);
    rig_.reset();
  }
}

TEST_F(Recording, HandsOutAPieceWheneverItsSizeIsReached) {
  AudioBufferProcessorOptions options;
  options.buffer_size = 6400;  // 200 ms
  Use(options);
  Start();

  for (int i = 0; i < 25; ++i) UserSays(20, 1000);
  Stop();

  ASSERT_THAT(pieces_, SizeIs(3));
  EXPECT_THAT(pieces_[0], SizeIs(3200));
  EXPECT_THAT(pieces_[2], SizeIs(1600));
}

TEST_F(Recording, RecordsNothingUntilItIsStarted) {
  Use();

  UserSays(100, 1000);
  Stop();

  EXPECT_THAT(pieces_, SizeIs(0));
}

TEST_F(Recording, GivesEachTurnByItself) {
  AudioBufferProcessorOptions options;
  options.enable_turn_audio = true;
  Use(options);
  Start();

  for (int i = 0; i < 20; ++i) UserSays(100, 1000);
  rig_->Push(Make<UserStartedSpeakingFrame>());
  rig_->Wait(Nanos(0));
  for (int i = 0; i < 5; ++i) UserSays(100, 1000);
  rig_->Push(Make<UserStoppedSpeakingFrame>());
  rig_->Push(Make<BotStartedSpeakingFrame>());
  rig_->Wait(Nanos(0));
  BotSays(300, 2000);
  rig_->Push(Make<BotStoppedSpeakingFrame>());
  rig_->Wait(milliseconds(1));

  EXPECT_THAT(user_turns_, ElementsAre(24000u));  // a second before, half a second in it
  EXPECT_THAT(bot_turns_, ElementsAre(4800u));
}

TEST_F(Recording, BringsEverySoundToOneRate) {
  Use();
  Start();

  rig_->Wait(milliseconds(1000));
  rig_->Push(Make<InputAudioRawFrame>(AudioBuffer::Silence(2 * 8000), 8000, 1));
  rig_->Wait(milliseconds(1));
  Stop();

  ASSERT_THAT(user_, SizeIs(1));
  EXPECT_NEAR(static_cast<double>(user_[0].size()), 16000, 2000);
}

}  // namespace
}  // namespace repartee
