#include "repartee/services/segmented_stt_service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "repartee/services/testing/observed.h"

namespace repartee {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Says how many milliseconds it heard, after a while.
class Fake final : public SegmentedSTTService {
 public:
  explicit Fake(SegmentedSTTOptions options = {})
      : SegmentedSTTService("FakeSTTService", Json::object(), options) {}

  Nanos delay = milliseconds(100);
  std::vector<std::size_t> grew;

 protected:
  Task<Result<std::string>> Transcribe(SpeechSegment segment) override {
    co_await Sleep(loop(), delay);
    if (segment.samples.front() == -1) co_return Status::Unavailable("deaf");
    if (segment.samples.front() == -2) co_return std::string();
    co_return std::to_string(segment.samples.size() * 1000 / static_cast<std::size_t>(segment.sample_rate));
  }
  void OnSpeechGrew(std::span<const std::int16_t> so_far, int) override { grew.push_back(so_far.size()); }
};

class Session {
 public:
  explicit Session(Fake& stt) : rig({&stt}, testing::WithMetrics()) {}

  void Hear(int ms, std::int16_t sample = 7, int channels = 1) {
    for (int i = 0; i < ms / 20; ++i) {
      const std::vector<std::int16_t> samples(320 * static_cast<std::size_t>(channels), sample);
      rig.Push(Make<InputAudioRawFrame>(AudioBuffer::Copy(samples), 16000, channels));
      rig.Wait(milliseconds(20));
    }
  }
  void VadStart() { rig.Push(Make<VADUserStartedSpeakingFrame>(0.2, ToSeconds(rig.loop().wall_now()))); }
  void VadStop() { rig.Push(Make<VADUserStoppedSpeakingFrame>(0.2, ToSeconds(rig.loop().wall_now()))); }
  void Speak(int ms, std::int16_t sample = 7) {
    VadStart();
    Hear(ms, sample);
    VadStop();
  }
  std::vector<std::string> Words() {
    std::vector<std::string> words;
    for (const auto* frame : testing::Frames<TranscriptionFrame>(rig.downstream()))
      words.push_back(frame->text);
    return words;
  }

  testing::Rig rig;
};

TEST(SegmentedSTTService, TranscribesFromShortlyBeforeTheSpeechToItsEnd) {
  Fake stt({.lead_in = milliseconds(300), .added_silence = Nanos(0)});
  Session session(stt);

  session.Hear(10000);
  session.Speak(1000);
  session.rig.Wait(milliseconds(300));

  // 0.3 s before the first voice, of which the VAD was sure 0.2 s later.
  EXPECT_THAT(session.Words(), ElementsAre("1500"));
  EXPECT_TRUE(testing::Frames<TranscriptionFrame>(session.rig.downstream())[0]->finalized);
}

TEST(SegmentedSTTService, PutsSilenceBehindTheSpeechAsTheReferenceDoes) {
  Fake stt;
  Session session(stt);

  session.Hear(10000);
  session.Speak(1000);
  session.rig.Wait(milliseconds(300));

  EXPECT_THAT(session.Words(), ElementsAre("2500"));
}

TEST(SegmentedSTTService, MeasuresFromTheEndOfSpeech) {
  Fake stt;
  Session session(stt);

  session.Speak(1000);
  session.rig.Wait(milliseconds(300));

  const auto ttfb = testing::Measured<TTFBMetricsData>(session.rig.downstream());
  ASSERT_THAT(ttfb, SizeIs(1));
  EXPECT_NEAR(ttfb[0].value, 0.3, 1e-6);
  const auto usage = testing::Measured<STTUsageMetricsData>(session.rig.downstream());
  ASSERT_THAT(usage, SizeIs(1));
  EXPECT_NEAR(usage[0].audio_seconds, 1.0, 1e-9);
}

TEST(SegmentedSTTService, TranscribesOneSegmentAfterTheOther) {
  Fake stt({.added_silence = Nanos(0)});
  stt.delay = milliseconds(400);
  Session session(stt);

  session.Speak(200);
  session.Speak(100);
  session.Speak(300);
  session.rig.Wait(seconds(2));

  EXPECT_THAT(session.Words(), ElementsAre("200", "100", "300"));
}

TEST(SegmentedSTTService, AnInterruptionDoesNotStopIt) {
  Fake stt({.added_silence = Nanos(0)});
  Session session(stt);

  session.Speak(200);
  session.rig.Push(Make<InterruptionFrame>());
  session.rig.Wait(seconds(1));

  EXPECT_THAT(session.Words(), ElementsAre("200"));
}

TEST(SegmentedSTTService, TheEndWaitsForWhatWasSaid) {
  Fake stt({.added_silence = Nanos(0)});
  stt.delay = milliseconds(400);
  Session session(stt);

  session.Speak(200);
  session.VadStart();
  session.Hear(100);
  session.rig.Push(Make<EndFrame>());
  session.rig.Run();

  EXPECT_THAT(session.Words(), ElementsAre("200", "100"));
  EXPECT_EQ(session.rig.downstream().back().frame->type(), FrameType::kEnd);
}

TEST(SegmentedSTTService, TheEndDoesNotWaitForARecognizerThatHangs) {
  Fake stt;
  stt.delay = std::chrono::hours(1);
  Session session(stt);

  session.Speak(200);
  session.rig.Push(Make<EndFrame>());
  session.rig.Run();

  EXPECT_EQ(session.rig.DownstreamLog().back(), "EndFrame@10200");
}

TEST(SegmentedSTTService, LongSpeechIsCutAndOnlyItsLastPieceIsFinal) {
  Fake stt({.added_silence = Nanos(0), .max_segment = seconds(1)});
  Session session(stt);

  session.Speak(2500);
  session.rig.Wait(seconds(1));

  EXPECT_THAT(session.Words(), ElementsAre("1000", "1000", "500"));
  const auto transcripts = testing::Frames<TranscriptionFrame>(session.rig.downstream());
  EXPECT_FALSE(transcripts[0]->finalized);
  EXPECT_TRUE(transcripts[2]->finalized);
}

TEST(SegmentedSTTService, AnErrorIsToldAndTheNextSegmentIsTranscribed) {
  Fake stt({.added_silence = Nanos(0)});
  Session session(stt);

  session.Speak(200, -1);
  session.Speak(100);
  session.rig.Wait(seconds(1));

  EXPECT_THAT(session.Words(), ElementsAre("100"));
  const auto errors = testing::Frames<ErrorFrame>(session.rig.upstream());
  ASSERT_THAT(errors, SizeIs(1));
  EXPECT_EQ(errors[0]->error, "deaf");
  EXPECT_EQ(errors[0]->category, ErrorCategory::kConnectivity);
}

TEST(SegmentedSTTService, NoWordsMakeNoFrame) {
  Fake stt;
  Session session(stt);

  session.Speak(200, -2);
  session.rig.Wait(seconds(1));

  EXPECT_THAT(session.Words(), IsEmpty());
}

TEST(SegmentedSTTService, DropsSegmentsOverTheLimitAndSaysSo) {
  Fake stt({.added_silence = Nanos(0)});
  stt.delay = seconds(60);
  Session session(stt);

  for (int i = 0; i < 10; ++i) session.Speak(100);
  session.rig.Wait(seconds(1));

  EXPECT_THAT(testing::Frames<ErrorFrame>(session.rig.upstream()), SizeIs(1));
}

TEST(SegmentedSTTService, MixesChannelsAndTellsOfTheGrowingSegment) {
  Fake stt({.added_silence = Nanos(0)});
  Session session(stt);

  session.VadStart();
  session.Hear(40, 7, 2);
  session.VadStop();
  session.rig.Wait(seconds(1));

  EXPECT_THAT(session.Words(), ElementsAre("40"));
  EXPECT_THAT(stt.grew, ElementsAre(320u, 640u));
}

}  // namespace
}  // namespace repartee
