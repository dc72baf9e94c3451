// What extended mode repairs in the traces of Pipecat, and what its own mode keeps.
#include <gmock/gmock.h>

#include "repartee/frames/function_call_frames.h"
#include "repartee/tracing/services_for_test.h"
#include "repartee/tracing/traced_llm.h"
#include "repartee/tracing/traced_stt.h"
#include "repartee/tracing/traced_task_for_test.h"
#include "repartee/tracing/traced_tts.h"

namespace repartee {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::Contains;
using ::testing::ElementsAre;
using testing::kMessages;
using testing::kNoTools;
using testing::kPipecat;
using testing::Llm;
using ::testing::Not;
using testing::Shown;
using testing::Stt;
using testing::TracedTask;
using testing::Tts;

std::vector<std::string> EventNames(const otel::SpanData& span) {
  std::vector<std::string> names;
  for (const auto& event : span.events) names.emplace_back(event.name);
  return names;
}

// The bot answers, then nothing happens until the turn is over.
void FirstTurn(TracedTask& task) {
  task.UserStarts();
  task.UserFallsSilent();
  task.BotSpeaks(milliseconds(200));
  task.rig->Wait(seconds(3));
}

TEST(Repairs, SpeechOfTheBotBetweenTurnsHasATurnOfItsOwn) {
  TracedTask task;
  FirstTurn(task);
  task.Push<TTSSpeakFrame>("Still here?");
  TracedTts(task.context(), Tts()).End();
  task.BotSpeaks(milliseconds(200));
  task.rig->Wait(seconds(3));
  task.Finish();

  EXPECT_THAT(task.Tree(), ElementsAre("turn-1 < conversation", "tts_cartesiattsservice < turn-2",
                                       "turn-2 < conversation", "conversation"));
  EXPECT_EQ(Shown(task.Find("turn-2"), "turn.trigger"), "\"bot\"");
  EXPECT_EQ(Shown(task.Find("turn-2"), "turn.end_reason"), "\"timeout\"");
}

TEST(Repairs, AGoodbyeAfterTheEndWasAskedForOpensNoTurn) {
  TracedTask task;
  FirstTurn(task);
  task.output.holds_end = true;
  task.rig->task().StopWhenDone();
  task.rig->Wait(Nanos(0));
  task.BotSpeaks(milliseconds(200));
  task.output.LetEnd();
  task.rig->Run();

  EXPECT_THAT(task.Tree(), ElementsAre("turn-1 < conversation", "conversation"));
}

TEST(PipecatMode, GivesSpeechBetweenTurnsNoTurn) {
  TracedTask task(kPipecat);
  FirstTurn(task);
  task.Push<TTSSpeakFrame>("Still here?");
  task.BotSpeaks(milliseconds(200));
  task.Finish();

  EXPECT_THAT(task.Tree(), ElementsAre("turn < conversation", "conversation"));
}

TEST(Repairs, AnInterruptedAnswerTellsWhatItMayHaveCost) {
  TracedTask task;
  {
    TracedLlm llm(task.context(), Llm(), {kMessages, kNoTools});
    llm.Text("Once upon a time");
  }

  const otel::SpanData* span = task.Find("llm_openaillmservice");
  EXPECT_EQ(Shown(span, "llm.interrupted"), "true");
  EXPECT_EQ(Shown(span, "llm.usage_estimated"), "true");
  EXPECT_EQ(Shown(span, "gen_ai.usage.output_tokens"), "4");
}

TEST(Repairs, UsageThatTheVendorToldIsNotEstimated) {
  TracedTask task;
  {
    TracedLlm llm(task.context(), Llm(), {kMessages, kNoTools});
    LLMTokenUsage usage;
    usage.completion_tokens = 9;
    llm.Usage(usage);
  }

  EXPECT_EQ(Shown(task.Find("llm_openaillmservice"), "llm.usage_estimated"), "-");
  EXPECT_EQ(Shown(task.Find("llm_openaillmservice"), "gen_ai.usage.output_tokens"), "9");
}

TEST(Repairs, WordsOfACutAnswerThatNobodySpeaksHaveNoSpan) {
  TracedTask task;
  TracedTtsContexts contexts(task.context());
  contexts.Cut(Tts(), "", "Well let me", false);
  EXPECT_EQ(task.Find("tts_cartesiattsservice"), nullptr);
}

TEST(PipecatMode, ShowsTheWordsOfACutAnswerAsSpoken) {
  TracedTask task(kPipecat);
  TracedTtsContexts contexts(task.context());
  contexts.Cut(Tts(), "", "Well let me", false);

  EXPECT_EQ(Shown(task.Find("tts"), "text"), "\"Well let me\"");
  EXPECT_EQ(Shown(task.Find("tts"), "metrics.ttfb"), "-");
  EXPECT_EQ(Shown(task.Find("tts"), "tts.interrupted"), "-");

  contexts.Cut(Tts(), "", "And then", true);
  EXPECT_EQ(Shown(task.Find("tts"), "tts.interrupted"), "true");
  EXPECT_EQ(Shown(task.Find("tts"), "metrics.ttfb"), "0");

  contexts.Open(Tts(), {.context_id = "a"});
  contexts.Find("a")->Text("One.");
  contexts.Cut(Tts(), "a", "Two", true);
  contexts.Interrupted("a");
  EXPECT_EQ(Shown(task.Find("tts"), "text"), "\"One. Two\"");
}

TEST(Repairs, LaterAnswersTellTheirOwnTimeToTheFirstByte) {
  PipelineTaskOptions options = TracedTask::Options();
  options.params.report_only_initial_ttfb = true;
  TracedTask task({}, options);
  TracedLlm first(task.context(), Llm(), {kMessages, kNoTools});
  first.FirstChunk(0.1);
  first.End();
  TracedLlm second(task.context(), Llm(), {kMessages, kNoTools});
  task.rig->Wait(milliseconds(250));
  second.FirstChunk(std::nullopt);
  second.End();

  EXPECT_EQ(Shown(task.Find("llm_openaillmservice"), "metrics.ttfb"), "0.25");
  EXPECT_THAT(EventNames(*task.Find("llm_openaillmservice")), ElementsAre("llm.first_token"));
}

TEST(Repairs, AFailedAnswerEndsItsTurnAndTheNextWordsOpenOne) {
  TracedTask task;
  task.UserStarts();
  task.UserFallsSilent();
  TracedLlm(task.context(), Llm(), {kMessages, kNoTools}).Fail("invalid_request", "no such model");
  EXPECT_EQ(Shown(task.Find("turn-1"), "turn.end_reason"), "\"error\"");
  EXPECT_EQ(Shown(task.Find("turn-1"), "turn.was_interrupted"), "false");

  task.UserStarts();
  TracedTts(task.context(), Tts()).End();
  EXPECT_THAT(task.Tree(), Contains("llm_openaillmservice < turn-1"));
  EXPECT_EQ(task.Find("tts_cartesiattsservice")->parent_span_id, task.context()->turn().current().span_id);
}

TEST(Repairs, AnAnswerThatFailsWhenSomeOfItWasHeardLeavesItsTurnOpen) {
  TracedTask task;
  task.UserStarts();
  TracedLlm llm(task.context(), Llm(), {kMessages, kNoTools});
  llm.Text("The capital");
  llm.Fail("connectivity", "the stream broke");

  EXPECT_EQ(task.Find("turn-1"), nullptr);
}

TEST(PipecatMode, LetsTheTurnOfAFailedAnswerRunOn) {
  TracedTask task(kPipecat);
  task.UserStarts();
  TracedLlm(task.context(), Llm(), {kMessages, kNoTools}).Fail("invalid_request", "no such model");

  EXPECT_EQ(task.Find("turn"), nullptr);
}

TEST(Repairs, AToolRunHasASpanWithArgumentsAndResult) {
  TracedTask task;
  task.UserStarts();
  task.Push<FunctionCallInProgressFrame>("get_weather", "call_1", Json{{"city", "Oslo"}});
  task.rig->Wait(milliseconds(200));
  task.Push<FunctionCallResultFrame>("get_weather", "call_1", Json{{"city", "Oslo"}}, Json{{"sky", "clear"}});

  const otel::SpanData* span = task.Find("execute_tool get_weather");
  ASSERT_NE(span, nullptr);
  EXPECT_EQ(span->parent_span_id, task.context()->turn().current().span_id);
  EXPECT_EQ(span->end - span->start, milliseconds(200));
  EXPECT_EQ(Shown(span, "gen_ai.tool.call.id"), "\"call_1\"");
  EXPECT_EQ(Shown(span, "gen_ai.tool.call.arguments"), R"("{\"city\": \"Oslo\"}")");
  EXPECT_EQ(Shown(span, "gen_ai.tool.call.result"), R"("{\"sky\": \"clear\"}")");
  EXPECT_EQ(Shown(span, "tool.status"), "\"ok\"");
}

TEST(Repairs, AToolThatFailsOrIsCancelledSaysSo) {
  TracedTask task;
  task.Push<FunctionCallInProgressFrame>("a", "call_1", Json::object());
  auto failed = Make<FunctionCallResultFrame>("a", "call_1", Json::object(), Json("sorry"));
  failed->error = "no such city";
  task.rig->Push(std::move(failed));
  task.Push<FunctionCallInProgressFrame>("b", "call_2", Json::object());
  task.Push<FunctionCallCancelFrame>("b", "call_2");
  task.Push<FunctionCallInProgressFrame>("c", "call_3", Json::object());
  task.Finish();

  EXPECT_EQ(task.Find("execute_tool a")->status, otel::SpanStatus::kError);
  EXPECT_EQ(Shown(task.Find("execute_tool a"), "tool.status"), "\"error\"");
  EXPECT_EQ(Shown(task.Find("execute_tool b"), "tool.cancelled"), "true");
  EXPECT_EQ(Shown(task.Find("execute_tool c"), "tool.status"), "\"cancelled\"");
}

TEST(PipecatMode, SeesNoTools) {
  TracedTask task(kPipecat);
  task.Push<FunctionCallInProgressFrame>("a", "call_1", Json::object());
  task.Finish();

  EXPECT_THAT(task.Tree(), ElementsAre("turn < conversation", "conversation"));
}

TEST(Repairs, SecondsOfSpeechLeaveTheSilenceOut) {
  TracedTask task;
  TracedStt stt(task.context());
  task.rig->Wait(seconds(5));
  stt.SpeechStarted(VADUserStartedSpeakingFrame(0.2, ToSeconds(task.wall())));
  task.rig->Wait(milliseconds(800));
  stt.SpeechStopped(VADUserStoppedSpeakingFrame(0.2, ToSeconds(task.wall())));
  stt.AudioSeconds(5.9);
  stt.Transcribed(TranscriptionFrame("Thanks.", "", ""), Stt());
  stt.Finalized();

  const otel::SpanData* span = task.Find("stt_deepgramsttservice");
  EXPECT_EQ(Shown(span, "metrics.audio_seconds"), "5.9");
  const auto* value = otel::FindAttribute(span->attributes, "stt.speech_seconds");
  ASSERT_NE(value, nullptr);
  EXPECT_NEAR(*value->As<double>(), 0.8, 1e-6);
}

TEST(Repairs, BilledCharactersAreThoseThatWereSent) {
  TracedTask task;
  TracedTts tts(task.context(), Tts());
  tts.Text("One. ");
  tts.Text("Two.");
  tts.End();

  EXPECT_EQ(Shown(task.Find("tts_cartesiattsservice"), "metrics.character_count"), "8");
  EXPECT_EQ(Shown(task.Find("tts_cartesiattsservice"), "tts.billed_characters"), "9");
}

TEST(Repairs, VoicesAndInterruptionsAreEventsOfTheTurn) {
  TracedTask task;
  task.UserStarts();
  task.UserFallsSilent();
  task.Push<InterruptionFrame>();
  task.Finish();

  EXPECT_THAT(EventNames(*task.Find("turn-1")), ElementsAre("vad.start", "vad.stop", "interruption"));
}

TEST(Redaction, SeesEveryTextAndItsAnswerGoesOut) {
  TracingParams params;
  params.redact = [](std::string_view attribute, std::string) { return "<" + std::string(attribute) + ">"; };
  TracedTask task(params);
  TracedLlm llm(task.context(), Llm(), {kMessages, kNoTools, "My number is 1234."});
  llm.Text("secret");
  llm.End();
  task.Push<FunctionCallInProgressFrame>("pay", "call_1", Json{{"card", "secret"}});
  task.Push<TranscriptionFrame>("secret", "", "");
  task.Finish();

  for (const otel::SpanPtr& span : task.spans) {
    for (const otel::Attribute& attribute : span->attributes) {
      EXPECT_THAT(otel::ToText(attribute.value), Not(::testing::HasSubstr("secret"))) << attribute.key.view();
      EXPECT_THAT(otel::ToText(attribute.value), Not(::testing::HasSubstr("1234"))) << attribute.key.view();
    }
  }
  EXPECT_EQ(Shown(task.Find("llm_openaillmservice"), "output"), "\"<output>\"");
}

}  // namespace
}  // namespace repartee
