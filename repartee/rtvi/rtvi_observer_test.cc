#include "repartee/rtvi/rtvi_observer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "repartee/rtvi/rtvi_metrics.h"
#include "repartee/rtvi/session_for_test.h"

namespace repartee {
namespace {

using std::chrono::milliseconds;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::RTVISession;

// A voice that tells when each word is spoken: frames as it would push them.
Ref<AggregatedTextFrame> Announce(const char* text) {
  auto announced = Make<AggregatedTextFrame>(text, TextType::kSentence);
  announced->will_be_spoken = true;
  return announced;
}
Ref<AggregatedTextProgressFrame> ProgressOf(const AggregatedTextFrame& announced, const char* said,
                                            const char* left) {
  auto progress = Make<AggregatedTextProgressFrame>(static_cast<std::int64_t>(announced.id()), announced.text,
                                                    TextType::kSentence);
  progress->accumulated_text = said;
  progress->remaining_text = left;
  return progress;
}
Ref<TTSTextFrame> Word(const char* text) { return Make<TTSTextFrame>(text, TextType::kWord); }
Ref<TTSAudioRawFrame> Sound() { return Make<TTSAudioRawFrame>(AudioBuffer::Silence(1280), 16000, 1); }

std::vector<std::string> Statuses(const RTVISession& session) {
  std::vector<std::string> statuses;
  for (const Json& data : session.ToldData("bot-output")) statuses.push_back(data["spoken_status"]);
  return statuses;
}

TEST(RTVIObserver, TellsOfASentenceBeforeItsProgress) {
  RTVISession session;
  const auto sentence = Announce("Good day.");

  // The voice's words reach the client's side ahead of the sound.
  session.tts.Push(sentence);
  session.tts.Push(Word("Good"));
  session.tts.Push(ProgressOf(*sentence, "Good", " day."));
  session.rig->Wait(milliseconds(5));
  EXPECT_THAT(session.ToldTypes(), Not(Contains("bot-output")));
  session.tts.Push(Sound());
  session.tts.Push(Word("day."));
  session.tts.Push(ProgressOf(*sentence, "Good day.", ""));
  session.rig->Wait(milliseconds(100));

  EXPECT_THAT(session.ToldTypes(), ElementsAre("bot-started-speaking", "bot-output", "bot-tts-text",
                                               "bot-output", "bot-tts-text", "bot-output"));
  EXPECT_THAT(Statuses(session), ElementsAre("new", "in-progress", "completed"));
}

TEST(RTVIObserver, ForgetsHeldWordsAtAnInterruption) {
  RTVISession session;
  session.tts.Push(Announce("Never heard."));
  session.rig->Wait(milliseconds(5));
  session.aggregators.user->BroadcastInterruption();
  session.rig->Wait(milliseconds(5));
  session.tts.Push(Sound());
  session.rig->Wait(milliseconds(100));

  EXPECT_THAT(session.ToldData("bot-output"), IsEmpty());
  EXPECT_THAT(session.ToldTypes(), ElementsAre("bot-interrupted", "bot-started-speaking"));
}

TEST(RTVIObserver, TellsOldClientsWhatWasSpokenInTheirForm) {
  RTVISession session;
  session.Say("client-ready", Json{{"version", "1.1.0"}});
  session.Speak("hello");
  session.rig->Wait(milliseconds(1000));

  const auto outputs = session.ToldData("bot-output");
  ASSERT_EQ(outputs.size(), 4U);
  EXPECT_EQ(outputs[0], Json({{"text", "Hello there."}, {"spoken", false}, {"aggregated_by", "sentence"}}));
  EXPECT_EQ(outputs[1]["spoken"], true);
}

TEST(RTVIObserver, SaysNothingOfWhatIsSwitchedOff) {
  RTVIObserverParams params;
  params.bot_output_enabled = params.bot_llm_enabled = params.bot_tts_enabled = false;
  params.bot_speaking_enabled = params.user_llm_enabled = params.user_speaking_enabled = false;
  params.user_transcription_enabled = params.user_input_enabled = params.metrics_enabled = false;
  RTVISession session(params);

  session.Speak("hello");
  session.rig->Wait(milliseconds(1000));

  EXPECT_THAT(session.output.messages, IsEmpty());
}

TEST(RTVIObserver, NamesNoFunctionUnlessAskedTo) {
  RTVISession session;
  session.Speak("weather please");
  session.rig->Wait(milliseconds(100));

  EXPECT_THAT(session.ToldData("llm-function-call-started"), ElementsAre(Json::object()));
  EXPECT_THAT(session.ToldData("llm-function-call-in-progress"),
              ElementsAre(Json{{"tool_call_id", "call_1"}}));
  EXPECT_THAT(session.ToldData("llm-function-call-stopped"),
              ElementsAre(Json{{"tool_call_id", "call_1"}, {"cancelled", false}}));
}

TEST(RTVIObserver, HidesAFunctionThatIsDisabled) {
  RTVIObserverParams params;
  params.function_call_report_level["get_weather"] = RTVIFunctionCallReportLevel::kDisabled;
  RTVISession session(params);
  session.Speak("weather please");
  session.rig->Wait(milliseconds(100));

  EXPECT_THAT(session.ToldTypes(), Not(Contains(::testing::StartsWith("llm-function-call"))));
}

TEST(RTVIObserver, GivesRawTextToNewClientsAlone) {
  RTVIObserverParams params;
  params.stt_raw_text_enabled = params.llm_raw_text_enabled = params.tts_raw_text_enabled = true;
  RTVISession session(params);
  session.Say("client-ready", Json{{"version", "2.1.0"}});
  session.Speak("hello");
  session.rig->Wait(milliseconds(1000));

  EXPECT_THAT(session.ToldTypes(), Not(Contains(::testing::HasSubstr("raw-text"))));
}

TEST(RTVIObserver, PutsACutSentenceIntoNoLaterTranscription) {
  RTVISession session;
  session.llm.Push(Make<LLMFullResponseStartFrame>());
  session.llm.Push(Make<LLMTextFrame>("There is one at half"));
  session.rig->Wait(milliseconds(5));
  session.aggregators.user->BroadcastInterruption();
  session.llm.Push(Make<LLMFullResponseEndFrame>());
  session.rig->Wait(milliseconds(5));
  session.llm.Push(Make<LLMFullResponseStartFrame>());
  session.llm.Push(Make<LLMTextFrame>("Yes"));
  session.llm.Push(Make<LLMFullResponseEndFrame>());
  session.rig->Wait(milliseconds(5));

  EXPECT_THAT(session.ToldData("bot-transcription"), ElementsAre(Json{{"text", "Yes"}}));
}

TEST(RTVIMetrics, HasAListForEachKind) {
  MetricsData ttfb{"LLM#0", "m", TTFBMetricsData{0.5}};
  LLMTokenUsage tokens;
  tokens.prompt_tokens = 3;
  tokens.completion_tokens = 4;
  tokens.total_tokens = 7;
  MetricsData usage{"LLM#0", "m", LLMUsageMetricsData{tokens}};
  MetricsData characters{"TTS#0", std::nullopt, TTSUsageMetricsData{12}};
  MetricsData heard{"STT#0", std::nullopt, STTUsageMetricsData{1.5}};
  MetricsData turn{"STT#0", std::nullopt, TurnMetricsData{}};

  EXPECT_EQ(
      ToRTVIMetrics(*Make<MetricsFrame>(std::vector<MetricsData>{ttfb, usage, characters, heard, turn})),
      Json::parse(R"({"ttfb":[{"processor":"LLM#0","model":"m","value":0.5}],
                            "tokens":[{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7}],
                            "characters":[{"processor":"TTS#0","value":12}],
                            "stt_usage":[{"processor":"STT#0","value":{"audio_seconds":1.5}}]})"));
  EXPECT_EQ(ToRTVIMetrics(*Make<MetricsFrame>(std::vector<MetricsData>{turn})), Json::object());
}

}  // namespace
}  // namespace repartee
