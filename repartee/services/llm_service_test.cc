#include "repartee/services/llm_service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "repartee/services/testing/observed.h"

namespace repartee {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// A word every 50 ms; then what the test wants.
class Fake final : public LLMService {
 public:
  Fake() : LLMService("FakeLLMService", Json{{"model", "m"}}) {}

  Status status;
  std::optional<ErrorCategory> failure;
  bool answers = true;

 protected:
  Task<Status> ProcessContext(std::shared_ptr<LLMContext>) override {
    const Json none;
    RequestStarted(none, none);
    if (!answers) {
      co_await Sleep(loop(), milliseconds(1000));
      co_return Status::DeadlineExceeded("no answer");
    }
    for (const char* word : {"w0 ", "w1 ", "", "w2 "}) {
      co_await Sleep(loop(), milliseconds(50));
      FirstChunk();
      PushText(word);
      LLMTokenUsage usage;
      usage.total_tokens = 10;
      NoteUsage(usage);
    }
    NoteResponseModel("m-2026");
    if (failure) Fail("as told", *failure);
    co_return status;
  }
};

class Pass final : public FrameProcessor {
 public:
  Pass() : FrameProcessor("Pass") {}

 protected:
  Status Process(FramePtr frame, Direction direction) override {
    Push(std::move(frame), direction);
    return OkStatus();
  }
};

class LlmTest : public ::testing::Test {
 protected:
  void Ask() {
    rig.Push(Make<LLMContextFrame>(nullptr));
    rig.Wait(Nanos(0));
  }
  std::vector<std::string> Log() {
    return testing::Without(rig.DownstreamLog(), {"LLMServiceMetadata", "Metrics"});
  }

  Fake llm;
  Pass pass;
  testing::Rig rig{{&llm, &pass}, testing::WithMetrics()};
};

TEST_F(LlmTest, BracketsTheAnswerAndMeasuresIt) {
  Ask();
  rig.Wait(milliseconds(500));

  EXPECT_THAT(Log(),
              ElementsAre("LLMFullResponseStartFrame@0", "LLMTextFrame(w0 )@50", "LLMTextFrame(w1 )@100",
                          "LLMTextFrame(w2 )@200", "LLMFullResponseEndFrame@200"));
  const auto ttfb = testing::Measured<TTFBMetricsData>(rig.downstream());
  ASSERT_THAT(ttfb, SizeIs(1));
  EXPECT_NEAR(ttfb[0].value, 0.05, 1e-9);
  EXPECT_THAT(testing::Measured<TTFATMetricsData>(rig.downstream()), SizeIs(1));
  const auto processing = testing::Measured<ProcessingMetricsData>(rig.downstream());
  ASSERT_THAT(processing, SizeIs(1));
  EXPECT_NEAR(processing[0].value, 0.2, 1e-9);
  const auto usage = testing::Measured<LLMUsageMetricsData>(rig.downstream());
  ASSERT_THAT(usage, SizeIs(1));
  EXPECT_EQ(usage[0].value.total_tokens, 10);
  EXPECT_EQ(llm.response_model(), "m-2026");
}

// golden/runtime/llm_interrupted_midstream
TEST_F(LlmTest, AnInterruptedAnswerEndsBeforeTheInterruption) {
  Ask();
  rig.Wait(milliseconds(120));
  rig.Push(Make<InterruptionFrame>());
  rig.Wait(milliseconds(300));
  rig.Push(Make<EndFrame>());
  rig.Run();

  EXPECT_THAT(Log(),
              ElementsAre("LLMFullResponseStartFrame@0", "LLMTextFrame(w0 )@50", "LLMTextFrame(w1 )@100",
                          "LLMFullResponseEndFrame@120", "InterruptionFrame@120", "EndFrame@420"));
  EXPECT_THAT(testing::Measured<LLMUsageMetricsData>(rig.downstream()), SizeIs(1));
  EXPECT_THAT(testing::Measured<ProcessingMetricsData>(rig.downstream()), SizeIs(1));
}

TEST_F(LlmTest, AnInterruptionBeforeTheFirstByteMeasuresNone) {
  llm.answers = false;
  Ask();
  rig.Wait(milliseconds(20));
  rig.Push(Make<InterruptionFrame>());
  rig.Wait(milliseconds(2000));

  EXPECT_THAT(testing::Measured<TTFBMetricsData>(rig.downstream()), IsEmpty());
  EXPECT_THAT(Log(), ElementsAre("LLMFullResponseStartFrame@0", "LLMFullResponseEndFrame@20",
                                 "InterruptionFrame@20"));
}

TEST_F(LlmTest, ACancelCutsTheAnswer) {
  Ask();
  rig.Wait(milliseconds(60));
  rig.Push(Make<CancelFrame>());
  rig.Run();

  EXPECT_THAT(Log(), ElementsAre("LLMFullResponseStartFrame@0", "LLMTextFrame(w0 )@50",
                                 "LLMFullResponseEndFrame@60", "CancelFrame@60"));
  EXPECT_THAT(testing::Measured<ProcessingMetricsData>(rig.downstream()), SizeIs(1));
}

TEST_F(LlmTest, AnErrorIsReportedAndTheAnswerEnds) {
  llm.answers = false;
  Ask();
  rig.Wait(milliseconds(1500));

  EXPECT_THAT(Log(), ElementsAre("LLMFullResponseStartFrame@0", "LLMFullResponseEndFrame@1000"));
  const auto errors = testing::Frames<ErrorFrame>(rig.upstream());
  ASSERT_THAT(errors, SizeIs(1));
  EXPECT_EQ(errors[0]->error, "no answer");
  EXPECT_EQ(errors[0]->category, ErrorCategory::kConnectivity);
  EXPECT_THAT(testing::Measured<TTFBMetricsData>(rig.downstream()), IsEmpty());
}

TEST_F(LlmTest, IsGivenNoMoreContextsAfterAPermanentError) {
  llm.failure = ErrorCategory::kAuthentication;
  Ask();
  rig.Wait(milliseconds(500));
  Ask();
  rig.Wait(milliseconds(500));

  EXPECT_THAT(testing::Frames<LLMFullResponseStartFrame>(rig.downstream()), SizeIs(1));
  EXPECT_THAT(testing::Frames<ErrorFrame>(rig.upstream()), SizeIs(1));
  EXPECT_FALSE(llm.usable());
}

TEST_F(LlmTest, StampsItsFramesWhenItsAnswersAreNotToBeSpoken) {
  rig.Push(Make<LLMConfigureOutputFrame>(true));
  Ask();
  rig.Wait(milliseconds(500));

  EXPECT_EQ(testing::Frames<LLMFullResponseStartFrame>(rig.downstream())[0]->skip_tts, true);
  EXPECT_EQ(testing::Frames<LLMTextFrame>(rig.downstream())[0]->skip_tts, true);
  EXPECT_EQ(testing::Frames<LLMFullResponseEndFrame>(rig.downstream())[0]->skip_tts, true);
}

TEST(LLMService, CanBeStoppedAtAnyMoment) {
  for (int stop_after = 0; stop_after < 12; ++stop_after) {
    Fake llm;
    testing::Rig rig({&llm}, testing::WithMetrics());
    rig.Push(Make<LLMContextFrame>(nullptr));
    rig.Wait(milliseconds(20 * stop_after));
  }
}

}  // namespace
}  // namespace repartee
