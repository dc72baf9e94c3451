#include "repartee/rtvi/rtvi_observer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "repartee/base/log.h"
#include "repartee/frames/audio_frames.h"
#include "repartee/frames/function_call_frames.h"
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
  MetricsData later{"LLM#0", "m", TTFBMetricsData{1}};

  EXPECT_EQ(Json::parse(ToRTVIMetrics(*Make<MetricsFrame>(std::vector<MetricsData>{ttfb, usage, characters,
                                                                                   heard, turn, later}))
                            .text()),
            Json::parse(R"({"ttfb":[{"processor":"LLM#0","model":"m","value":0.5},
                                    {"processor":"LLM#0","model":"m","value":1.0}],
                            "tokens":[{"prompt_tokens":3,"completion_tokens":4,"total_tokens":7}],
                            "characters":[{"processor":"TTS#0","value":12}],
                            "stt_usage":[{"processor":"STT#0","value":{"audio_seconds":1.5}}]})"));
  EXPECT_EQ(ToRTVIMetrics(*Make<MetricsFrame>(std::vector<MetricsData>{turn})).text(), "{}");
}

TEST(RTVIObserver, TellsHowLoudBothSidesAreIfAskedTo) {
  RTVIObserverParams params;
  params.user_audio_level_enabled = params.bot_audio_level_enabled = true;
  RTVISession session(params);
  AudioBuffer loud = AudioBuffer::Silence(640);
  for (std::size_t i = 0; i < 320; ++i) loud.writable()[i] = i % 16 < 8 ? 8000 : -8000;
  for (int i = 0; i < 50; ++i) {
    session.input.Push(Make<InputAudioRawFrame>(loud, 16000, 1));
    session.rig->Wait(milliseconds(20));
  }
  session.Speak("hello");
  session.rig->Wait(milliseconds(1000));

  const auto user = session.ToldData("user-audio-level");
  ASSERT_EQ(user.size(), 7U);  // in a second, each 0.15 s
  EXPECT_EQ(user.front()["value"], 0.0);
  EXPECT_GT(user.back()["value"], 0.5);
  const auto bot = session.ToldData("bot-audio-level");
  EXPECT_GE(bot.size(), 3U);
  EXPECT_LE(bot.size(), 6U);  // two sentences of 300 ms, as they are heard
}

TEST(RTVIObserver, TellsOfCallsThatARemoteServiceRuns) {
  RTVIObserverParams params;
  params.function_call_report_level = {{"*", RTVIFunctionCallReportLevel::kFull}};
  RTVISession session(params);
  const ExternalFunctionCall call{"search", "call_1", Json{{"q", "rain"}}};
  session.llm.Push(Make<ExternalFunctionCallsStartedFrame>(std::vector{call}));
  session.llm.Push(Make<ExternalFunctionCallInProgressFrame>(call));
  session.llm.Push(Make<ExternalFunctionCallResultFrame>(call, Json("wet")));
  session.llm.Push(Make<ExternalFunctionCallCancelFrame>("search", "call_2"));
  session.rig->Wait(milliseconds(5));

  EXPECT_THAT(session.ToldTypes(), ElementsAre("llm-function-call-started", "llm-function-call-in-progress",
                                               "llm-function-call-stopped", "llm-function-call-stopped"));
  EXPECT_EQ(
      session.ToldData("llm-function-call-in-progress")[0],
      Json::parse(R"({"tool_call_id": "call_1", "function_name": "search", "arguments": {"q": "rain"}})"));
  EXPECT_EQ(session.ToldData("llm-function-call-stopped")[0]["result"], "wet");
  EXPECT_EQ(session.ToldData("llm-function-call-stopped")[1]["cancelled"], true);
}

TEST(RTVIObserver, TellsOfGroupsOfJobs) {
  RTVISession session;
  session.llm.Push(Make<RTVIUIJobGroupFrame>(Json{{"kind", "group_started"}, {"group_id", "g"}}));
  session.rig->Wait(milliseconds(5));

  EXPECT_THAT(session.ToldData("ui-job-group"),
              ElementsAre(Json::parse(R"({"kind": "group_started", "group_id": "g"})")));
}

TEST(RTVIObserver, TellsOfOtherThingsOnceItIsConfiguredAnew) {
  RTVISession session;
  session.Speak("hello");
  session.rig->Wait(milliseconds(1000));
  const std::size_t told = session.Told().size();
  EXPECT_GT(told, 5U);
  RTVIObserverParams params;
  params.bot_output_enabled = params.bot_llm_enabled = params.bot_tts_enabled = false;
  params.bot_speaking_enabled = params.user_llm_enabled = params.user_speaking_enabled = false;
  params.user_transcription_enabled = params.user_input_enabled = params.metrics_enabled = false;
  params.vad_user_speaking_enabled = true;

  session.llm.Push(Make<RTVIConfigureObserverFrame>(params));
  session.Speak("hello");
  session.rig->Wait(milliseconds(1000));

  const auto types = session.ToldTypes();
  EXPECT_THAT(std::vector(types.begin() + static_cast<std::ptrdiff_t>(told), types.end()),
              ElementsAre("vad-user-started-speaking", "vad-user-stopped-speaking"));
}

TEST(RTVIObserver, TellsWhatIsLoggedOnlyIfAskedTo) {
  RTVISession quiet;
  RTVIObserverParams params;
  params.system_logs_enabled = true;
  RTVISession session(params);
  LogLine(LogLevel::kInfo, "the kettle boils");
  std::thread other([] { LogLine(LogLevel::kInfo, "elsewhere as well"); });
  other.join();
  session.rig->Wait(milliseconds(5));
  quiet.rig->Wait(milliseconds(5));

  EXPECT_THAT(session.ToldData("system-log"),
              ElementsAre(Json{{"text", "the kettle boils"}}, Json{{"text", "elsewhere as well"}}));
  EXPECT_THAT(quiet.ToldData("system-log"), IsEmpty());
}

}  // namespace
}  // namespace repartee
