#include "repartee/services/stt_service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "repartee/services/testing/observed.h"

namespace repartee {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class Fake final : public STTService {
 public:
  explicit Fake(STTOptions options = {}) : STTService("FakeSTTService", Json{{"model", "ears"}}, options) {}

  int heard = 0;
  using AIService::ReportError;
  using STTService::ConfirmFinalize;
  using STTService::PushTranscription;
  using STTService::RequestFinalize;

 protected:
  Status RunStt(const InputAudioRawFrame& frame) override {
    ++heard;
    CountAudio(static_cast<double>(frame.num_frames()) / frame.sample_rate);
    return OkStatus();
  }
};

FramePtr Audio() { return Make<InputAudioRawFrame>(AudioBuffer::Silence(640), 16000, 1); }
FramePtr UserAudio() { return Make<UserAudioRawFrame>(AudioBuffer::Silence(640), 16000, 1, "anna"); }

class SttTest : public ::testing::Test {
 protected:
  void VadStart() {
    rig.Push(Make<VADUserStartedSpeakingFrame>(0.2, ToSeconds(rig.loop().wall_now())));
    rig.Wait(milliseconds(0));
  }
  void VadStop() {
    rig.Push(Make<VADUserStoppedSpeakingFrame>(0.2, ToSeconds(rig.loop().wall_now())));
    rig.Wait(milliseconds(0));
  }
  std::vector<TTFBMetricsData> Ttfb() { return testing::Measured<TTFBMetricsData>(rig.downstream()); }

  Fake stt;
  testing::Rig rig{{&stt}, testing::WithMetrics()};
};

TEST_F(SttTest, TellsItsLatencyWhenItStarts) {
  const auto metadata = testing::Frames<STTMetadataFrame>(rig.downstream());

  ASSERT_THAT(metadata, SizeIs(1));
  EXPECT_EQ(metadata[0]->ttfs_p99_latency, 1.0);
  EXPECT_THAT(testing::Frames<STTMetadataFrame>(rig.upstream()), SizeIs(1));
}

TEST_F(SttTest, HearsAndPassesAudioOnUnlessMutedOrOfNoUse) {
  rig.Push(Audio());
  rig.Push(Make<STTMuteFrame>(true));
  rig.Push(Audio());
  rig.Push(Make<STTMuteFrame>(false));
  rig.Push(Audio());
  rig.Wait(milliseconds(1));
  stt.ReportError("wrong key", ErrorCategory::kAuthentication);
  rig.Push(Audio());
  rig.Wait(milliseconds(1));

  EXPECT_EQ(stt.heard, 2);
  EXPECT_THAT(testing::Frames<InputAudioRawFrame>(rig.downstream()), SizeIs(4));
}

TEST_F(SttTest, TellsWhatItHasHeardWhenItIsCancelled) {
  rig.Push(Audio());
  rig.Wait(milliseconds(1));
  rig.Push(Make<CancelFrame>());
  rig.Run();

  const auto usage = testing::Measured<STTUsageMetricsData>(rig.downstream());
  ASSERT_THAT(usage, SizeIs(1));
  EXPECT_NEAR(usage[0].audio_seconds, 0.02, 1e-9);
}

TEST(STTService, CanKeepTheAudioToItself) {
  Fake stt({.audio_passthrough = false});
  testing::Rig rig({&stt});

  rig.Push(Audio());
  rig.Wait(milliseconds(1));

  EXPECT_EQ(stt.heard, 1);
  EXPECT_THAT(testing::Frames<InputAudioRawFrame>(rig.downstream()), IsEmpty());
}

TEST_F(SttTest, StampsTranscriptsWithUserAndTime) {
  rig.Push(UserAudio());
  rig.Wait(milliseconds(1));
  stt.PushTranscription("hello", "en");
  rig.Wait(milliseconds(1));

  const auto transcripts = testing::Frames<TranscriptionFrame>(rig.downstream());
  ASSERT_THAT(transcripts, SizeIs(1));
  EXPECT_EQ(transcripts[0]->user_id, "anna");
  EXPECT_EQ(transcripts[0]->language, "en");
  EXPECT_FALSE(transcripts[0]->finalized);
  EXPECT_THAT(transcripts[0]->timestamp, ::testing::MatchesRegex("20..-..-..T..:..:..\\....\\+00:00"));
}

TEST_F(SttTest, MeasuresFromTheEndOfSpeechToTheFinalizedTranscript) {
  VadStart();
  rig.Wait(milliseconds(800));
  VadStop();
  stt.RequestFinalize();
  rig.Wait(milliseconds(50));
  stt.PushTranscription("what is");
  rig.Wait(milliseconds(50));
  EXPECT_THAT(Ttfb(), IsEmpty());
  EXPECT_TRUE(stt.ConfirmFinalize());
  stt.PushTranscription("the capital");
  rig.Wait(milliseconds(5000));

  ASSERT_THAT(Ttfb(), SizeIs(1));
  EXPECT_NEAR(Ttfb()[0].value, 0.3, 1e-6);
  const auto transcripts = testing::Frames<TranscriptionFrame>(rig.downstream());
  EXPECT_FALSE(transcripts[0]->finalized);
  EXPECT_TRUE(transcripts[1]->finalized);
}

TEST_F(SttTest, AConfirmationThatNobodyAskedForFinalizesNothing) {
  VadStop();
  EXPECT_FALSE(stt.ConfirmFinalize());
  stt.PushTranscription("hello");
  rig.Wait(milliseconds(1));

  EXPECT_FALSE(testing::Frames<TranscriptionFrame>(rig.downstream())[0]->finalized);
}

TEST_F(SttTest, TheTimeOutTakesTheLastTranscriptForTheEnd) {
  VadStop();
  rig.Wait(milliseconds(100));
  stt.PushTranscription("hello");
  rig.Wait(milliseconds(1899));
  EXPECT_THAT(Ttfb(), IsEmpty());
  rig.Wait(milliseconds(2));

  ASSERT_THAT(Ttfb(), SizeIs(1));
  EXPECT_NEAR(Ttfb()[0].value, 0.3, 1e-6);
}

TEST_F(SttTest, ATimeOutWithoutTranscriptMeasuresNothing) {
  VadStop();
  rig.Wait(milliseconds(3000));

  EXPECT_THAT(Ttfb(), IsEmpty());
}

TEST_F(SttTest, SpeechThatGoesOnCancelsTheMeasurement) {
  VadStop();
  stt.RequestFinalize();
  stt.ConfirmFinalize();
  rig.Wait(milliseconds(100));
  VadStart();
  stt.PushTranscription("hello");
  rig.Wait(milliseconds(3000));

  EXPECT_THAT(Ttfb(), IsEmpty());
  EXPECT_FALSE(testing::Frames<TranscriptionFrame>(rig.downstream())[0]->finalized);
}

TEST_F(SttTest, AnInterruptionCancelsTheMeasurementInsteadOfInventingAResult) {
  VadStop();
  stt.PushTranscription("hello");
  rig.Wait(milliseconds(100));
  rig.Push(Make<InterruptionFrame>());
  rig.Wait(milliseconds(3000));

  EXPECT_THAT(Ttfb(), IsEmpty());
}

TEST_F(SttTest, ReportsTheSecondsOfAudioAtTheEnd) {
  for (int i = 0; i < 50; ++i) rig.Push(Audio());
  rig.Push(Make<EndFrame>());
  rig.Run();

  const auto usage = testing::Measured<STTUsageMetricsData>(rig.downstream());
  ASSERT_THAT(usage, SizeIs(1));
  EXPECT_NEAR(usage[0].audio_seconds, 1.0, 1e-9);
}

TEST(STTService, CanBeStoppedWhileItMeasures) {
  Fake stt;
  testing::Rig rig({&stt}, testing::WithMetrics());

  rig.Push(Make<VADUserStoppedSpeakingFrame>(0.2, ToSeconds(rig.loop().wall_now())));
  rig.Wait(milliseconds(1));
  rig.Push(Make<CancelFrame>());
  rig.Run();
}

}  // namespace
}  // namespace repartee
