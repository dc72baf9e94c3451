// What an output does to the sound and its time: volume, mixer, filter, keys, pauses.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "repartee/frames/media_frames.h"
#include "repartee/frames/service_frames.h"
#include "repartee/frames/speaking_frames.h"
#include "repartee/frames/text_frames.h"
#include "repartee/pipeline/testing/rig.h"
#include "repartee/transports/paced_output_for_test.h"

namespace repartee {
namespace {

using std::chrono::milliseconds;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::PacedOutput;
using testing::Rig;
using ::testing::SizeIs;

constexpr int kRate = 16000;

AudioBuffer Samples(std::size_t count, std::int16_t value) {
  return AudioBuffer::Copy(std::vector<std::int16_t>(count, value));
}
FramePtr Speech(int ms, std::int16_t value = 1000) {
  return Make<TTSAudioRawFrame>(Samples(static_cast<std::size_t>(ms) * 16, value), kRate, 1, "c");
}

// Adds 1 to every sample; refuses the setting "bad".
class PlusOne final : public BaseAudioFilter {
 public:
  Status UpdateSettings(const Json& settings) override {
    if (settings.contains("bad")) return Status::InvalidArgument("bad is no setting");
    step = settings.value("step", 1);
    return OkStatus();
  }
  std::vector<std::int16_t> Filter(std::span<const std::int16_t> samples) override {
    std::vector<std::int16_t> out(samples.begin(), samples.end());
    for (std::int16_t& sample : out) sample = static_cast<std::int16_t>(sample + step);
    return out;
  }
  int step = 1;
};

// A hum of 5.
class Hum final : public BaseAudioMixer {
 public:
  Status Start(int, int) override { return OkStatus(); }
  Status UpdateSettings(const Json&) override { return OkStatus(); }
  void Enable(bool enable) override { on = enable; }
  void Mix(std::span<std::int16_t> samples) override {
    if (!on) return;
    for (std::int16_t& sample : samples) sample = MixSamples(sample, 5);
  }
  bool on = true;
};

std::vector<int> FirstSamples(const PacedOutput& output) {
  std::vector<int> first;
  for (const auto& write : output.writes) first.push_back(write.chunk->audio.samples()[0]);
  return first;
}

TEST(OutputEffects, VolumeAndGainMultiplyFromTheNextChunkOn) {
  PacedOutput output;
  Rig rig({&output});

  rig.Push(Make<VolumeFrame>(0.5f));
  rig.Push(Make<VolumeGainFrame>(3.0f));
  rig.Push(Speech(40));
  rig.Wait(milliseconds(100));
  rig.Push(Make<VolumeFrame>(100.0f));
  rig.Push(Speech(40));
  rig.Wait(milliseconds(100));

  EXPECT_THAT(FirstSamples(output), ElementsAre(1500, 32767));
}

TEST(OutputEffects, AFilterChangesTheSoundAndCanBeSwitchedOff) {
  TransportParams params = PacedOutput::Params();
  params.audio_out_filter = std::make_shared<PlusOne>();
  PacedOutput output(params);
  Rig rig({&output});

  rig.Push(Speech(40));
  rig.Wait(milliseconds(50));
  rig.Push(Make<FilterUpdateSettingsFrame>(Json{{"step", 10}}));
  rig.Push(Speech(40));
  rig.Wait(milliseconds(50));
  rig.Push(Make<FilterEnableFrame>(false));
  rig.Push(Speech(40));
  rig.Wait(milliseconds(50));

  EXPECT_THAT(FirstSamples(output), ElementsAre(1001, 1010, 1000));
}

TEST(OutputEffects, ARefusedSettingIsAnErrorAndChangesNothing) {
  TransportParams params = PacedOutput::Params();
  params.audio_out_filter = std::make_shared<PlusOne>();
  PacedOutput output(params);
  Rig rig({&output});

  rig.Push(Make<FilterUpdateSettingsFrame>(Json{{"bad", 1}}));
  rig.Push(Speech(40));
  rig.Wait(milliseconds(50));

  EXPECT_THAT(rig.UpstreamLog(), Contains(HasSubstr("ErrorFrame")));
  EXPECT_THAT(FirstSamples(output), ElementsAre(1001));
}

TEST(OutputEffects, AMixerSoundsUnderTheSpeechAndInThePauses) {
  TransportParams params = PacedOutput::Params();
  params.audio_out_mixer = std::make_shared<Hum>();
  PacedOutput output(params);
  Rig rig({&output});

  rig.Wait(milliseconds(100));
  rig.Push(Speech(40));
  rig.Wait(milliseconds(100));
  rig.Push(Make<MixerEnableFrame>(false));
  rig.Wait(milliseconds(80));

  const std::vector<int> first = FirstSamples(output);
  EXPECT_EQ(first.front(), 5);
  EXPECT_EQ(std::ranges::count(first, 1005), 1);
  EXPECT_EQ(first.back(), 0);
  // Always writing, at the pace of the sound.
  EXPECT_NEAR(static_cast<double>(first.size()), 330.0 / 40, 2);
  rig.Push(Make<EndFrame>());
  rig.Run();
}

TEST(OutputEffects, KeysAreDialledAsTonesInTheirTurn) {
  PacedOutput output;
  Rig rig({&output});

  rig.Push(Speech(40));
  rig.Push(Make<OutputDTMFFrame>(std::vector{KeypadEntry::kOne, KeypadEntry::kPound}));
  rig.Wait(milliseconds(1000));

  // 40 ms of speech, then twice 250 ms, of which a rest waits for a whole chunk.
  EXPECT_THAT(output.writes, SizeIs(13));
  EXPECT_THAT(rig.DownstreamLog(), Not(Contains(HasSubstr("DTMF"))));
}

TEST(OutputEffects, APausedOutputStopsItsSoundAndGoesOnWhereItStopped) {
  PacedOutput output;
  Rig rig({&output});

  rig.Push(Speech(400));
  rig.Wait(milliseconds(100));
  rig.Push(Make<FrameProcessorPauseUrgentFrame>(output));
  rig.Wait(milliseconds(1000));
  const std::size_t before = output.writes.size();
  rig.Push(Make<FrameProcessorResumeUrgentFrame>(output));
  rig.Wait(milliseconds(400));

  EXPECT_EQ(before, 3u);
  EXPECT_EQ(output.writes.size(), 10u);
  EXPECT_EQ(std::ranges::count_if(
                rig.downstream(),
                [](const auto& one) { return one.frame->template Is<BotStoppedSpeakingFrame>(); }),
            0);
}

TEST(OutputEffects, TimedFramesWaitForThePauseToo) {
  PacedOutput output;
  Rig rig({&output});
  auto word = Make<TextFrame>("word");
  word->pts = std::chrono::nanoseconds(milliseconds(250)).count();  // 200 ms after the rig is ready

  rig.Push(std::move(word));
  rig.Wait(milliseconds(100));
  rig.Push(Make<FrameProcessorPauseUrgentFrame>(output));
  rig.Wait(milliseconds(500));
  rig.Push(Make<FrameProcessorResumeUrgentFrame>(output));
  rig.Wait(milliseconds(500));

  EXPECT_THAT(rig.DownstreamLog(), Contains("TextFrame(word)@700"));
}

TEST(OutputEffects, AnInterruptionEndsThePause) {
  PacedOutput output;
  Rig rig({&output});

  rig.Push(Speech(400));
  rig.Wait(milliseconds(100));
  rig.Push(Make<FrameProcessorPauseUrgentFrame>(output));
  rig.Wait(milliseconds(50));
  rig.Push(Make<InterruptionFrame>());
  rig.Wait(milliseconds(50));
  const std::size_t before = output.writes.size();
  rig.Push(Speech(80));
  rig.Wait(milliseconds(200));

  EXPECT_EQ(output.writes.size(), before + 2);
}

TEST(OutputEffects, APauseThatNobodyEndsIsOverAfterThirtySeconds) {
  PacedOutput output;
  Rig rig({&output});

  rig.Push(Speech(400));
  rig.Wait(milliseconds(100));
  rig.Push(Make<FrameProcessorPauseUrgentFrame>(output));
  rig.Push(Make<EndFrame>());
  rig.Run();

  EXPECT_THAT(rig.DownstreamLog(), Contains(HasSubstr("EndFrame")));
  EXPECT_EQ(output.writes.size(), 10u);
}

}  // namespace
}  // namespace repartee
