#include <gmock/gmock.h>

#include "repartee/frames/lifecycle_frames.h"
#include "repartee/tracing/traced_llm.h"
#include "repartee/tracing/traced_stt.h"
#include "repartee/tracing/traced_task_for_test.h"
#include "repartee/tracing/traced_tts.h"

namespace repartee {
namespace {

using std::chrono::milliseconds;
using ::testing::IsEmpty;
using testing::Shown;
using ::testing::SizeIs;
using testing::TracedTask;

const TracingParams kPipecat{.mode = TracingMode::kPipecat};
const Json kNone;
const Json kNoSettings = Json::object();
const Json kMessages =
    Json::parse(R"([{"role": "system", "content": "Be terse."}, {"role": "user", "content": "Hi."}])");

TracedService Stt() { return {"DeepgramSTTService", "nova", kNoSettings}; }
TracedService Llm(const Json& settings = kNoSettings) { return {"OpenAILLMService", "gpt-4.1", settings}; }
TracedService Tts() { return {"CartesiaTTSService", "sonic", kNoSettings}; }
TranscriptionFrame Transcript(std::string text, bool finalized = false) {
  TranscriptionFrame frame(std::move(text), "", "");
  frame.finalized = finalized;
  return frame;
}

class TracedServices : public ::testing::Test {
 protected:
  void Hear(TracedStt& stt) { stt.SpeechStarted(VADUserStartedSpeakingFrame(0.2, ToSeconds(task.wall()))); }
  TracedTask task;
};

// ---------------------------------------------------------------- stt

TEST_F(TracedServices, AnSttSpanBeginsWhereTheSpeechBegan) {
  TracedStt stt(task.context());
  const Nanos sure = task.wall();
  Hear(stt);
  task.rig->Wait(milliseconds(900));
  stt.Transcribed(Transcript("Hello.", true), Stt());
  stt.Finalized();

  const otel::SpanData* span = task.Find("stt_deepgramsttservice");
  ASSERT_NE(span, nullptr);
  EXPECT_NEAR(ToSeconds(sure - span->start), 0.2, 1e-6);
  EXPECT_EQ(span->end, sure + milliseconds(900));
  EXPECT_EQ(Shown(span, "vad_enabled"), "true");
  EXPECT_EQ(Shown(span, "service.class"), "\"DeepgramSTTService\"");
}

TEST_F(TracedServices, ACoughDoesNotStretchTheNextSttSpan) {
  TracedStt stt(task.context());
  Hear(stt);
  task.rig->Wait(std::chrono::seconds(30));
  Hear(stt);
  stt.Transcribed(Transcript("Hello.", true), Stt());
  stt.Finalized();

  EXPECT_NEAR(ToSeconds(task.wall() - task.Find("stt_deepgramsttservice")->start), 0.2, 1e-6);
}

TEST_F(TracedServices, AnSttSpanJoinsSegmentsAndTakesRepeatedOnesOnce) {
  TracedStt stt(task.context());
  stt.Transcribed(Transcript("I want"), Stt());
  stt.Transcribed(Transcript("I want to fly"), Stt());
  stt.Transcribed(Transcript("to London."), Stt());
  stt.AudioSeconds(0.9);
  stt.AudioSeconds(0.5);
  stt.Finalized();

  EXPECT_EQ(Shown(task.Find("stt_deepgramsttservice"), "transcript"), "\"I want to fly to London.\"");
  EXPECT_EQ(Shown(task.Find("stt_deepgramsttservice"), "metrics.audio_seconds"), "1.4");
}

TEST_F(TracedServices, TheUsersTurnEndsAnSttSpanWithItsLastTranscript) {
  TracedStt stt(task.context());
  stt.Transcribed(Transcript("Well"), Stt());
  const Nanos said = task.wall();
  task.rig->Wait(milliseconds(400));
  stt.UserStopped(true);
  EXPECT_EQ(task.Find("stt_deepgramsttservice")->end, said);
  EXPECT_EQ(Shown(task.Find("stt_deepgramsttservice"), "stt.incomplete"), "-");

  stt.Transcribed(Transcript("Well"), Stt());
  task.rig->Wait(milliseconds(400));
  stt.UserStopped(false);
  EXPECT_EQ(task.Find("stt_deepgramsttservice")->end, task.wall());
  EXPECT_EQ(Shown(task.Find("stt_deepgramsttservice"), "stt.incomplete"), "true");
}

TEST_F(TracedServices, SpeechWithoutWordsHasNoSttSpan) {
  TracedStt stt(task.context());
  Hear(stt);
  stt.UserStopped(true);
  stt.TimedOut();
  stt.Finalized();

  EXPECT_THAT(task.spans, IsEmpty());
}

TEST_F(TracedServices, WorkDoneBeforeTheTranscriptCountsForItsSpan) {
  TracedStt stt(task.context());
  stt.AudioSeconds(1.5);
  stt.Processing(0.25);
  stt.Transcribed(Transcript("Hello.", true), Stt());
  stt.Ttfb(0.28);
  stt.Finalized();

  const otel::SpanData* span = task.Find("stt_deepgramsttservice");
  EXPECT_EQ(Shown(span, "metrics.audio_seconds"), "1.5");
  EXPECT_EQ(Shown(span, "metrics.processing"), "0.25");
  EXPECT_EQ(Shown(span, "metrics.processing_ms"), "250");
  EXPECT_EQ(Shown(span, "metrics.ttfb"), "0.28");
  EXPECT_EQ(Shown(span, "metrics.ttfb_ms"), "280");
}

// ---------------------------------------------------------------- llm

TEST_F(TracedServices, AnLlmSpanKeepsTheMessagesAsTheyWere) {
  Json messages = kMessages;
  TracedLlm llm(task.context(), Llm(), {messages, kNone});
  messages.push_back({{"role", "assistant"}, {"content", "Later."}});
  llm.Text("Hel");
  llm.Text("lo.");
  llm.End();

  const otel::SpanData* span = task.Find("llm_openaillmservice");
  EXPECT_EQ(otel::FindAttribute(span->attributes, "input")->As<std::string>()->find("Later"),
            std::string::npos);
  EXPECT_EQ(Shown(span, "gen_ai.system_instructions"), "\"Be terse.\"");
  EXPECT_EQ(Shown(span, "output"), "\"Hello.\"");
  EXPECT_EQ(Shown(span, "metrics.ttfb"), "-");
  EXPECT_EQ(Shown(span, "llm.interrupted"), "-");
}

TEST_F(TracedServices, ASystemMessageOfTheContextStaysInTheInputWhateverTheServiceIsInstructed) {
  for (const char* instruction : {"", "Be terse.", "Be nice."}) {
    TracedLlm(task.context(), Llm(), {kMessages, kNone, instruction}).End();

    const otel::SpanData* span = task.Find("llm_openaillmservice");
    EXPECT_EQ(*otel::FindAttribute(span->attributes, "input")->As<std::string>(),
              R"([{"role": "system", "content": "Be terse."}, {"role": "user", "content": "Hi."}])");
    EXPECT_EQ(Shown(span, "gen_ai.system_instructions"),
              instruction == std::string_view("Be nice.") ? "\"Be nice.\"" : "\"Be terse.\"");
  }
}

TEST_F(TracedServices, APictureInTheContextIsAMarkInTheInput) {
  const Json messages = Json::parse(
      R"([{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}]}])");
  TracedLlm(task.context(), Llm(), {messages, kNone}).End();

  EXPECT_EQ(
      *otel::FindAttribute(task.Find("llm_openaillmservice")->attributes, "input")->As<std::string>(),
      R"([{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:image/..."}}]}])");
}

TEST_F(TracedServices, AnLlmSpanThatIsDestroyedWasInterrupted) {
  {
    TracedLlm llm(task.context(), Llm(), {kMessages, kNone});
    llm.Text("Once upon");
  }
  const otel::SpanData* span = task.Find("llm_openaillmservice");
  EXPECT_EQ(Shown(span, "llm.interrupted"), "true");
  EXPECT_EQ(Shown(span, "output"), "\"Once upon\"");
  EXPECT_EQ(span->status, otel::SpanStatus::kUnset);
}

TEST_F(TracedServices, AFailureIsOnTheSpanWithItsKind) {
  TracedLlm(task.context(), Llm(), {kMessages, kNone}).Fail("rate_limit", "openai: 429");

  const otel::SpanData* span = task.Find("llm_openaillmservice");
  EXPECT_EQ(span->status, otel::SpanStatus::kError);
  EXPECT_EQ(span->status_description, "rate_limit: openai: 429");
  EXPECT_EQ(Shown(span, "error.type"), "\"rate_limit\"");
  ASSERT_THAT(span->events, SizeIs(1));
  EXPECT_EQ(span->events[0].name, "exception");
}

TEST_F(TracedServices, SettingsAreRequestParametersOrOthers) {
  const Json settings =
      Json::parse(R"({"model": "gpt-4.1", "temperature": 0.2, "seed": 7, "stop": ["x"], "tier": "a"})");
  TracedLlm(task.context(), Llm(settings), {kMessages, kNone}).End();

  const otel::SpanData* span = task.Find("llm_openaillmservice");
  EXPECT_EQ(Shown(span, "gen_ai.request.temperature"), "0.2");
  EXPECT_EQ(Shown(span, "gen_ai.request.seed"), "7");
  EXPECT_EQ(Shown(span, "gen_ai.request.top_k"), "-");
  EXPECT_EQ(Shown(span, "param.tier"), "\"a\"");
  EXPECT_EQ(Shown(span, "param.stop"), "-");
}

TEST_F(TracedServices, FurtherSettingsAreShownBesideTheOthersAndWhatIsGivenAsNothingInPipecatModeAlone) {
  const Json settings = Json::parse(
      R"({"model": "m", "temperature": null, "extra": {"user": "u", "seed": 7, "stop": ["x"], "top_k": null}})");
  TracedLlm(task.context(), Llm(settings), {kMessages, kNone}).End();
  TracedTts(task.context(), {"CartesiaTTSService", "sonic", settings}).End();

  EXPECT_EQ(Shown(task.Find("llm_openaillmservice"), "param.user"), "\"u\"");
  EXPECT_EQ(Shown(task.Find("llm_openaillmservice"), "gen_ai.request.seed"), "7");
  EXPECT_EQ(Shown(task.Find("llm_openaillmservice"), "gen_ai.request.temperature"), "-");
  EXPECT_EQ(Shown(task.Find("tts_cartesiattsservice"), "settings.user"), "\"u\"");

  TracedTask pipecat(kPipecat);
  TracedLlm(pipecat.context(), Llm(settings), {kMessages, kNone}).End();
  EXPECT_EQ(Shown(pipecat.Find("llm"), "gen_ai.request.temperature"), "\"NOT_GIVEN\"");
  EXPECT_EQ(Shown(pipecat.Find("llm"), "gen_ai.request.top_k"), "\"NOT_GIVEN\"");
  EXPECT_EQ(Shown(pipecat.Find("llm"), "param.stop"), "-");
}

TEST_F(TracedServices, ToolCallsLoseTheirEmptyContentInTheInput) {
  const Json messages = Json::parse(R"([{"role": "assistant", "content": null, "tool_calls": []}])");
  const Json tools = Json::parse(R"([{"type": "function"}])");
  TracedLlm(task.context(), Llm(), {messages, tools}).End();

  const otel::SpanData* span = task.Find("llm_openaillmservice");
  EXPECT_EQ(*otel::FindAttribute(span->attributes, "input")->As<std::string>(),
            R"([{"role": "assistant", "tool_calls": []}])");
  EXPECT_EQ(Shown(span, "tool_count"), "1");
}

TEST(CapturedContent, CanBeWhatIsNewOrNothing) {
  const Json messages = Json::parse(
      R"([{"role": "user", "content": "one"}, {"role": "assistant", "content": "two"}, {"role": "user", "content": "three"}])");
  for (const auto& [capture, shown] :
       {std::pair(CaptureContent::kLast, R"("[{\"role\": \"user\", \"content\": \"three\"}]")"),
        std::pair(CaptureContent::kNone, "-")}) {
    TracedTask task({.capture_content = capture});
    TracedLlm llm(task.context(), Llm(), {messages, kNone});
    llm.Text("four");
    llm.End();
    EXPECT_EQ(Shown(task.Find("llm_openaillmservice"), "input"), shown);
    EXPECT_EQ(Shown(task.Find("llm_openaillmservice"), "output"),
              capture == CaptureContent::kNone ? "-" : "\"four\"");
  }
}

TEST(PipecatMode, MakesUpATimeToFirstByteAndShowsTheModelOfTheAnswerBefore) {
  TracedTask task(kPipecat);
  {
    TracedLlm llm(task.context(), Llm(), {kMessages, kNone});
    llm.Ttfb(0.1);
    llm.ResponseModel("gpt-4.1-2025-04-14");
    llm.End();
    EXPECT_EQ(Shown(task.Find("llm"), "gen_ai.request.model"), "\"gpt-4.1\"");
    EXPECT_EQ(Shown(task.Find("llm"), "gen_ai.request.top_k"), "\"NOT_GIVEN\"");
    EXPECT_EQ(Shown(task.Find("llm"), "metrics.ttfb_ms"), "-");
  }
  {
    TracedLlm llm(task.context(), Llm(), {kMessages, kNone});
    task.rig->Wait(milliseconds(500));
  }
  EXPECT_EQ(Shown(task.Find("llm"), "gen_ai.request.model"), "\"gpt-4.1-2025-04-14\"");
  EXPECT_EQ(Shown(task.Find("llm"), "metrics.ttfb"), "0.5");
  EXPECT_EQ(Shown(task.Find("llm"), "llm.interrupted"), "-");
}

TEST(PipecatMode, RepeatsTheFirstTimeToFirstByteWhereNoOtherIsMeasured) {
  PipelineTaskOptions options = TracedTask::Options();
  options.params.report_only_initial_ttfb = true;
  TracedTask task(kPipecat, options);
  TracedLlm first(task.context(), Llm(), {kMessages, kNone});
  first.Ttfb(0.1);
  first.End();
  TracedLlm(task.context(), Llm(), {kMessages, kNone}).End();

  EXPECT_EQ(Shown(task.Find("llm"), "metrics.ttfb"), "0.1");
}

// ---------------------------------------------------------------- tts

TEST_F(TracedServices, ATtsSpanJoinsSentencesAndCountsTheirCharacters) {
  TracedTts tts(task.context(), Tts());
  tts.Text("Füße.");
  tts.Text("Two.");
  tts.Ttfb(0.09);
  tts.End();

  const otel::SpanData* span = task.Find("tts_cartesiattsservice");
  EXPECT_EQ(Shown(span, "text"), "\"Füße. Two.\"");
  EXPECT_EQ(Shown(span, "metrics.character_count"), "9");
  EXPECT_EQ(Shown(span, "voice_id"), "\"unknown\"");
}

TEST_F(TracedServices, ATtsFailureIsAnErrorAndInPipecatModeAnInterruption) {
  TracedTts(task.context(), Tts()).Fail("server", "cartesia: 500");
  EXPECT_EQ(task.Find("tts_cartesiattsservice")->status, otel::SpanStatus::kError);
  EXPECT_EQ(Shown(task.Find("tts_cartesiattsservice"), "tts.interrupted"), "-");

  TracedTask pipecat(kPipecat);
  TracedTts(pipecat.context(), Tts()).Fail("server", "cartesia: 500");
  EXPECT_EQ(pipecat.Find("tts")->status, otel::SpanStatus::kUnset);
  EXPECT_EQ(Shown(pipecat.Find("tts"), "tts.interrupted"), "true");
}

TEST_F(TracedServices, ADroppedTtsContextIsInterruptedAndInPipecatModeLost) {
  {
    const TracedTts tts(task.context(), Tts());
  }
  EXPECT_EQ(Shown(task.Find("tts_cartesiattsservice"), "tts.interrupted"), "true");

  TracedTask pipecat(kPipecat);
  {
    const TracedTts tts(pipecat.context(), Tts());
  }
  EXPECT_EQ(pipecat.Find("tts"), nullptr);
}

TEST(PipecatMode, MarksTheContextThatWasPlayedAndLosesThoseBehindIt) {
  TracedTask task(kPipecat);
  TracedTtsContexts contexts(task.context());
  contexts.Open(Tts(), {.context_id = "a"});
  contexts.Open(Tts(), {.context_id = "b"});
  contexts.Interrupted("a");
  EXPECT_EQ(Shown(task.Find("tts"), "tts.interrupted"), "true");
  contexts.Open(Tts(), {.context_id = "c"});
  contexts.Open(Tts(), {.context_id = "d"});
  contexts.Find("d")->End();
  contexts.Interrupted("c");
  task.rig.reset();

  EXPECT_THAT(task.Tree(),
              ::testing::ElementsAre("tts < turn", "tts < turn", "turn < conversation", "conversation"));
}

TEST(PipecatMode, HasOneMeasurementForAllThatWaitsToBeSpoken) {
  TracedTask task(kPipecat);
  TracedTtsContexts contexts(task.context());
  contexts.Open(Tts(), {.context_id = "first"});
  task.rig->Wait(milliseconds(90));
  contexts.Find("first")->Ttfb(0.09);
  contexts.Open(Tts(), {.context_id = "behind"});
  contexts.Find("first")->End();
  EXPECT_EQ(Shown(task.Find("tts"), "metrics.ttfb"), "0.09");
  task.rig->Wait(milliseconds(200));
  contexts.Find("behind")->Ttfb(0.2);
  contexts.Find("behind")->End();
  EXPECT_EQ(Shown(task.Find("tts"), "metrics.ttfb"), "-");

  contexts.Open(Tts(), {.context_id = "third"});
  task.rig->Wait(milliseconds(50));
  contexts.Open(Tts(), {.context_id = "fourth"});
  task.rig->Wait(milliseconds(30));
  contexts.Find("third")->Ttfb(0.08);
  contexts.Find("third")->End();
  EXPECT_EQ(Shown(task.Find("tts"), "metrics.ttfb"), "0.03");
}

TEST(PipecatMode, LosesTheWordsThatComeBehindTheEnd) {
  TracedTask task(kPipecat);
  task.output.holds_end = true;
  task.Push<EndFrame>();
  TracedStt stt(task.context());
  stt.Transcribed(Transcript("Too late.", true), Stt());
  stt.Finalized();
  TracedLlm(task.context(), Llm(), {kMessages, kNone}).End();
  TracedTtsContexts(task.context()).Open(Tts(), {.context_id = "a"});
  task.output.LetEnd();
  task.rig.reset();

  EXPECT_THAT(task.Tree(), ::testing::ElementsAre("turn < conversation", "conversation"));
}

TEST(PipecatMode, MeasuresNoFirstByteOfAnAnswerThatNobodyHears) {
  TracedTask task(kPipecat);
  task.context()->NoteUnheardAnswer();
  TracedTts tts(task.context(), Tts());
  tts.Ttfb(0.09);
  tts.End();

  EXPECT_EQ(Shown(task.Find("tts"), "metrics.ttfb"), "-");
}

TEST_F(TracedServices, AScopeThatOutlivesItsTaskDoesNothing) {
  TracedStt stt(task.context());
  task.rig.reset();
  const std::size_t before = task.spans.size();
  stt.Transcribed(Transcript("Too late.", true), Stt());
  stt.Finalized();

  EXPECT_THAT(task.spans, SizeIs(before));
}

TEST(SpanNames, CanBePipecatsInExtendedMode) {
  TracedTask task({.span_names = SpanNames::kPipecat});
  TracedTts(task.context(), Tts()).End();
  task.Finish();

  EXPECT_NE(task.Find("tts"), nullptr);
  EXPECT_NE(task.Find("turn"), nullptr);
}

}  // namespace
}  // namespace repartee
