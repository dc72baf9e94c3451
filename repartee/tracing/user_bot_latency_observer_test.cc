#include "repartee/tracing/user_bot_latency_observer.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cmath>

#include "repartee/frames/audio_frames.h"
#include "repartee/frames/function_call_frames.h"
#include "repartee/frames/llm_frames.h"
#include "repartee/frames/service_frames.h"
#include "repartee/tracing/traced_task_for_test.h"

namespace repartee {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class UserBotLatency : public ::testing::Test {
 protected:
  UserBotLatency() {
    observer.OnLatencyMeasured([this](Nanos total) { measured.push_back(Ms(total)); });
    observer.OnFirstBotSpeechLatency([this](Nanos total) { greetings.push_back(Ms(total)); });
    observer.OnLatencyBreakdown([this](const LatencyBreakdown& breakdown) { Note(breakdown); });
    rig.task().AddObserver(observer);
  }
  static long Ms(Nanos duration) { return std::lround(ToSeconds(duration) * 1e3); }
  template <class F, class... Args>
  void After(int ms, Args&&... args) {
    rig.Wait(milliseconds(ms));
    rig.Push(Make<F>(std::forward<Args>(args)...));
    rig.Wait(Nanos(0));
  }
  void UserSpeaks() {
    After<VADUserStartedSpeakingFrame>(100, 0.2, ToSeconds(rig.loop().wall_now()) + 0.1);
    rig.Wait(milliseconds(800));
    After<VADUserStoppedSpeakingFrame>(0, 0.2, ToSeconds(rig.loop().wall_now()));
  }
  void BotSpeaks(int after_ms) {
    rig.Wait(milliseconds(after_ms));
    output.StartSpeaking();
    rig.Wait(milliseconds(50));
    output.StopSpeaking();
  }
  void Note(const LatencyBreakdown& breakdown) {
    parts.clear();
    Nanos cursor = breakdown.start;
    for (const LatencyContribution& part : breakdown.contributions) {
      EXPECT_EQ(part.start, cursor) << part.key;  // no gap, no overlap
      cursor += part.duration;
      parts.push_back(fmt::format("{} {}", part.key, Ms(part.duration)));
    }
    EXPECT_EQ(cursor, breakdown.start + breakdown.total);
  }

  testing::FakeOutput output;
  testing::Rig rig{{&output}};
  UserBotLatencyObserver observer{rig.loop()};
  std::vector<long> measured;
  std::vector<long> greetings;
  std::vector<std::string> parts;
};

TEST_F(UserBotLatency, IsCutIntoTheStagesOfTheAnswer) {
  UserSpeaks();
  After<TranscriptionFrame>(80, "Hello.", "", "");
  After<LLMFullResponseStartFrame>(220);
  After<LLMTextFrame>(100, "Hi");
  After<LLMTextFrame>(20, " there.");
  After<TTSStartedFrame>(10);
  After<TTSAudioRawFrame>(90, AudioBuffer{}, 24000, 1);
  BotSpeaks(7);

  EXPECT_THAT(measured, ElementsAre(727));
  EXPECT_THAT(parts, ElementsAre("endpointing_wait 200", "transcription 80", "turn_detection 220",
                                 "llm_inference 100", "sentence_aggregation 30", "speech_synthesis 90",
                                 "output_transport 7"));
}

TEST_F(UserBotLatency, RollsWhatIsTooShortToMatterIntoThePipelinesShare) {
  UserSpeaks();
  After<LLMFullResponseStartFrame>(300);
  After<LLMTextFrame>(100, "Hi.");
  After<TTSStartedFrame>(3);
  After<TTSAudioRawFrame>(90, AudioBuffer{}, 24000, 1);
  BotSpeaks(4);

  EXPECT_THAT(parts, ElementsAre("endpointing_wait 200", "turn_detection 300", "llm_inference 100",
                                 "pipeline 3", "speech_synthesis 90", "pipeline 4"));
}

TEST_F(UserBotLatency, ShowsAFunctionCallBetweenTwoRequests) {
  UserSpeaks();
  After<LLMFullResponseStartFrame>(300);
  After<FunctionCallsStartedFrame>(100, std::vector<FunctionCallFromLLM>{});
  After<LLMFullResponseStartFrame>(200);
  After<LLMTextFrame>(150, "It is sunny.");
  BotSpeaks(100);

  EXPECT_THAT(parts, ElementsAre("endpointing_wait 200", "turn_detection 300", "llm_tool_call 100",
                                 "function_handler 200", "llm_inference 150", "output_transport 100"));
}

TEST_F(UserBotLatency, IsMeasuredOnceASilence) {
  UserSpeaks();
  BotSpeaks(300);
  BotSpeaks(300);

  EXPECT_THAT(measured, ElementsAre(500));
}

TEST_F(UserBotLatency, CountsFromTheLastSilence) {
  UserSpeaks();
  rig.Wait(milliseconds(400));
  UserSpeaks();
  BotSpeaks(300);

  EXPECT_THAT(measured, ElementsAre(500));
}

TEST_F(UserBotLatency, AnAnswerThatIsBegunAgainIsMeasuredAnew) {
  UserSpeaks();
  After<LLMFullResponseStartFrame>(100);
  After<LLMTextFrame>(100, "Well");
  After<InterruptionFrame>(50);
  After<LLMFullResponseStartFrame>(50);
  After<LLMTextFrame>(100, "Yes.");
  BotSpeaks(100);

  EXPECT_THAT(parts, ElementsAre("endpointing_wait 200", "turn_detection 300", "llm_inference 100",
                                 "output_transport 100"));
}

TEST_F(UserBotLatency, OfAGreetingCountsFromTheClientsConnection) {
  After<ClientConnectedFrame>(500);
  After<LLMFullResponseStartFrame>(20);
  After<LLMTextFrame>(300, "Hello!");
  BotSpeaks(100);

  EXPECT_THAT(measured, IsEmpty());
  EXPECT_THAT(greetings, ElementsAre(420));
  EXPECT_THAT(parts, ElementsAre("first_request 20", "llm_inference 300", "output_transport 100"));
}

TEST_F(UserBotLatency, ThereIsNoneWithoutAVoiceDetectorOrAfterTheUserSpokeFirst) {
  After<ClientConnectedFrame>(0);
  After<TranscriptionFrame>(100, "Typed.", "", "");
  BotSpeaks(100);

  EXPECT_THAT(measured, IsEmpty());
  EXPECT_THAT(greetings, IsEmpty());
}

}  // namespace
}  // namespace repartee
