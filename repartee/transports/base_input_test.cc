#include "repartee/transports/base_input.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "repartee/frames/lifecycle_frames.h"
#include "repartee/pipeline/testing/rig.h"

namespace repartee {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class TestInput final : public BaseInputTransport {
 public:
  explicit TestInput(TransportParams params) : BaseInputTransport("TestInput", params) {}
  using BaseInputTransport::ClientConnected;
  using BaseInputTransport::PushMessage;
  void Hear(std::size_t bytes, int channels = 1) {
    PushAudio(Make<InputAudioRawFrame>(AudioBuffer::Silence(bytes), 16000, channels));
  }
  int stops = 0;
  bool started = false;

 protected:
  Status Start() override {
    started = true;
    return OkStatus();
  }
  void Stop() override { ++stops; }
};

TransportParams Params() {
  TransportParams params;
  params.audio_in_enabled = true;
  return params;
}

TEST(BaseInputTransport, PassesAudioOnInTheSizesItCame) {
  TestInput input(Params());
  testing::Rig rig({&input});
  input.Hear(640);
  input.Hear(14);
  input.Hear(0);
  input.Hear(640, 0);
  rig.Wait(milliseconds(1));

  EXPECT_TRUE(input.started);
  EXPECT_EQ(input.sample_rate(), 16000);
  EXPECT_THAT(rig.DownstreamLog(), ElementsAre("InputAudioRawFrame@0", "InputAudioRawFrame@0"));
}

TEST(BaseInputTransport, IsSilentUntilTheClientIsReadyIfItIsToBe) {
  TransportParams params = Params();
  params.audio_in_stream_on_start = false;
  TestInput input(params);
  testing::Rig rig({&input});
  input.Hear(640);
  rig.Wait(milliseconds(1));
  EXPECT_THAT(rig.DownstreamLog(), IsEmpty());

  rig.Push(Make<InputTransportStartAudioStreamingFrame>());
  rig.Wait(milliseconds(1));
  input.Hear(640);
  rig.Wait(milliseconds(1));
  EXPECT_THAT(rig.DownstreamLog(), ElementsAre("InputAudioRawFrame@2"));
}

TEST(BaseInputTransport, SendsAClientsMessageBothWays) {
  TestInput input(Params());
  testing::Rig rig({&input});
  int connected = 0;
  input.on_client_connected.Connect([&connected] { ++connected; });
  input.ClientConnected();
  input.PushMessage(Json{{"label", "x"}});
  rig.Wait(milliseconds(1));

  EXPECT_EQ(connected, 1);
  EXPECT_THAT(rig.DownstreamLog(), ElementsAre("ClientConnectedFrame@0", "InputTransportMessageFrame@0"));
  EXPECT_THAT(rig.UpstreamLog(), ElementsAre("InputTransportMessageFrame@0"));
}

TEST(BaseInputTransport, StopsOnceAndHearsNothingAfterwards) {
  TestInput input(Params());
  testing::Rig rig({&input});
  rig.Push(Make<EndFrame>());
  rig.Wait(milliseconds(1));
  input.Hear(640);
  rig.Run();

  EXPECT_EQ(input.stops, 1);
  EXPECT_THAT(rig.DownstreamLog(), ElementsAre("EndFrame@0"));
}

// What a processor in front, and not the transport itself, has heard.
TEST(BaseInputTransport, BringsTheSoundOfOthersIntoItsOwnForm) {
  TestInput input(Params());
  testing::Rig rig({&input});
  for (int i = 0; i < 50; ++i) {
    rig.Push(Make<InputAudioRawFrame>(AudioBuffer::Silence(960 * 4), 48000, 2));
  }
  rig.Push(Make<InputAudioRawFrame>(AudioBuffer::Silence(640), 16000, 1));
  rig.Wait(milliseconds(1));

  std::size_t samples = 0;
  for (const testing::Observed& one : rig.downstream()) {
    const auto* const audio = one.frame->As<InputAudioRawFrame>();
    ASSERT_NE(audio, nullptr);
    EXPECT_EQ(audio->sample_rate, 16000);
    EXPECT_EQ(audio->num_channels, 1);
    samples += audio->audio.samples().size();
  }
  // The resampler keeps about 80 ms back.
  EXPECT_GT(samples, 14000U);
  EXPECT_LE(samples, 16000U + 320U);
}

TEST(BaseInputTransport, FiltersTheSoundOfOthersToo) {
  class Sevens final : public BaseAudioFilter {
   public:
    Status UpdateSettings(const Json&) override { return OkStatus(); }
    std::vector<std::int16_t> Filter(std::span<const std::int16_t> samples) override {
      return std::vector<std::int16_t>(samples.size(), 7);
    }
  };
  TransportParams params = Params();
  params.audio_in_filter = std::make_shared<Sevens>();
  TestInput input(params);
  testing::Rig rig({&input});
  rig.Push(Make<InputAudioRawFrame>(AudioBuffer::Silence(640), 16000, 1));
  rig.Wait(milliseconds(1));

  ASSERT_EQ(rig.downstream().size(), 1u);
  EXPECT_EQ(rig.downstream()[0].frame->As<InputAudioRawFrame>()->audio.samples()[5], 7);
}

}  // namespace
}  // namespace repartee
