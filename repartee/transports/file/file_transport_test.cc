#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "repartee/frames/lifecycle_frames.h"
#include "repartee/frames/service_frames.h"
#include "repartee/pipeline/testing/rig.h"
#include "repartee/transports/file/file_input.h"
#include "repartee/transports/file/file_output.h"

namespace repartee {
namespace {

using std::chrono::milliseconds;

WavAudio Clip(int rate, int channels, double seconds) {
  WavAudio clip;
  clip.rate_hz = rate;
  clip.channels = channels;
  clip.samples.assign(static_cast<std::size_t>(rate * seconds) * static_cast<std::size_t>(channels), 5000);
  return clip;
}

std::vector<const InputAudioRawFrame*> Heard(const testing::Rig& rig) {
  std::vector<const InputAudioRawFrame*> frames;
  for (const auto& one : rig.downstream()) {
    if (const auto* audio = one.frame->As<InputAudioRawFrame>()) frames.push_back(audio);
  }
  return frames;
}

TEST(FileInputTransport, FeedsAClipAtThePaceOfASpeakerWithSilenceAroundIt) {
  FileInputOptions options;
  options.silence_before = milliseconds(100);
  FileInputTransport input(Clip(16000, 1, 0.2), options);
  int finished = 0;
  input.on_clip_finished.Connect([&finished] { ++finished; });
  testing::Rig rig({&input});
  rig.Wait(milliseconds(450));  // the transport began 50 ms before

  const auto frames = Heard(rig);
  ASSERT_EQ(frames.size(), 25u);
  for (std::size_t i = 0; i < frames.size(); ++i) {
    EXPECT_EQ(frames[i]->audio.size(), 640u);
    EXPECT_EQ(frames[i]->audio.samples()[0], i >= 5 && i < 15 ? 5000 : 0) << i;
  }
  EXPECT_EQ(rig.downstream()[10].at_ms - rig.downstream()[9].at_ms, 20);
  EXPECT_EQ(finished, 1);
}

TEST(FileInputTransport, EndsTheSilenceWhenItIsToldTo) {
  FileInputOptions options;
  options.silence_after = milliseconds(60);
  FileInputTransport input(Clip(8000, 2, 0.1), options);
  testing::Rig rig({&input});
  rig.Wait(std::chrono::seconds(2));

  EXPECT_EQ(Heard(rig).size(), 8u);
}

TEST(FileInputTransport, FallsSilentWithTheEndOfTheConversation) {
  FileInputTransport input(Clip(16000, 1, 0.1));
  testing::Rig rig({&input});
  rig.Push(Make<EndFrame>());
  rig.Run();
  EXPECT_LE(Heard(rig).size(), 3u);
}

TEST(FileTransports, RecordBothSidesAsTheyAreHeard) {
  const std::string path = ::testing::TempDir() + "/file_transport_test.wav";
  {
    auto recorder = ConversationRecorder::Create(path, 16000);
    ASSERT_TRUE(recorder.ok());
    FileInputOptions in;
    in.recorder = &*recorder;
    FileInputTransport input(Clip(16000, 1, 0.5), in);
    FileOutputOptions out;
    out.recorder = &*recorder;
    out.params.audio_out_end_silence = Nanos(0);
    FileOutputTransport output(out);
    testing::Rig rig({&input, &output});
    rig.Wait(milliseconds(950));  // a second after the clip began
    AudioBuffer speech = AudioBuffer::Allocate(24000);
    for (auto& sample : speech.writable()) sample = 3000;
    rig.Push(Make<TTSAudioRawFrame>(speech, 24000, 1, "c"));
    rig.Push(Make<TTSStoppedFrame>("c"));
    rig.Push(Make<EndFrame>());
    rig.Run();
    ASSERT_TRUE(recorder->Finish().ok());
    EXPECT_EQ(rig.DownstreamLog().back(), "EndFrame@1470");
  }
  const auto audio = ReadWav(path);
  std::filesystem::remove(path);

  ASSERT_TRUE(audio.ok());
  ASSERT_EQ(audio->channels, 2);
  const auto at = [&](double seconds, std::size_t side) {
    return audio->samples[static_cast<std::size_t>(seconds * 16000) * 2 + side];
  };
  EXPECT_EQ(at(0.25, 0), 5000);
  EXPECT_EQ(at(0.75, 0), 0);
  EXPECT_EQ(at(0.95, 1), 0);
  EXPECT_NEAR(at(1.25, 1), 3000, 100);
}

}  // namespace
}  // namespace repartee
