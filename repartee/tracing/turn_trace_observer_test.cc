#include "repartee/tracing/turn_trace_observer.h"

#include <gmock/gmock.h>

#include "repartee/frames/service_frames.h"
#include "repartee/tracing/traced_task_for_test.h"
#include "repartee/tracing/traced_tts.h"

namespace repartee {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::Shown;
using testing::TracedTask;

const Json kNothing = Json::object();
TracedService Tts() { return {"CartesiaTTSService", "sonic", kNothing}; }

TEST(TurnTraceObserver, EndsTheConversationLastOfAll) {
  TracedTask task;
  task.UserStarts();
  task.BotSpeaks(milliseconds(500));
  task.UserStarts();
  {
    const TracedTts tts(task.context(), Tts());
  }
  task.Finish();

  EXPECT_THAT(task.Tree(), ElementsAre("turn-1 < conversation", "tts_cartesiattsservice < turn-2",
                                       "turn-2 < conversation", "conversation"));
}

TEST(TurnTraceObserver, GivesASpanOpenedByTheFrameThatEndsATurnTheNextOne) {
  TracedTask task;
  task.output.StartSpeaking();
  task.rig->Wait(milliseconds(300));
  task.Push<UserStartedSpeakingFrame>();
  TracedTts(task.context(), Tts()).End();

  EXPECT_EQ(task.Find("tts_cartesiattsservice")->parent_span_id, task.context()->turn().current().span_id);
  EXPECT_EQ(Shown(task.Find("turn-1"), "turn.end_reason"), "\"interrupted\"");
  EXPECT_EQ(Shown(task.Find("turn-1"), "turn.was_interrupted"), "true");
}

TEST(TurnTraceObserver, HangsWhatIsSaidBetweenTurnsBelowTheConversation) {
  TracedTask task;
  task.BotSpeaks(milliseconds(100));
  task.rig->Wait(std::chrono::seconds(3));
  TracedTts(task.context(), Tts()).End();
  task.Finish();

  EXPECT_THAT(task.Tree(),
              ElementsAre("turn-1 < conversation", "tts_cartesiattsservice < conversation", "conversation"));
}

TEST(TurnTraceObserver, EndsATurnThatTimedOutWhereTheBotFellSilent) {
  TracedTask task;
  const Nanos started = task.wall();
  task.BotSpeaks(milliseconds(800));
  const Nanos fell_silent = task.wall();
  task.rig->Wait(std::chrono::seconds(3));

  const otel::SpanData* turn = task.Find("turn-1");
  ASSERT_NE(turn, nullptr);
  EXPECT_EQ(turn->end, fell_silent);
  EXPECT_EQ(Shown(turn, "turn.end_reason"), "\"timeout\"");
  EXPECT_EQ(Shown(turn, "turn.was_interrupted"), "false");
  EXPECT_EQ(Shown(turn, "turn.talk_seconds"), "0.8");
  EXPECT_LT(turn->start, started);
}

TEST(TurnTraceObserver, KeepsPipecatsEndOfATurnThatTimedOut) {
  TracedTask task({.mode = TracingMode::kPipecat});
  task.BotSpeaks(milliseconds(800));
  const Nanos fell_silent = task.wall();
  task.rig->Wait(std::chrono::seconds(3));

  const otel::SpanData* turn = task.Find("turn");
  ASSERT_NE(turn, nullptr);
  EXPECT_EQ(turn->end, fell_silent + milliseconds(2500));
  EXPECT_EQ(Shown(turn, "turn.end_reason"), "-");
}

TEST(TurnTraceObserver, StartsATurnWhereItsVoiceBegan) {
  TracedTask task;
  task.BotSpeaks(milliseconds(300));
  task.rig->Wait(milliseconds(700));
  const Nanos sure = task.wall();
  task.UserStarts();
  task.Finish();

  EXPECT_NEAR(ToSeconds(sure - task.Find("turn-2")->start), 0.2, 1e-6);
}

TEST(TurnTraceObserver, EndsAllThatIsOpenWhenThePipelineIsTornDown) {
  TracedTask task;
  TracedTts tts(task.context(), Tts());
  task.rig.reset();

  EXPECT_THAT(task.Tree(),
              ElementsAre("tts_cartesiattsservice < turn-1", "turn-1 < conversation", "conversation"));
  EXPECT_EQ(Shown(task.Find("tts_cartesiattsservice"), "tts.interrupted"), "true");
  EXPECT_EQ(Shown(task.Find("turn-1"), "turn.ended_by_conversation_end"), "true");
  EXPECT_EQ(Shown(task.Find("turn-1"), "turn.was_interrupted"), "true");
  EXPECT_EQ(Shown(task.Find("turn-1"), "turn.duration_seconds"), "-");
  EXPECT_FALSE(tts.open());
}

TEST(TurnTraceObserver, ACancelledTurnIsInterruptedOnlyIfSomebodySpoke) {
  for (const bool speaking : {false, true}) {
    TracedTask task;
    if (speaking) task.output.StartSpeaking();
    task.rig->Wait(milliseconds(100));
    task.rig->task().Cancel();
    task.rig->Run();

    EXPECT_EQ(Shown(task.Find("turn-1"), "turn.end_reason"), "\"cancel\"");
    EXPECT_EQ(Shown(task.Find("turn-1"), "turn.was_interrupted"), speaking ? "true" : "false");
  }
}

TEST(TurnTraceObserver, ShowsWhatWasSaidInEachTurn) {
  TracedTask task;
  task.UserStarts();
  task.Push<TranscriptionFrame>("What is the capital", "", "");
  task.Push<TranscriptionFrame>("of France?", "", "");
  task.output.StartSpeaking();
  task.rig->Wait(milliseconds(100));
  task.Push<TTSTextFrame>("It is Paris.", TextType::kSentence);
  task.Push<TranscriptionFrame>("Stop.", "", "");  // recognized before it opens its turn
  task.UserStarts();
  task.output.StopSpeaking();
  task.Finish();

  EXPECT_EQ(Shown(task.Find("turn-1"), "langfuse.observation.input"), "\"What is the capital of France?\"");
  EXPECT_EQ(Shown(task.Find("turn-1"), "langfuse.observation.output"), "\"It is Paris.\"");
  EXPECT_EQ(Shown(task.Find("turn-2"), "langfuse.observation.input"), "\"Stop.\"");
  EXPECT_EQ(Shown(task.Find("conversation"), "langfuse.observation.output"), "\"It is Paris.\"");
}

TEST(TurnTraceObserver, SaysNothingOfWhatWasSaidWhenContentIsNotCaptured) {
  TracedTask task({.capture_content = CaptureContent::kNone});
  task.UserStarts();
  task.Push<TranscriptionFrame>("A secret.", "", "");
  task.Finish();

  EXPECT_EQ(Shown(task.Find("turn-1"), "langfuse.observation.input"), "-");
  EXPECT_EQ(Shown(task.Find("conversation"), "langfuse.observation.input"), "-");
}

// A context of which all sound is there, as it comes to the output transport.
class Playback : public ::testing::Test {
 protected:
  Playback() {
    tts = std::make_unique<TracedTts>(task.context(), Tts(), TracedTtsOptions{.context_id = "c-1"});
    tts->Text("It is Paris.");
    tts->Audio(1.5);
    tts->End();
    delivered_at = task.wall();
  }
  const otel::SpanData* Span() { return task.Find("tts_cartesiattsservice"); }

  TracedTask task;
  std::unique_ptr<TracedTts> tts;
  Nanos delivered_at{0};
};

TEST_F(Playback, EndsTheSpanOfWhatWasPlayed) {
  task.rig->Wait(milliseconds(40));
  task.output.StartSpeaking();
  const Nanos began = task.wall();
  task.rig->Wait(milliseconds(1500));
  EXPECT_EQ(Span(), nullptr);
  auto said = Make<TTSTextFrame>("It is Paris.", TextType::kSentence);
  said->context_id = "c-1";
  task.rig->Push(std::move(said));
  task.rig->Wait(Nanos(0));
  task.output.StopSpeaking();
  task.Push<TTSStoppedFrame>("c-1");

  ASSERT_NE(Span(), nullptr);
  EXPECT_EQ(Span()->end, task.wall());
  EXPECT_EQ(Shown(Span(), "tts.interrupted"), "-");
  EXPECT_EQ(Shown(Span(), "tts.audio_seconds"), "1.5");
  EXPECT_EQ(Shown(Span(), "tts.text_heard"), "\"It is Paris.\"");
  ASSERT_EQ(Span()->events.size(), 1u);
  EXPECT_EQ(Span()->events[0].name, "tts.playback_start");
  EXPECT_EQ(Span()->events[0].time, began);
}

TEST_F(Playback, ABargeInMarksWhatWasBeingPlayed) {
  task.output.StartSpeaking();
  task.rig->Wait(milliseconds(700));
  task.UserStarts();
  task.Push<InterruptionFrame>();

  ASSERT_NE(Span(), nullptr);
  EXPECT_EQ(Span()->end, delivered_at + milliseconds(700));
  EXPECT_EQ(Shown(Span(), "tts.interrupted"), "true");
  EXPECT_EQ(Shown(Span(), "tts.text_heard"), "-");
}

TEST_F(Playback, WithoutAnOutputTheSpanEndsWhereTheSoundWasComplete) {
  task.rig->Wait(milliseconds(700));
  task.rig->task().StopWhenDone();
  task.rig->Run();

  ASSERT_NE(Span(), nullptr);
  EXPECT_EQ(Span()->end, delivered_at);
  EXPECT_EQ(Shown(Span(), "tts.interrupted"), "-");
}

TEST_F(Playback, CutByACancelIsInterrupted) {
  task.output.StartSpeaking();
  task.rig->task().Cancel();
  task.rig->Run();

  ASSERT_NE(Span(), nullptr);
  EXPECT_EQ(Shown(Span(), "tts.interrupted"), "true");
}

TEST(TurnTraceObserver, SendsConversationAndTurnsWhenTheyStart) {
  TracedTask task({}, TracedTask::Options(), true);

  EXPECT_THAT(task.Tree(), ElementsAre("conversation", "turn-1 < conversation"));
  for (const otel::SpanPtr& span : task.spans) EXPECT_TRUE(otel::IsProvisional(*span)) << span->name;
  const otel::SpanId provisional_id = task.spans[0]->context.span_id;
  task.Finish();
  EXPECT_EQ(task.Find("conversation")->context.span_id, provisional_id);
  EXPECT_FALSE(otel::IsProvisional(*task.Find("conversation")));
}

TEST(TurnTraceObserver, SendsNothingEarlyInPipecatModeOrWhenSwitchedOff) {
  for (const TracingParams& params :
       {TracingParams{.mode = TracingMode::kPipecat}, TracingParams{.provisional = ProvisionalSpans::kOff}}) {
    const TracedTask task(params, TracedTask::Options(), true);
    EXPECT_THAT(task.Tree(), IsEmpty());
  }
}

TEST(TurnTraceObserver, PutsTheProgramsAttributesOnTheConversationAlone) {
  PipelineTaskOptions options = TracedTask::Options();
  options.additional_span_attributes = *ParseJson(
      R"({"langfuse.session.id": "s-9", "vip": true, "score": 0.5, "mixed": {"a": 1}, "tags": ["x"], "none": null})");
  TracedTask task({}, options);
  task.Finish();

  const otel::SpanData* conversation = task.Find("conversation");
  EXPECT_EQ(Shown(conversation, "langfuse.session.id"), "\"s-9\"");
  EXPECT_EQ(Shown(conversation, "vip"), "true");
  EXPECT_EQ(Shown(conversation, "score"), "0.5");
  EXPECT_EQ(Shown(conversation, "mixed"), "{\"a\": 1}");
  EXPECT_EQ(Shown(conversation, "tags"), "[\"x\"]");
  EXPECT_EQ(Shown(conversation, "none"), "null");
  EXPECT_EQ(Shown(task.Find("turn-1"), "vip"), "-");
  EXPECT_EQ(Shown(task.Find("turn-1"), "langfuse.session.id"), "\"s-9\"");
  EXPECT_EQ(Shown(task.Find("turn-1"), "gen_ai.conversation.id"), "\"customer-123\"");
}

TEST(TurnTraceObserver, PutsTheWaitAndItsPartsOnTheTurn) {
  TracedTask task;
  task.UserStarts();
  task.rig->Wait(std::chrono::seconds(1));
  task.UserFallsSilent();
  task.rig->Wait(milliseconds(300));
  task.BotSpeaks(milliseconds(10));
  task.Finish();

  const auto seconds = [&task](const char* key) { return std::stod(Shown(task.Find("turn-1"), key)); };
  EXPECT_NEAR(seconds("turn.user_bot_latency_seconds"), 0.5, 1e-6);
  EXPECT_NEAR(seconds("latency.endpointing_wait"), 0.2, 1e-6);
  EXPECT_NEAR(seconds("latency.output_transport"), 0.3, 1e-6);
}

TEST(TurnTraceObserver, PutsTheGreetingsLatencyOnTheConversation) {
  TracedTask task;
  task.Push<ClientConnectedFrame>();
  task.rig->Wait(milliseconds(700));
  task.BotSpeaks(milliseconds(10));
  task.Finish();

  EXPECT_EQ(Shown(task.Find("conversation"), "conversation.first_bot_speech_seconds"), "0.7");
}

TEST(TurnTraceObserver, WithoutTurnTrackingEachServiceSpanIsATraceOfItsOwn) {
  PipelineTaskOptions options = TracedTask::Options();
  options.enable_turn_tracking = false;
  TracedTask task({}, options);
  TracedTts(task.context(), Tts()).End();
  TracedTts(task.context(), Tts()).End();
  task.Finish();

  EXPECT_THAT(task.Tree(), ElementsAre("tts_cartesiattsservice", "tts_cartesiattsservice"));
  EXPECT_NE(task.spans[0]->context.trace_id, task.spans[1]->context.trace_id);
}

TEST(TurnTraceObserver, TracesNothingUnlessTheTaskAsksForIt) {
  TracedTask task({}, testing::Rig::DefaultOptions());
  EXPECT_EQ(task.context(), nullptr);
  TracedTts tts(task.context(), Tts());
  tts.Text("Hello.");
  tts.Fail("server", "gone");
  task.Finish();

  EXPECT_THAT(task.spans, IsEmpty());
}

TEST(TurnTraceObserver, AConversationThatIsNotSampledLeavesNoTrace) {
  std::vector<otel::SpanPtr> spans;
  auto provider = std::make_shared<otel::TracerProvider>(
      otel::TracerProviderOptions{.sampler = otel::Sampler::AlwaysOff()});
  provider->AddProcessor(std::make_unique<testing::SpanLog>(spans, true));
  TraceTasksWith(provider, {});
  testing::FakeOutput output;
  {
    testing::Rig rig({&output}, TracedTask::Options());
    output.StartSpeaking();
    rig.Wait(milliseconds(100));
    output.StopSpeaking();
    rig.task().StopWhenDone();
    rig.Run();
  }
  TraceTasksWith(nullptr, {});

  EXPECT_THAT(spans, IsEmpty());
}

}  // namespace
}  // namespace repartee
