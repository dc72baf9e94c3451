#include "repartee/services/function_calls.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <stdexcept>

#include "repartee/conversation/llm_context.h"
#include "repartee/services/llm_service.h"
#include "repartee/services/testing/observed.h"

namespace repartee {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Answers every context with the calls it was given.
class Fake final : public LLMService {
 public:
  explicit Fake(FunctionCallsOptions options = {})
      : LLMService("FakeLLMService", Json{{"model", "m"}}, {.functions = options}) {}

  std::vector<FunctionCallRequest> calls;
  using LLMService::OfferedTools;

  void Ask(const std::string& name, const std::string& id, Json arguments = Json::object()) {
    calls.push_back({{name, id, std::move(arguments), nullptr}, {}});
  }

 protected:
  Task<Status> ProcessContext(std::shared_ptr<LLMContext>) override {
    RunFunctionCalls(calls);
    co_return OkStatus();
  }
};

// How long it takes, in ms, is among its arguments.
Task<Status> Work(FunctionCallParams params, EventLoop* loop) {
  co_await Sleep(*loop, milliseconds(params.arguments.value("ms", 0)));
  params.result_callback(params.arguments.value("result", Json("done")));
  co_return OkStatus();
}

Task<Status> Throws(FunctionCallParams params) {
  params.result_callback(params.arguments.at("missing"));
  co_return OkStatus();
}

Task<Status> Fails(FunctionCallParams) { co_return Status::NotFound("no such order"); }

Task<Status> Forgets(FunctionCallParams) { co_return OkStatus(); }

class FunctionCallsTest : public ::testing::Test {
 protected:
  void Prepare(FunctionCallsOptions options = {}) {
    rig.reset();
    llm = std::make_unique<Fake>(options);
    rig = std::make_unique<testing::Rig>(std::vector<FrameProcessor*>{llm.get()});
    llm->RegisterFunction("work", Worker());
    llm->RegisterFunction("keep", Worker(), {.cancel_on_interruption = false});
    llm->RegisterFunction("limited", Worker(), {.timeout = milliseconds(50)});
    llm->RegisterFunction("throws", Throws);
    llm->RegisterFunction("fails", Fails);
    llm->RegisterFunction("forgets", Forgets);
  }
  void SetUp() override { Prepare(); }

  FunctionHandler Worker() {
    EventLoop* const loop = &rig->loop();
    return [loop](FunctionCallParams params) { return Work(std::move(params), loop); };
  }
  void Run(int ms = 1000) {
    rig->Push(Make<LLMContextFrame>(nullptr));
    rig->Wait(milliseconds(ms));
  }
  std::vector<std::string> Log() { return testing::Without(rig->DownstreamLog(), {"LLMServiceMetadata"}); }
  std::vector<const FunctionCallResultFrame*> Results() {
    return testing::Frames<FunctionCallResultFrame>(rig->downstream());
  }

  std::unique_ptr<Fake> llm;
  std::unique_ptr<testing::Rig> rig;
};

TEST_F(FunctionCallsTest, AnnouncesABatchAndStartsItBehindTheAnswer) {
  llm->Ask("work", "c1", {{"ms", 100}, {"result", {{"celsius", 4}}}});
  llm->Ask("work", "c2", {{"ms", 50}});
  Run();

  EXPECT_THAT(Log(), ElementsAre("LLMFullResponseStartFrame@0", "UserTurnInferenceCompletedFrame@0",
                                 "FunctionCallsStartedFrame@0", "LLMFullResponseEndFrame@0",
                                 "FunctionCallInProgressFrame@0", "FunctionCallInProgressFrame@0",
                                 "FunctionCallResultFrame@50", "FunctionCallResultFrame@100"));
  const auto progress = testing::Frames<FunctionCallInProgressFrame>(rig->downstream());
  EXPECT_TRUE(progress[0]->cancel_on_interruption);
  EXPECT_FALSE(progress[0]->group_id.empty());
  EXPECT_EQ(progress[0]->group_id, progress[1]->group_id);
  EXPECT_EQ(Results()[1]->tool_call_id, "c1");
  EXPECT_EQ(Results()[1]->result, (Json{{"celsius", 4}}));
  EXPECT_EQ(Results()[1]->error, std::nullopt);
}

TEST_F(FunctionCallsTest, EveryFrameHasATwinUpstream) {
  llm->Ask("work", "c1");
  Run();

  EXPECT_THAT(testing::Frames<FunctionCallsStartedFrame>(rig->upstream()), SizeIs(1));
  EXPECT_THAT(testing::Frames<FunctionCallInProgressFrame>(rig->upstream()), SizeIs(1));
  const auto up = testing::Frames<FunctionCallResultFrame>(rig->upstream());
  ASSERT_THAT(up, SizeIs(1));
  EXPECT_EQ(up[0]->broadcast_sibling_id, Results()[0]->id());
}

TEST_F(FunctionCallsTest, AHandlerThatThrowsBeforeItWaitsIsAnsweredFor) {
  llm->RegisterFunction("refuses",
                        [](FunctionCallParams) -> Task<Status> { throw std::runtime_error("no database"); });
  llm->Ask("refuses", "c1");
  Run();

  ASSERT_THAT(Results(), SizeIs(1));
  EXPECT_EQ(Results()[0]->error, "no database");
}

TEST_F(FunctionCallsTest, RunsOneAfterTheOtherWhenAskedTo) {
  Prepare({.run_in_parallel = false});
  llm->Ask("work", "c1", {{"ms", 100}});
  llm->Ask("work", "c2", {{"ms", 50}});
  Run();

  EXPECT_THAT(testing::Without(Log(), {"LLM", "UserTurn", "FunctionCallsStarted"}),
              ElementsAre("FunctionCallInProgressFrame@0", "FunctionCallResultFrame@100",
                          "FunctionCallInProgressFrame@100", "FunctionCallResultFrame@150"));
}

// golden/runtime/function_cancel_on_interruption
TEST_F(FunctionCallsTest, AnInterruptionCancelsWhatItMayAndLeavesAsynchronousCalls) {
  llm->Ask("work", "c1", {{"ms", 300}});
  llm->Ask("keep", "c2", {{"ms", 300}});
  Run(100);
  rig->Push(Make<InterruptionFrame>());
  rig->Wait(milliseconds(500));

  EXPECT_THAT(
      testing::Without(Log(), {"LLM", "UserTurn", "FunctionCallsStarted", "FunctionCallInProgress"}),
      ElementsAre("FunctionCallCancelFrame@100", "InterruptionFrame@100", "FunctionCallResultFrame@300"));
  const auto cancelled = testing::Frames<FunctionCallCancelFrame>(rig->upstream());
  ASSERT_THAT(cancelled, SizeIs(1));
  EXPECT_EQ(cancelled[0]->tool_call_id, "c1");
  EXPECT_FALSE(cancelled[0]->run_llm);
  EXPECT_EQ(Results()[0]->tool_call_id, "c2");
}

TEST_F(FunctionCallsTest, AnInterruptionAlsoCancelsAnnouncedCallsThatHadNotBegun) {
  Prepare({.run_in_parallel = false});
  llm->Ask("work", "c1", {{"ms", 300}});
  llm->Ask("work", "c2", {{"ms", 300}});
  Run(100);
  rig->Push(Make<InterruptionFrame>());
  rig->Wait(milliseconds(500));

  EXPECT_THAT(testing::Frames<FunctionCallCancelFrame>(rig->downstream()), SizeIs(2));
  EXPECT_THAT(testing::Frames<FunctionCallInProgressFrame>(rig->downstream()), SizeIs(1));
  EXPECT_THAT(Results(), IsEmpty());
}

TEST_F(FunctionCallsTest, TellTheProgramWhatBeginsAndWhatIsCancelled) {
  std::vector<std::string> told;
  const auto note = [&told](const std::string& what) {
    return [&told, what](const std::vector<FunctionCallFromLLM>& calls) {
      std::string line = what;
      for (const FunctionCallFromLLM& call : calls) line += " " + call.tool_call_id;
      told.push_back(std::move(line));
    };
  };
  llm->on_function_calls_started.Connect(note("started"));
  llm->on_function_calls_cancelled.Connect(note("cancelled"));
  llm->RegisterFunction("report", Worker(), {.cancel_on_interruption = false, .cancellable_by_llm = true});
  llm->Ask("work", "c1", {{"ms", 300}});
  llm->Ask("work", "c2", {{"ms", 300}});
  llm->Ask("limited", "c3", {{"ms", 300}});
  llm->Ask("report", "c4", {{"ms", 900}});
  Run(100);
  rig->Push(Make<InterruptionFrame>());
  rig->Wait(milliseconds(100));
  llm->calls.clear();
  llm->Ask("cancel_report", "c5");
  Run();

  EXPECT_THAT(told, ElementsAre("started c1 c2 c3 c4", "cancelled c3", "cancelled c1 c2", "cancelled c4"));
}

TEST_F(FunctionCallsTest, ATimeOutCancelsAndAsksTheModelAgain) {
  llm->Ask("limited", "c1", {{"ms", 300}});
  Run();

  const auto cancelled = testing::Frames<FunctionCallCancelFrame>(rig->downstream());
  ASSERT_THAT(cancelled, SizeIs(1));
  EXPECT_TRUE(cancelled[0]->run_llm);
  EXPECT_THAT(Log().back(), "FunctionCallCancelFrame@50");
  EXPECT_THAT(Results(), IsEmpty());
}

TEST_F(FunctionCallsTest, AnUnknownFunctionIsAnsweredWithASentence) {
  llm->Ask("nobody", "c1");
  Run();

  ASSERT_THAT(Results(), SizeIs(1));
  EXPECT_EQ(Results()[0]->result, "The function `nobody` is not currently available.");
  EXPECT_THAT(testing::Frames<ErrorFrame>(rig->upstream()), IsEmpty());
}

TEST_F(FunctionCallsTest, TheNamelessHandlerTakesWhatNobodyElseTakes) {
  llm->RegisterFunction("", Worker());
  llm->Ask("nobody", "c1", {{"result", "caught"}});
  Run();

  ASSERT_THAT(Results(), SizeIs(1));
  EXPECT_EQ(Results()[0]->result, "caught");
  EXPECT_EQ(Results()[0]->function_name, "nobody");
}

TEST_F(FunctionCallsTest, AFailureIsReportedAndTheModelHearsOfIt) {
  llm->Ask("fails", "c1");
  Run();

  ASSERT_THAT(Results(), SizeIs(1));
  EXPECT_EQ(Results()[0]->result, "The function `fails` failed and returned no result.");
  EXPECT_EQ(Results()[0]->error, "no such order");
  const auto errors = testing::Frames<ErrorFrame>(rig->upstream());
  ASSERT_THAT(errors, SizeIs(1));
  EXPECT_EQ(errors[0]->category, ErrorCategory::kApplication);
  EXPECT_EQ(errors[0]->error, "function fails: no such order");
}

TEST_F(FunctionCallsTest, AnExceptionOfAHandlerIsAFailureOfTheCallAlone) {
  llm->Ask("throws", "c1");
  Run();

  ASSERT_THAT(Results(), SizeIs(1));
  EXPECT_THAT(*Results()[0]->error, HasSubstr("missing"));
}

TEST_F(FunctionCallsTest, AHandlerThatForgetsItsResultIsAnsweredFor) {
  llm->Ask("forgets", "c1");
  Run();

  ASSERT_THAT(Results(), SizeIs(1));
  EXPECT_EQ(Results()[0]->error, "the handler ended without a result");
}

TEST_F(FunctionCallsTest, ACallWithAProblemIsAnsweredWithItAndNoHandlerRuns) {
  llm->calls.push_back({{"throws", "c1", Json::object(), nullptr}, "The arguments are no JSON."});
  Run();

  ASSERT_THAT(Results(), SizeIs(1));
  EXPECT_EQ(Results()[0]->result, "The arguments are no JSON.");
  EXPECT_THAT(testing::Frames<ErrorFrame>(rig->upstream()), IsEmpty());
}

TEST_F(FunctionCallsTest, OnlyTheFirstFinalResultCounts) {
  FunctionResultCallback kept;
  llm->RegisterFunction("keeps", [&kept](FunctionCallParams params) {
    kept = params.result_callback;
    params.result_callback(1);
    params.result_callback(2);
    return Forgets(std::move(params));
  });
  llm->Ask("keeps", "c1");
  Run();
  kept(3);
  rig->Wait(milliseconds(1));

  ASSERT_THAT(Results(), SizeIs(1));
  EXPECT_EQ(Results()[0]->result, 1);
}

TEST_F(FunctionCallsTest, AsynchronousFunctionsAloneTellOfProgress) {
  const auto tells = [](FunctionCallParams params) {
    params.result_callback("half", FunctionCallResultProperties{.is_final = false});
    params.result_callback("whole");
    return Forgets(std::move(params));
  };
  llm->RegisterFunction("asynchronous", tells, {.cancel_on_interruption = false});
  llm->RegisterFunction("ordinary", tells);
  llm->Ask("asynchronous", "c1");
  llm->Ask("ordinary", "c2");
  Run();

  ASSERT_THAT(Results(), SizeIs(3));
  EXPECT_EQ(Results()[0]->result, "half");
  EXPECT_FALSE(Results()[0]->properties->is_final);
  EXPECT_EQ(Results()[1]->result, "whole");
  EXPECT_EQ(Results()[2]->result, "whole");
}

TEST_F(FunctionCallsTest, LetTheModelCancelWhatItMay) {
  llm->RegisterFunction("report", Worker(), {.cancel_on_interruption = false, .cancellable_by_llm = true});
  llm->Ask("report", "c1", {{"ms", 300}});
  llm->Ask("report", "c2", {{"ms", 300}});
  Run(100);
  llm->calls.clear();
  llm->Ask("cancel_report", "c3");
  llm->Ask("cancel_report", "c4", {{"tool_call_id", "c2"}});
  llm->Ask("cancel_report", "c5", {{"tool_call_id", "c2"}});
  llm->Ask("cancel_keep", "c6");
  Run();

  const auto cancelled = testing::Frames<FunctionCallCancelFrame>(rig->downstream());
  ASSERT_THAT(cancelled, SizeIs(1));
  EXPECT_EQ(cancelled[0]->tool_call_id, "c2");
  ASSERT_THAT(Results(), SizeIs(5));
  const Json several{{"cancelled", nullptr},
                     {"reason", "2 calls of report are running; give the tool_call_id of one"},
                     {"running", {"c1", "c2"}}};
  std::map<std::string, Json> answers;
  for (const auto* result : Results()) answers[result->tool_call_id] = result->result;
  EXPECT_EQ(answers["c3"], several);
  EXPECT_EQ(answers["c4"], (Json{{"cancelled", "c2"}}));
  EXPECT_EQ(answers["c5"]["reason"], "no such call of report is running");
  EXPECT_THAT(answers["c6"].dump(), HasSubstr("not currently available"));
  EXPECT_EQ(answers["c1"], "done");
}

TEST_F(FunctionCallsTest, OfferTheModelToolsThatCancelThoseItMayCancel) {
  llm->RegisterFunction("report", Worker(), {.cancel_on_interruption = false, .cancellable_by_llm = true});
  llm->RegisterFunction("hasty", Worker(), {.cancellable_by_llm = true});  // an interruption cancels it
  LLMContext context;
  ASSERT_TRUE(
      context.SetTools(Json::parse(R"([{"name": "report"}, {"name": "hasty"}, {"name": "keep"}])")).ok());

  const Json offered = llm->OfferedTools(context);

  ASSERT_EQ(offered.size(), 4U);
  EXPECT_EQ(offered[3]["name"], "cancel_report");
  EXPECT_EQ(offered[3]["required"], Json::array());
}

TEST_F(FunctionCallsTest, DropsCallsOverTheLimitAndSaysSo) {
  for (int i = 0; i < 100; ++i) llm->Ask("work", "c" + std::to_string(i), {{"ms", 10}});
  Run();

  EXPECT_THAT(Results(), SizeIs(64));
  EXPECT_THAT(testing::Frames<ErrorFrame>(rig->upstream()), SizeIs(1));
}

TEST_F(FunctionCallsTest, CanBeStoppedWhileCallsRun) {
  for (const bool gracefully : {true, false}) {
    Prepare();
    llm->Ask("work", "c1", {{"ms", 300}});
    llm->Ask("limited", "c2", {{"ms", 300}});
    Run(20);
    rig->Push(gracefully ? FramePtr(Make<EndFrame>()) : FramePtr(Make<CancelFrame>()));
    rig->Run();
  }
}

}  // namespace
}  // namespace repartee
