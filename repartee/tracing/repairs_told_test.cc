// What Pipecat's traces leave unsaid, or say wrong, and extended mode tells.
#include <gmock/gmock.h>

#include "repartee/tracing/services_for_test.h"
#include "repartee/tracing/traced_llm.h"
#include "repartee/tracing/traced_stt.h"
#include "repartee/tracing/traced_task_for_test.h"
#include "repartee/tracing/traced_tts.h"

namespace repartee {
namespace {

using ::testing::HasSubstr;
using testing::kMessages;
using testing::kNoTools;
using testing::kPipecat;
using testing::Llm;
using testing::Shown;
using testing::Stt;
using testing::TracedTask;
using testing::Tts;

void Answer(TracedTask& task) {
  TracedLlm llm(task.context(), Llm(), {kMessages, kNoTools});
  llm.ResponseModel("gpt-4.1-2025-04-14");
  llm.Processing(0.25);
  llm.End();
}

TEST(Repairs, TheModelThatWasAskedForAndTheOneThatAnsweredAreBothTold) {
  TracedTask task;
  for (int i = 0; i < 2; ++i) {
    Answer(task);

    EXPECT_EQ(Shown(task.Find("llm_openaillmservice"), "gen_ai.request.model"), "\"gpt-4.1\"");
    EXPECT_EQ(Shown(task.Find("llm_openaillmservice"), "gen_ai.response.model"), "\"gpt-4.1-2025-04-14\"");
  }
}

TEST(Repairs, WhatWasNotGivenIsLeftOut) {
  TracedTask task;
  Answer(task);
  TracedTask before(kPipecat);
  Answer(before);

  EXPECT_EQ(Shown(before.Find("llm"), "gen_ai.request.top_k"), "\"NOT_GIVEN\"");
  for (const otel::Attribute& attribute : task.Find("llm_openaillmservice")->attributes)
    EXPECT_NE(otel::ToText(attribute.value), "\"NOT_GIVEN\"") << attribute.key.view();
}

TEST(Repairs, WhetherTheVoiceWasDetectedIsTold) {
  for (const bool detected : {false, true}) {
    TracedTask task;
    TracedStt stt(task.context());
    if (detected) stt.SpeechStarted(VADUserStartedSpeakingFrame(0.2, ToSeconds(task.wall())));
    stt.Transcribed(TranscriptionFrame("Thanks.", "", ""), Stt());
    stt.Finalized();

    EXPECT_EQ(Shown(task.Find("stt_deepgramsttservice"), "vad_enabled"), detected ? "true" : "false");
  }
}

TEST(Repairs, EverySpanNamesItsConversation) {
  TracedTask task;
  Answer(task);
  task.Finish();
  TracedTask before(kPipecat);
  Answer(before);
  before.Finish();

  ASSERT_EQ(task.spans.size(), 3U);
  for (const otel::SpanPtr& span : task.spans) {
    EXPECT_EQ(Shown(span.get(), "gen_ai.conversation.id"), "\"customer-123\"") << span->name;
    EXPECT_EQ(Shown(span.get(), "langfuse.session.id"), "\"customer-123\"") << span->name;
  }
  EXPECT_EQ(Shown(before.Find("llm"), "gen_ai.conversation.id"), "-");
}

TEST(Repairs, WorkIsToldInSecondsAndInMilliseconds) {
  TracedTask task;
  Answer(task);
  TracedTask before(kPipecat);
  Answer(before);

  EXPECT_EQ(Shown(task.Find("llm_openaillmservice"), "metrics.processing"), "0.25");
  EXPECT_EQ(Shown(task.Find("llm_openaillmservice"), "metrics.processing_ms"), "250");
  EXPECT_EQ(Shown(before.Find("llm"), "metrics.processing"), "-");
}

TEST(Repairs, EachServiceTellsItsKindAndItsClass) {
  TracedTask task;
  Answer(task);
  TracedStt stt(task.context());
  stt.Transcribed(TranscriptionFrame("Thanks.", "", ""), Stt());
  stt.Finalized();
  TracedTts tts(task.context(), Tts());
  tts.End();

  const auto told = [&task](const char* span) {
    return Shown(task.Find(span), "service.type") + " " + Shown(task.Find(span), "service.class");
  };
  EXPECT_EQ(told("stt_deepgramsttservice"), "\"stt\" \"DeepgramSTTService\"");
  EXPECT_EQ(told("llm_openaillmservice"), "\"llm\" \"OpenAILLMService\"");
  EXPECT_EQ(told("tts_cartesiattsservice"), "\"tts\" \"CartesiaTTSService\"");
}

// Delivers nothing.
class Refusing final : public otel::SpanExporter {
 public:
  void Export(std::vector<otel::SpanPtr>, Nanos, Done done) override {
    otel::ExportResult result;
    result.status = Status::FailedPrecondition("the receiver wants none");
    done(std::move(result));
  }
};

TEST(Repairs, WhatFailsToBeExportedIsCountedAndSaid) {
  TracingSetup setup;
  setup.exporter = std::make_unique<Refusing>();
  ASSERT_TRUE(SetupTracing(std::move(setup), otel::Environment::Of({})));
  ::testing::internal::CaptureStderr();
  for (int i = 0; i < 3; ++i) GlobalTracerProvider()->GetTracer("pipecat").StartSpan("s").End();
  const auto provider = GlobalTracerProvider();
  EXPECT_TRUE(ShutdownTracing());
  const otel::ExportCounters counters = provider->counters();
  const std::string log = ::testing::internal::GetCapturedStderr();

  EXPECT_EQ(counters.failed, 3);
  EXPECT_EQ(counters.sent, 0);
  EXPECT_THAT(log, HasSubstr("3 failed"));
  EXPECT_THAT(log, HasSubstr("the receiver wants none"));
  TraceTasksWith(nullptr, {});
}

}  // namespace
}  // namespace repartee
