// Early answers, turn completion and summaries of a language model.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "repartee/conversation/llm_context.h"
#include "repartee/frames/speaking_frames.h"
#include "repartee/services/llm_service.h"
#include "repartee/services/testing/observed.h"

namespace repartee {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

// Says the pieces, one every 50 ms, then calls a function if it is to.
class Fake final : public LLMService {
 public:
  explicit Fake(LLMServiceOptions options = {})
      : LLMService("Fake", Json{{"model", "m"}}, std::move(options)) {}
  std::vector<std::string> pieces{"one ", "two"};
  bool calls = false;
  std::vector<Json> asked;

 protected:
  Task<Status> ProcessContext(std::shared_ptr<LLMContext> context) override {
    asked.push_back(context ? context->messages() : Json());
    for (const std::string& piece : pieces) {
      co_await Sleep(loop(), milliseconds(50));
      PushText(piece);
    }
    if (calls) {
      std::vector<FunctionCallRequest> requests;
      requests.push_back({{"f", "1", Json::object(), nullptr}, {}});
      RunFunctionCalls(std::move(requests));
    }
    co_return OkStatus();
  }
};

class LlmTurns : public ::testing::Test {
 protected:
  void Use(LLMServiceOptions options = {}) {
    llm_ = std::make_unique<Fake>(std::move(options));
    rig_ = std::make_unique<testing::Rig>(std::vector<FrameProcessor*>{llm_.get()});
  }
  ~LlmTurns() override { rig_.reset(); }
  void Push(FramePtr frame) {
    rig_->Push(std::move(frame));
    rig_->Wait(Nanos(0));
  }
  FramePtr Context(bool early) {
    auto frame = Make<LLMContextFrame>(context_);
    frame->speculation = early;
    return frame;
  }
  std::vector<std::string> Log() {
    return testing::Without(rig_->DownstreamLog(),
                            {"LLMServiceMetadata", "UserStarted", "UserStopped", "Eager"});
  }
  std::shared_ptr<LLMContext> context_ = std::make_shared<LLMContext>(
      Json::parse(R"([{"role": "system", "content": "s"}, {"role": "user", "content": "q"}])"));
  std::unique_ptr<Fake> llm_;
  std::unique_ptr<testing::Rig> rig_;
};

TEST_F(LlmTurns, AnEarlyAnswerWaitsForTheEndOfTheTurn) {
  Use();
  Push(Make<UserStartedSpeakingFrame>());
  Push(Context(true));
  rig_->Wait(milliseconds(300));
  EXPECT_THAT(Log(), IsEmpty());

  Push(Make<UserStoppedSpeakingFrame>());

  EXPECT_THAT(Log(), ElementsAre("LLMFullResponseStartFrame@300", "LLMTextFrame(one )@300",
                                 "LLMTextFrame(two)@300", "LLMFullResponseEndFrame@300"));
}

TEST_F(LlmTurns, AnEarlyAnswerThatIsConfirmedHalfwayGoesOnAsItComes) {
  Use();
  Push(Make<UserStartedSpeakingFrame>());
  Push(Context(true));
  rig_->Wait(milliseconds(70));
  Push(Make<UserStoppedSpeakingFrame>());
  Push(Make<TextFrame>("behind"));
  rig_->Wait(milliseconds(300));

  EXPECT_THAT(Log(),
              ElementsAre("LLMFullResponseStartFrame@70", "LLMTextFrame(one )@70", "LLMTextFrame(two)@100",
                          "LLMFullResponseEndFrame@100", "TextFrame(behind)@100"));
}

TEST_F(LlmTurns, AnEarlyAnswerIsThrownAwayWhenTheTurnGoesOn) {
  Use();
  llm_->calls = true;
  Push(Make<UserStartedSpeakingFrame>());
  Push(Context(true));
  rig_->Wait(milliseconds(300));
  Push(Make<EagerEndOfTurnCancelFrame>());
  Push(Make<UserStoppedSpeakingFrame>());
  rig_->Wait(milliseconds(300));

  EXPECT_THAT(Log(), IsEmpty());
}

TEST_F(LlmTurns, TheTrueQuestionIsAnsweredAfterAnEarlyOneWasThrownAway) {
  Use();
  Push(Make<UserStartedSpeakingFrame>());
  Push(Context(true));
  rig_->Wait(milliseconds(20));
  Push(Make<EagerEndOfTurnCancelFrame>());
  Push(Context(false));
  Push(Make<UserStoppedSpeakingFrame>());
  rig_->Wait(milliseconds(300));

  EXPECT_THAT(Log(), ElementsAre("LLMFullResponseStartFrame@20", "LLMTextFrame(one )@70",
                                 "LLMTextFrame(two)@120", "LLMFullResponseEndFrame@120"));
}

TEST_F(LlmTurns, AnInterruptionEndsAConfirmedAnswerInOrder) {
  Use();
  Push(Make<UserStartedSpeakingFrame>());
  Push(Context(true));
  rig_->Wait(milliseconds(70));
  Push(Make<UserStoppedSpeakingFrame>());
  Push(Make<InterruptionFrame>());
  rig_->Wait(milliseconds(300));

  EXPECT_THAT(Log(), ElementsAre("LLMFullResponseStartFrame@70", "LLMTextFrame(one )@70",
                                 "LLMFullResponseEndFrame@70", "InterruptionFrame@70"));
}

TEST_F(LlmTurns, AnEarlyAnswerThatNobodyConfirmsIsGivenUp) {
  Use();
  Push(Make<UserStartedSpeakingFrame>());
  Push(Context(true));
  Push(Make<TextFrame>("behind"));
  rig_->Wait(seconds(70));
  Push(Make<UserStoppedSpeakingFrame>());

  EXPECT_THAT(Log(), ElementsAre("TextFrame(behind)@61000"));
}

TEST_F(LlmTurns, AnEarlyAnswerWaitsForAsLongAsATurnMayTake) {
  Use();
  Push(Make<UserStartedSpeakingFrame>());
  Push(Context(true));
  rig_->Wait(seconds(59));
  Push(Make<UserStoppedSpeakingFrame>());

  EXPECT_THAT(Log(), ElementsAre("LLMFullResponseStartFrame@59000", "LLMTextFrame(one )@59000",
                                 "LLMTextFrame(two)@59000", "LLMFullResponseEndFrame@59000"));
}

TEST_F(LlmTurns, NothingIsHeardOfAnEarlyAnswerThatWasGivenUp) {
  Use();
  llm_->pieces.assign(4000, "on and on ");
  Push(Make<UserStartedSpeakingFrame>());
  Push(Context(true));
  rig_->Wait(seconds(90));
  Push(Make<UserStoppedSpeakingFrame>());
  rig_->Wait(seconds(90));

  EXPECT_THAT(Log(), IsEmpty());
}

LLMServiceOptions WithCompletion() {
  LLMServiceOptions options;
  options.user_turn_completion.emplace();
  return options;
}

TEST_F(LlmTurns, TheModelIsToldTheSignsAndTheContextIsNot) {
  Use(WithCompletion());

  Push(Context(false));
  rig_->Wait(milliseconds(300));

  ASSERT_THAT(llm_->asked, SizeIs(1));
  ASSERT_THAT(llm_->asked[0], SizeIs(3));
  EXPECT_THAT(llm_->asked[0][1]["content"].get<std::string>(), HasSubstr("●"));
  EXPECT_THAT(context_->messages(), SizeIs(2));
}

TEST_F(LlmTurns, ACompleteTurnIsAnsweredWithoutItsSign) {
  Use(WithCompletion());
  llm_->pieces = {"\xE2\x97", "\x8F", " Hel", "lo"};

  Push(Context(false));
  rig_->Wait(milliseconds(300));

  EXPECT_THAT(Log(), ElementsAre("LLMFullResponseStartFrame@0", "LLMMarkerFrame@100",
                                 "UserTurnInferenceCompletedFrame@100", "LLMTextFrame(Hel)@150",
                                 "LLMTextFrame(lo)@200", "LLMMarkerResponseFrame@200",
                                 "LLMFullResponseEndFrame@200"));
}

TEST_F(LlmTurns, AnIncompleteTurnIsNotAnsweredAndTheModelAskedAgain) {
  Use(WithCompletion());
  llm_->pieces = {"◐", " ignore this"};

  Push(Context(false));
  rig_->Wait(seconds(4));
  EXPECT_THAT(Log(), ElementsAre("LLMFullResponseStartFrame@0", "LLMMarkerFrame@50",
                                 "LLMMarkerResponseFrame@100", "LLMFullResponseEndFrame@100"));
  EXPECT_THAT(rig_->UpstreamLog(), Not(Contains(HasSubstr("LLMMessagesAppend"))));
  rig_->Wait(seconds(2));

  EXPECT_THAT(rig_->UpstreamLog(), Contains("LLMMessagesAppendFrame@5050"));
}

TEST_F(LlmTurns, TheModelIsNotAskedAgainWhenTheUserGoesOn) {
  Use(WithCompletion());
  llm_->pieces = {"○"};

  Push(Context(false));
  rig_->Wait(seconds(1));
  Push(Make<VADUserStartedSpeakingFrame>(0.2, 0.0));
  rig_->Wait(seconds(20));

  EXPECT_THAT(rig_->UpstreamLog(), Not(Contains(HasSubstr("LLMMessagesAppend"))));
}

TEST_F(LlmTurns, AnAnswerWithoutASignIsTakenForComplete) {
  Use(WithCompletion());
  llm_->pieces = {"Hello"};

  Push(Context(false));
  rig_->Wait(milliseconds(300));

  EXPECT_THAT(Log(), Contains("LLMTextFrame(Hello)@50"));
  EXPECT_THAT(Log(), Contains("UserTurnInferenceCompletedFrame@50"));
}

TEST_F(LlmTurns, ASummaryIsMadeInSilence) {
  Use();
  llm_->calls = true;
  for (int i = 0; i < 6; ++i) context_->AddMessage("user", "m" + std::to_string(i));
  auto request = Make<LLMContextSummaryRequestFrame>("r", context_);
  request->summarization_prompt = "Shorten.";

  Push(std::move(request));
  rig_->Wait(milliseconds(300));

  ASSERT_THAT(Log(), ElementsAre("LLMContextSummaryResultFrame@100"));
  const auto& result = *testing::Frames<LLMContextSummaryResultFrame>(rig_->downstream()).at(0);
  EXPECT_EQ(result.summary, "one two");
  EXPECT_EQ(result.last_summarized_index, 3);
  EXPECT_EQ(result.error, "");
  EXPECT_EQ(llm_->asked[0][0]["content"], "Shorten.");
  EXPECT_EQ(llm_->asked[0][1]["content"], "user: q\nuser: m0\nuser: m1\n");
}

TEST_F(LlmTurns, AContextTooShortForASummaryIsAnError) {
  Use();

  Push(Make<LLMContextSummaryRequestFrame>("r", context_));

  const auto results = testing::Frames<LLMContextSummaryResultFrame>(rig_->downstream());
  ASSERT_THAT(results, SizeIs(1));
  EXPECT_THAT(results[0]->error, HasSubstr("nothing to summarize"));
  EXPECT_EQ(results[0]->last_summarized_index, -1);
}

}  // namespace
}  // namespace repartee
