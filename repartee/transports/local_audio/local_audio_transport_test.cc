#include "repartee/transports/local_audio/local_audio_transport.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <thread>

#include "repartee/frames/audio_frames.h"
#include "repartee/pipeline/testing/rig.h"
#include "repartee/services/testing/observed.h"
#include "repartee/transports/local_audio/sample_ring.h"

namespace repartee {
namespace {

using std::chrono::milliseconds;

// Plays at the rate of the test's clock.
class FakeDevice final : public AudioDevice {
 public:
  int input_rate() const override { return 16000; }
  int output_rate() const override { return 16000; }
  Status StartRecording() override {
    recording = record_status.ok();
    return record_status;
  }
  void StopRecording() override { recording = false; }
  Status StartPlaying() override {
    playing = play_status.ok();
    return play_status;
  }
  void StopPlaying() override {
    playing = false;
    lost_at_stop = queued();
  }
  std::size_t Read(std::span<std::int16_t> samples) override {
    const std::size_t count = std::min(samples.size(), recorded.size());
    std::copy_n(recorded.begin(), count, samples.begin());
    recorded.erase(recorded.begin(), recorded.begin() + static_cast<std::ptrdiff_t>(count));
    return count;
  }
  // Takes two seconds at most, like the real one.
  bool Write(std::span<const std::int16_t> samples) override {
    if (full || (!stuck && queued() + samples.size() > 2 * 16000)) return false;
    written += samples.size();
    return true;
  }
  std::size_t queued() const override {
    const auto played = static_cast<std::size_t>(ToSeconds(loop->now() - begin) * 16000);
    return stuck ? 100000 : written > played + cleared ? written - played - cleared : 0;
  }
  void Clear() override { cleared = written; }

  EventLoop* loop = nullptr;
  Nanos begin{0};
  Status record_status;
  Status play_status;
  std::vector<std::int16_t> recorded;
  std::size_t written = 0;
  std::size_t cleared = 0;
  bool full = false;
  bool stuck = false;
  bool recording = false;
  bool playing = false;
  std::size_t lost_at_stop = 0;
};

TransportParams WithSilenceAtTheEnd() {
  TransportParams params;
  params.audio_out_end_silence = milliseconds(200);
  return params;
}

class LocalAudioTransportTest : public ::testing::Test {
 protected:
  void Prepare() {
    rig =
        std::make_unique<testing::Rig>(std::vector<FrameProcessor*>{&transport.input(), &transport.output()});
    device.loop = &rig->loop();
    device.begin = rig->loop().now();
  }
  FakeDevice device;
  LocalAudioTransport transport{device, WithSilenceAtTheEnd()};
  std::unique_ptr<testing::Rig> rig;
};

TEST_F(LocalAudioTransportTest, PushesWhatWasRecordedAndLosesNoSample) {
  Prepare();
  device.recorded.resize(1000);
  std::iota(device.recorded.begin(), device.recorded.end(), std::int16_t{0});
  rig->Wait(milliseconds(100));

  std::vector<std::int16_t> heard;
  for (const auto* frame : testing::Frames<InputAudioRawFrame>(rig->downstream())) {
    EXPECT_EQ(frame->sample_rate, 16000);
    heard.insert(heard.end(), frame->audio.samples().begin(), frame->audio.samples().end());
  }
  ASSERT_EQ(heard.size(), 1000U);
  EXPECT_EQ(heard[999], 999);
}

TEST_F(LocalAudioTransportTest, ClosesTheMicrophoneFirstAndTheLoudspeakerWhenAllWasPlayed) {
  Prepare();
  EXPECT_TRUE(device.recording && device.playing);
  for (int i = 0; i < 25; ++i) {
    rig->Push(Make<TTSAudioRawFrame>(AudioBuffer::Silence(1280), 16000, 1));
  }
  rig->Push(Make<EndFrame>());
  rig->Wait(milliseconds(500));
  EXPECT_FALSE(device.recording);
  EXPECT_TRUE(device.playing);
  rig->Run();

  EXPECT_FALSE(device.playing);
  // A second of speech, and silence of which the card still had some.
  EXPECT_EQ(device.written, 16000U + 3200U);
  EXPECT_LE(device.lost_at_stop, 1600U);
}

TEST_F(LocalAudioTransportTest, PlaysAnEndOfAnyLengthBehindTheLastWord) {
  TransportParams params;
  params.audio_out_end_silence = milliseconds(3000);
  LocalAudioTransport patient(device, params);
  testing::Rig own({&patient.input(), &patient.output()});
  device.loop = &own.loop();
  device.begin = own.loop().now();
  own.Push(Make<TTSAudioRawFrame>(AudioBuffer::Silence(1280), 16000, 1));
  own.Push(Make<EndFrame>());
  own.Run();

  EXPECT_EQ(device.written, 640U + 3U * 16000U);
  EXPECT_TRUE(testing::Frames<ErrorFrame>(own.upstream()).empty());
}

TEST_F(LocalAudioTransportTest, KeepsLittleAheadOfTheCard) {
  Prepare();
  for (int i = 0; i < 50; ++i) {
    rig->Push(Make<TTSAudioRawFrame>(AudioBuffer::Silence(1280), 16000, 1));
  }
  rig->Wait(milliseconds(500));

  // Half a second was played, and at most 60 ms and one chunk more are with the card.
  EXPECT_GE(device.written, 8000U);
  EXPECT_LE(device.written, 8000U + 1600U + 80U);
  rig->Push(Make<InterruptionFrame>());
  rig->Wait(milliseconds(10));
  EXPECT_EQ(device.cleared, device.written);
}

TEST_F(LocalAudioTransportTest, SaysThatTheCardDoesNotPlay) {
  Prepare();
  device.stuck = true;
  rig->Push(Make<TTSAudioRawFrame>(AudioBuffer::Silence(1280), 16000, 1));
  rig->Wait(std::chrono::seconds(8));

  const auto errors = testing::Frames<ErrorFrame>(rig->upstream());
  ASSERT_EQ(errors.size(), 1U);
  EXPECT_THAT(errors[0]->error, ::testing::HasSubstr("plays nothing"));
}

TEST_F(LocalAudioTransportTest, SaysThatTheMicrophoneIsRefused) {
  device.record_status = Status::Unavailable("the microphone cannot be used: busy");
  Prepare();

  const auto errors = testing::Frames<ErrorFrame>(rig->upstream());
  ASSERT_EQ(errors.size(), 1U);
  EXPECT_THAT(errors[0]->error, ::testing::HasSubstr("busy"));
}

TEST_F(LocalAudioTransportTest, SaysThatTheLoudspeakerIsRefused) {
  device.play_status = Status::Unavailable("the loudspeaker cannot be used: busy");
  Prepare();

  const auto errors = testing::Frames<ErrorFrame>(rig->upstream());
  ASSERT_EQ(errors.size(), 1U);
  EXPECT_THAT(errors[0]->error, ::testing::HasSubstr("loudspeaker"));
}

TEST(SampleRing, BringsSoundFromOneThreadToAnotherInOrder) {
  SampleRing ring(1000);
  constexpr int kAll = 200000;
  std::thread writer([&ring] {
    std::int16_t next = 0;
    for (int sent = 0; sent < kAll; sent += 100) {
      std::vector<std::int16_t> piece(100);
      for (std::int16_t& sample : piece) sample = static_cast<std::int16_t>(next++ & 0x7fff);
      while (!ring.Write(piece)) std::this_thread::yield();
    }
  });
  int got = 0;
  bool in_order = true;
  std::vector<std::int16_t> piece(77);
  while (got < kAll) {
    const std::size_t count = ring.Read(piece);
    for (std::size_t i = 0; i < count; ++i) in_order = in_order && piece[i] == (got++ & 0x7fff);
    if (count == 0) std::this_thread::yield();
  }
  writer.join();

  EXPECT_TRUE(in_order);
}

TEST(SampleRing, RefusesWhatDoesNotFitAndForgetsWhatWasCleared) {
  SampleRing ring(4);
  const std::vector<std::int16_t> three{1, 2, 3};
  EXPECT_TRUE(ring.Write(three));
  EXPECT_FALSE(ring.Write(three));
  ring.Clear();
  EXPECT_EQ(ring.size(), 0U);
  std::vector<std::int16_t> out(4);
  EXPECT_EQ(ring.Read(out), 0U);
  EXPECT_TRUE(ring.Write(three));
  EXPECT_EQ(ring.Read(out), 3U);
  EXPECT_EQ(out[2], 3);
}

}  // namespace
}  // namespace repartee
