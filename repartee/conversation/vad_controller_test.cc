#include "repartee/conversation/vad_controller.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "repartee/conversation/llm_user_aggregator.h"
#include "repartee/frames/audio_frames.h"
#include "repartee/frames/speaking_frames.h"
#include "repartee/pipeline/testing/rig.h"

namespace repartee {
namespace {

using std::chrono::milliseconds;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// A voice is a window that is not silent.
class Loud final : public VoiceConfidence {
 public:
  float Confidence(std::span<const std::int16_t> window) override {
    for (const std::int16_t sample : window) {
      if (sample > 1000 || sample < -1000) return 1.0f;
    }
    return 0.0f;
  }
  void Reset() override {}
};

class VoiceActivity : public ::testing::Test {
 protected:
  VoiceActivity() {
    VadParams vad;
    vad.min_volume = 0;
    Result<VadAnalyzer> analyzer = VadAnalyzer::Create(16000, std::make_unique<Loud>(), vad);
    EXPECT_TRUE(analyzer.ok()) << analyzer.status();
    LLMUserAggregatorParams params;
    params.vad_analyzer = std::make_unique<VadAnalyzer>(*std::move(analyzer));
    aggregator_.emplace(std::make_shared<LLMContext>(), std::move(params));
    rig_.emplace(std::vector<FrameProcessor*>{&*aggregator_});
  }

  void Sound(int ms, std::int16_t level, int rate_hz = 16000, int channels = 1) {
    for (int at = 0; at < ms; at += 20) {
      const std::vector<std::int16_t> samples(static_cast<std::size_t>(rate_hz / 50 * channels), level);
      rig_->Push(Make<InputAudioRawFrame>(AudioBuffer::Copy(samples), rate_hz, channels));
      rig_->Wait(milliseconds(20));
    }
  }

  // What came out, but the audio itself.
  static std::vector<std::string> WithoutAudio(std::vector<std::string> log) {
    std::erase_if(log, [](const std::string& line) { return line.starts_with("InputAudioRawFrame"); });
    return log;
  }
  std::vector<std::string> Downstream() { return WithoutAudio(rig_->DownstreamLog()); }
  std::vector<std::string> Upstream() { return WithoutAudio(rig_->UpstreamLog()); }

  std::optional<LLMUserAggregator> aggregator_;
  std::optional<testing::Rig> rig_;
};

TEST_F(VoiceActivity, IsToldInBothDirectionsAndOpensTheTurn) {
  Sound(440, 5000);
  Sound(400, 0);

  // Six windows of 32 ms each way; window n is full with the frame at 20 * (ceil(1.6 n) - 1) ms.
  EXPECT_THAT(Downstream(), ElementsAre("SpeechControlParamsFrame@-50", "VADUserStartedSpeakingFrame@180",
                                        "UserStartedSpeakingFrame@180", "InterruptionFrame@180",
                                        "UserSpeakingFrame@180", "UserSpeakingFrame@380",
                                        "UserSpeakingFrame@580", "VADUserStoppedSpeakingFrame@620"));
  EXPECT_THAT(Upstream(), ElementsAre("SpeechControlParamsFrame@-50", "VADUserStartedSpeakingFrame@180",
                                      "UserSpeakingFrame@180", "UserStartedSpeakingFrame@180",
                                      "InterruptionFrame@180", "UserSpeakingFrame@380",
                                      "UserSpeakingFrame@580", "VADUserStoppedSpeakingFrame@620"));
}

TEST_F(VoiceActivity, GivesTheWallClockAndNamesNoTwin) {
  const double before = ToSeconds(rig_->loop().wall_now());
  Sound(200, 5000);

  for (const testing::Observed& one : rig_->downstream()) {
    const auto* started = one.frame->As<VADUserStartedSpeakingFrame>();
    if (!started) continue;
    EXPECT_NEAR(started->timestamp, before + 0.18, 0.001);
    EXPECT_EQ(started->start_secs, 0.2);
    EXPECT_EQ(started->broadcast_sibling_id, 0u);
  }
}

TEST_F(VoiceActivity, EndsWhenTheSoundCeases) {
  Sound(400, 5000);
  rig_->Wait(milliseconds(3000));
  Sound(40, 0);

  EXPECT_THAT(Downstream(), Contains("VADUserStoppedSpeakingFrame@1380"));
  EXPECT_EQ(Downstream().back(), "VADUserStoppedSpeakingFrame@1380");
}

TEST_F(VoiceActivity, IsHeardAtOtherRatesAndWithMoreChannels) {
  Sound(800, 5000, 48000, 2);
  EXPECT_THAT(Downstream(), Contains(HasSubstr("VADUserStartedSpeakingFrame")));
}

TEST_F(VoiceActivity, RefusesSoundThatCannotBeOnceAndGoesOn) {
  rig_->Push(Make<InputAudioRawFrame>(AudioBuffer::Silence(640), 7, 1));
  rig_->Push(Make<InputAudioRawFrame>(AudioBuffer::Silence(640), 7, 1));
  rig_->Wait(milliseconds(1));
  Sound(400, 5000);

  int errors = 0;
  for (const testing::Observed& one : rig_->upstream()) {
    if (const auto* error = one.frame->As<ErrorFrame>()) {
      ++errors;
      EXPECT_THAT(error->error, HasSubstr("sound of 7 Hz with 1 channels"));
    }
  }
  EXPECT_EQ(errors, 1);
  EXPECT_THAT(Downstream(), Contains(HasSubstr("VADUserStartedSpeakingFrame")));
}

TEST_F(VoiceActivity, TakesNewParameters) {
  VadParams never;
  never.confidence = 1;
  never.start_secs = 60;
  rig_->Push(Make<VADParamsUpdateFrame>(never));
  Sound(400, 5000);

  EXPECT_THAT(Downstream(), ElementsAre("SpeechControlParamsFrame@-50", "VADParamsUpdateFrame@0",
                                        "SpeechControlParamsFrame@0"));
}

}  // namespace
}  // namespace repartee
