#include "repartee/conversation/llm_assistant_aggregator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "repartee/frames/function_call_frames.h"
#include "repartee/frames/llm_frames.h"
#include "repartee/frames/service_frames.h"
#include "repartee/frames/speaking_frames.h"
#include "repartee/frames/text_frames.h"
#include "repartee/pipeline/testing/rig.h"

namespace repartee {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class AssistantAggregator : public ::testing::Test {
 protected:
  AssistantAggregator() {
    aggregator_.on_assistant_turn_started.Connect([this] { events_.push_back("started"); });
    aggregator_.on_assistant_turn_stopped.Connect(
        [this](const std::string& content, bool interrupted, const std::string&) {
          events_.push_back((interrupted ? "interrupted: " : "stopped: ") + content);
        });
    rig_.emplace(std::vector<FrameProcessor*>{&aggregator_});
  }

  template <class F, class... Args>
  void Push(Args&&... args) {
    rig_->Push(Make<F>(std::forward<Args>(args)...));
  }
  void Spoken(const char* word) { Push<TTSTextFrame>(word, TextType::kWord); }
  void Calls(std::vector<std::string> ids) {
    std::vector<FunctionCallFromLLM> calls(ids.size());
    for (std::size_t i = 0; i < ids.size(); ++i) calls[i].tool_call_id = ids[i];
    Push<FunctionCallsStartedFrame>(calls);
  }
  void Begins(const char* id, const char* arguments = "{}", bool asynchronous = false) {
    auto frame = Make<FunctionCallInProgressFrame>(std::string("f-") + id, id, Json::parse(arguments));
    frame->cancel_on_interruption = !asynchronous;
    frame->group_id = "g";
    rig_->Push(std::move(frame));
  }
  void Answers(const char* id, Json result) {
    Push<FunctionCallResultFrame>(std::string("f-") + id, id, Json::object(), std::move(result));
  }
  void Wait(int ms) { rig_->Wait(milliseconds(ms)); }
  // The content of the last message.
  std::string Last() { return context_->messages().back()["content"]; }
  std::string ToolContent(const char* id) {
    for (const Json& message : context_->messages()) {
      if (message.value("tool_call_id", "") == id) return message["content"];
    }
    return "no such message";
  }

  std::shared_ptr<LLMContext> context_ =
      std::make_shared<LLMContext>(Json::parse(R"([{"role": "user", "content": "q"}])"));
  LLMAssistantAggregator aggregator_{context_};
  std::vector<std::string> events_;
  std::optional<testing::Rig> rig_;
};

// ---------------------------------------------------------------- recorded cases

TEST_F(AssistantAggregator, CutsAnInterruptedAnswerAsRecorded) {
  Push<LLMFullResponseStartFrame>();
  for (const char* word : {"The", "quick", "brown", "fox"}) Spoken(word);
  Wait(50);
  Push<InterruptionFrame>();
  Wait(50);
  Push<LLMFullResponseStartFrame>();
  Spoken("Second");
  Spoken("answer.");
  Push<LLMFullResponseEndFrame>();
  Wait(50);
  Push<EndFrame>();
  rig_->Run();

  EXPECT_THAT(rig_->DownstreamLog(),
              ElementsAre("LLMContextFrame@50", "LLMContextAssistantTimestampFrame@50",
                          "LLMContextAssistantTurnFrame@50", "InterruptionFrame@50", "LLMContextFrame@100",
                          "LLMContextAssistantTimestampFrame@100", "LLMContextAssistantTurnFrame@100",
                          "EndFrame@150"));
  EXPECT_THAT(rig_->UpstreamLog(),
              ElementsAre("LLMContextAssistantTurnFrame@50", "LLMContextAssistantTurnFrame@100"));
  EXPECT_EQ(context_->messages(), Json::parse(R"([{"role": "user", "content": "q"},
    {"role": "assistant", "content": "The quick brown fox"}, {"role": "assistant", "content": "Second answer."}])"));
  EXPECT_THAT(events_, ElementsAre("started", "interrupted: The quick brown fox", "started",
                                   "stopped: Second answer."));
}

TEST_F(AssistantAggregator, AnswersGroupedCallsOnceAsRecorded) {
  Calls({"c1", "c2"});
  Begins("c1", R"({"a": 1})");
  Begins("c2", R"({"b": "ü"})");
  Wait(50);
  EXPECT_EQ(ToolContent("c1"), "IN_PROGRESS");
  Answers("c1", Json{{"ok", true}});
  Wait(50);
  Answers("c2", "tëxt");
  Wait(50);
  Push<EndFrame>();
  rig_->Run();

  EXPECT_THAT(rig_->DownstreamLog(), ElementsAre("EndFrame@150"));
  EXPECT_THAT(rig_->UpstreamLog(), ElementsAre("LLMContextFrame@100"));
  EXPECT_EQ(context_->messages().dump(), Json::parse(R"([{"role": "user", "content": "q"},
    {"role": "assistant", "tool_calls": [{"id": "c1",
      "function": {"name": "f-c1", "arguments": "{\"a\": 1}"}, "type": "function"}]},
    {"role": "tool", "content": "{\"ok\": true}", "tool_call_id": "c1"},
    {"role": "assistant", "tool_calls": [{"id": "c2",
      "function": {"name": "f-c2", "arguments": "{\"b\": \"ü\"}"}, "type": "function"}]},
    {"role": "tool", "content": "\"tëxt\"", "tool_call_id": "c2"}])")
                                             .dump());
}

TEST_F(AssistantAggregator, AnInterruptionCancelsOneCallAndLeavesTheAsynchronousOneAsRecorded) {
  Calls({"c1", "c2"});
  Begins("c1");
  Begins("c2", "{}", true);
  Push<LLMFullResponseStartFrame>();
  Push<LLMFullResponseEndFrame>();
  Wait(100);
  Push<FunctionCallCancelFrame>("f-c1", "c1");
  Push<InterruptionFrame>();
  Wait(200);
  Answers("c2", "kept");
  Wait(300);

  EXPECT_THAT(rig_->DownstreamLog(), ElementsAre("InterruptionFrame@100"));
  EXPECT_THAT(rig_->UpstreamLog(), ElementsAre("LLMContextFrame@300"));
  EXPECT_EQ(ToolContent("c1"), "CANCELLED");
  EXPECT_EQ(ToolContent("c2"), "\"kept\"");
  EXPECT_THAT(events_, ElementsAre("started", "stopped: "));
}

// ---------------------------------------------------------------- text

TEST_F(AssistantAggregator, PrefersTheModelsOwnSpellingAndLeavesOutWhatIsNotToBeKept) {
  auto raw = Make<TTSTextFrame>("five dollars", TextType::kSentence);
  raw->raw_text = "$5";
  auto aside = Make<TTSTextFrame>("aside", TextType::kSentence);
  aside->append_to_context = false;

  Push<LLMFullResponseStartFrame>();
  Spoken("Just");
  rig_->Push(std::move(raw));
  rig_->Push(std::move(aside));
  Push<TranscriptionFrame>("the user's words", "u", "");
  Push<LLMFullResponseEndFrame>();
  Wait(1);

  EXPECT_EQ(Last(), "Just $5");
}

TEST_F(AssistantAggregator, WritesDownSpeechWithoutTheModel) {
  Push<TTSStartedFrame>("context-1");
  Spoken("Hello,");
  Spoken("there.");
  Push<LLMAssistantPushAggregationFrame>();
  Wait(1);

  EXPECT_THAT(rig_->DownstreamLog(),
              ElementsAre("TTSStartedFrame@0", "LLMContextFrame@0", "LLMContextAssistantTimestampFrame@0",
                          "LLMContextAssistantTurnFrame@0"));
  EXPECT_THAT(events_, ElementsAre("started", "stopped: Hello, there."));
}

TEST_F(AssistantAggregator, OpensOneTurnForAnAnswerAndItsSpeech) {
  Push<LLMFullResponseStartFrame>();
  Push<TTSStartedFrame>("context-1");
  Spoken("Hello!");
  Push<LLMFullResponseEndFrame>();
  Wait(1);

  EXPECT_THAT(events_, ElementsAre("started", "stopped: Hello!"));
}

TEST_F(AssistantAggregator, SpeechOffTheRecordOpensNoTurnAndIsForgottenWhenInterrupted) {
  auto started = Make<TTSStartedFrame>("context-1");
  started->append_to_context = false;

  rig_->Push(std::move(started));
  Spoken("off the record");
  Wait(1);
  Push<InterruptionFrame>();
  Wait(1);
  Push<LLMFullResponseStartFrame>();
  Push<LLMFullResponseEndFrame>();
  Wait(1);

  EXPECT_EQ(context_->messages().size(), 1u);
  EXPECT_THAT(events_, ElementsAre("started", "stopped: "));
}

TEST_F(AssistantAggregator, WritesAnUnfinishedAnswerDownAtTheEnd) {
  Push<LLMFullResponseStartFrame>();
  Spoken("Hello");
  Push<EndFrame>();
  rig_->Run();

  EXPECT_EQ(Last(), "Hello");
  EXPECT_THAT(events_, ElementsAre("started", "stopped: Hello"));
}

TEST_F(AssistantAggregator, SaysThatACancelledAnswerWasInterrupted) {
  Push<LLMFullResponseStartFrame>();
  Spoken("Hello");
  Wait(1);
  Push<CancelFrame>();
  rig_->Run();

  EXPECT_EQ(Last(), "Hello");
  EXPECT_THAT(events_, ElementsAre("started", "interrupted: Hello"));
}

// ---------------------------------------------------------------- when the model goes on

TEST_F(AssistantAggregator, HoldsAResultBackWhileTheBotSpeaks) {
  Calls({"c1"});
  Begins("c1");
  Push<BotStartedSpeakingFrame>();
  Wait(1);
  Answers("c1", "r");
  Wait(99);
  EXPECT_EQ(ToolContent("c1"), "\"r\"");
  EXPECT_THAT(rig_->UpstreamLog(), IsEmpty());
  Push<BotStoppedSpeakingFrame>();
  Wait(100);
  Push<BotStartedSpeakingFrame>();
  Push<BotStoppedSpeakingFrame>();
  Wait(100);

  EXPECT_THAT(rig_->UpstreamLog(), ElementsAre("LLMContextFrame@100"));
}

TEST_F(AssistantAggregator, LeavesAResultToTheTurnThatTheUserHas) {
  Calls({"c1"});
  Begins("c1");
  Push<BotStartedSpeakingFrame>();
  Push<UserStartedSpeakingFrame>();
  Wait(1);
  Answers("c1", "r");
  Push<BotStoppedSpeakingFrame>();
  Wait(1);
  context_->AddMessage("user", "as the user aggregator writes it");
  Push<UserStoppedSpeakingFrame>();
  Wait(1);

  EXPECT_THAT(rig_->UpstreamLog(), IsEmpty());
}

TEST_F(AssistantAggregator, OwesAResultOfTheUsersTurnUntilTheNextOneOrAnAnswer) {
  Calls({"c1", "c2"});
  Begins("c1");
  Begins("c2");
  Push<UserStartedSpeakingFrame>();
  Wait(1);
  Answers("c1", "r");
  Answers("c2", "r");
  Wait(1);
  Push<UserStoppedSpeakingFrame>();
  Wait(98);
  EXPECT_THAT(rig_->UpstreamLog(), IsEmpty());

  Push<LLMMessagesAppendFrame>(Json::array());
  Wait(1);
  EXPECT_THAT(rig_->UpstreamLog(), ElementsAre("LLMContextFrame@100"));
}

TEST_F(AssistantAggregator, OwesNothingOnceAnAnswerHasBegunOrWasCutShort) {
  Calls({"c1"});
  Begins("c1");
  Push<UserStartedSpeakingFrame>();
  Wait(1);
  Answers("c1", "r");
  Wait(1);
  Push<UserStoppedSpeakingFrame>();
  Wait(1);
  Push<LLMFullResponseStartFrame>();
  Push<LLMMessagesAppendFrame>(Json::array());
  Wait(1);
  EXPECT_THAT(rig_->UpstreamLog(), IsEmpty());

  Calls({"c2"});
  Begins("c2");
  Push<BotStartedSpeakingFrame>();
  Wait(1);
  Answers("c2", "r");
  Wait(1);
  Push<InterruptionFrame>();
  Push<BotStoppedSpeakingFrame>();
  Wait(1);
  EXPECT_THAT(rig_->UpstreamLog(), IsEmpty());
}

TEST_F(AssistantAggregator, HoldsAnAppendedQuestionBackWhileTheBotSpeaks) {
  Push<BotStartedSpeakingFrame>();
  Wait(1);
  auto append = Make<LLMMessagesAppendFrame>(Json::parse(R"([{"role": "user", "content": "a"}])"));
  append->run_llm = true;
  rig_->Push(std::move(append));
  Wait(9);
  EXPECT_THAT(rig_->UpstreamLog(), IsEmpty());
  Push<BotStoppedSpeakingFrame>();
  Wait(1);

  EXPECT_THAT(rig_->UpstreamLog(), ElementsAre("LLMContextFrame@10"));
}

TEST_F(AssistantAggregator, TellsWhatWasSaidWithoutTheModelsSigns) {
  auto marker = Make<LLMMarkerFrame>("●");
  marker->append_to_context_immediately = false;
  Push<LLMFullResponseStartFrame>();
  rig_->Push(std::move(marker));
  Spoken("Hello!");
  Push<LLMFullResponseEndFrame>();
  Wait(1);
  Push<LLMMarkerFrame>("○");
  Wait(1);

  EXPECT_THAT(events_, ElementsAre("started", "stopped: Hello!"));
  EXPECT_EQ(context_->messages()[1]["content"], "● Hello!");
  EXPECT_EQ(Last(), "○");
  EXPECT_THAT(rig_->DownstreamLog(), ElementsAre("LLMContextFrame@0", "LLMContextAssistantTimestampFrame@0",
                                                 "LLMContextAssistantTurnFrame@0", "LLMContextFrame@1",
                                                 "LLMContextAssistantTimestampFrame@1"));
}

TEST_F(AssistantAggregator, ACancelWaitsForTheOthersOfItsGroup) {
  Calls({"c1", "c2"});
  Begins("c1");
  Begins("c2");
  Wait(1);
  for (const char* id : {"c1", "c2"}) {
    EXPECT_THAT(rig_->UpstreamLog(), IsEmpty());
    auto cancel = Make<FunctionCallCancelFrame>(std::string("f-") + id, id);
    cancel->run_llm = true;
    rig_->Push(std::move(cancel));
    Wait(1);
  }

  EXPECT_THAT(rig_->UpstreamLog(), ElementsAre("LLMContextFrame@2"));
}

TEST_F(AssistantAggregator, AnotherCallsNoteIsNoTalkBehindAnAsynchronousCall) {
  Calls({"c1", "c2"});
  Begins("c1", "{}", true);
  Begins("c2", "{}", true);
  auto half = Make<FunctionCallResultFrame>("f-c1", "c1", Json::object(), "half way");
  half->properties.emplace();
  half->properties->is_final = false;
  rig_->Push(std::move(half));
  Answers("c2", "r");
  Wait(1);

  EXPECT_EQ(ToolContent("c2"), "\"r\"");
}

TEST_F(AssistantAggregator, TakesResultsThatAreQueuedTogetherAsOne) {
  for (const char* id : {"c1", "c2"}) {
    auto frame = Make<FunctionCallInProgressFrame>("f", id, Json::object());
    frame->cancel_on_interruption = true;
    rig_->Push(std::move(frame));  // no group: each would run the model
  }
  Wait(1);
  Answers("c1", "one");
  Answers("c2", "two");
  Push<LLMMessagesAppendFrame>(Json::parse(R"([{"role": "developer", "content": "be brief"}])"));
  Wait(1);

  EXPECT_THAT(rig_->UpstreamLog(), ElementsAre("LLMContextFrame@1"));
  EXPECT_EQ(Last(), "be brief");
}

TEST_F(AssistantAggregator, WaitsForCallsOfTheGroupThatHaveNotBegunYet) {
  Calls({"c1", "c2"});
  Begins("c1");
  Answers("c1", "one");
  Wait(10);
  EXPECT_THAT(rig_->UpstreamLog(), IsEmpty());
  Begins("c2");
  Answers("c2", "two");
  Wait(1);

  EXPECT_THAT(rig_->UpstreamLog(), ElementsAre("LLMContextFrame@10"));
}

TEST_F(AssistantAggregator, RunsTheModelAsTheResultSays) {
  Calls({"c1"});
  Begins("c1");
  auto result = Make<FunctionCallResultFrame>("f-c1", "c1", Json::object(), "r");
  result->run_llm = true;
  result->properties.emplace();
  result->properties->run_llm = false;
  bool updated = false;
  result->properties->on_context_updated =
      std::make_shared<UniqueFunction<void()>>([&] { updated = ToolContent("c1") == "\"r\""; });
  rig_->Push(std::move(result));
  Wait(1);

  EXPECT_THAT(rig_->UpstreamLog(), IsEmpty());
  EXPECT_TRUE(updated);
}

TEST_F(AssistantAggregator, AnEmptyResultIsCompletedAndRunsNothing) {
  Calls({"c1"});
  Begins("c1");
  Answers("c1", nullptr);
  Wait(1);

  EXPECT_EQ(ToolContent("c1"), "COMPLETED");
  EXPECT_THAT(rig_->UpstreamLog(), IsEmpty());
}

TEST_F(AssistantAggregator, SettlesACallOnce) {
  Calls({"c1"});
  Begins("c1");
  Answers("c1", "first");
  Answers("c1", "second");
  Answers("unknown", "r");
  Wait(1);

  EXPECT_EQ(ToolContent("c1"), "\"first\"");
  EXPECT_EQ(context_->messages().size(), 3u);
}

TEST_F(AssistantAggregator, ACancelMayOvertakeTheCall) {
  Calls({"c1"});
  Push<FunctionCallCancelFrame>("f-c1", "c1");
  Begins("c1");
  Wait(1);

  EXPECT_EQ(ToolContent("c1"), "CANCELLED");
  EXPECT_FALSE(aggregator_.has_function_calls_in_progress());
}

TEST_F(AssistantAggregator, ACancelRunsTheModelWhenItSaysSo) {
  Calls({"c1"});
  Begins("c1");
  Wait(1);
  auto cancel = Make<FunctionCallCancelFrame>("f-c1", "c1");
  cancel->run_llm = true;
  rig_->Push(std::move(cancel));
  Wait(1);

  EXPECT_EQ(ToolContent("c1"), "CANCELLED");
  EXPECT_THAT(rig_->UpstreamLog(), ElementsAre("LLMContextFrame@1"));
}

TEST_F(AssistantAggregator, AnAsynchronousResultBehindOtherTalkIsAMessageOfItsOwn) {
  Calls({"c1"});
  Begins("c1", "{}", true);
  auto half = Make<FunctionCallResultFrame>("f-c1", "c1", Json::object(), "half way");
  half->properties.emplace();
  half->properties->is_final = false;
  half->properties->run_llm = false;
  rig_->Push(std::move(half));
  Answers("c1", "ü");
  Wait(1);

  EXPECT_THAT(ToolContent("c1"), HasSubstr(R"("type": "async_tool", "status": "running")"));
  ASSERT_EQ(context_->messages().size(), 5u);
  const Json half_way = Json::parse(context_->messages()[3]["content"].get<std::string>());
  EXPECT_EQ(half_way["status"], "running");
  EXPECT_EQ(half_way["result"], R"("half way")");
  EXPECT_EQ(context_->messages()[4]["role"], "developer");
  EXPECT_THAT(context_->messages()[4]["content"].get<std::string>(),
              HasSubstr(R"("status": "finished", "tool_call_id": "c1", "description": ")"));
  EXPECT_THAT(context_->messages()[4]["content"].get<std::string>(), HasSubstr(R"("result": "\"ü\"")"));
}

TEST_F(AssistantAggregator, OnlyAsynchronousToolsMayGiveIntermediateResults) {
  Calls({"c1"});
  Begins("c1");
  auto half = Make<FunctionCallResultFrame>("f-c1", "c1", Json::object(), "half way");
  half->properties.emplace();
  half->properties->is_final = false;
  rig_->Push(std::move(half));
  Wait(1);

  EXPECT_EQ(ToolContent("c1"), "IN_PROGRESS");
}

TEST_F(AssistantAggregator, TellsOfABackchannelOnceAndKeepsItOutOfTheContext) {
  std::vector<std::string> told;
  aggregator_.on_assistant_backchannel.Connect(
      [&told](const std::string& text, const std::string&) { told.push_back(text); });
  auto announced = Make<AggregatedTextFrame>("Mm-hm.", TextType::kBackchannel);
  announced->will_be_spoken = true;
  announced->append_to_context = false;
  rig_->Push(std::move(announced));
  auto spoken = Make<TTSTextFrame>("Mm-hm.", TextType::kBackchannel);
  spoken->will_be_spoken = true;
  spoken->append_to_context = false;
  rig_->Push(std::move(spoken));
  Wait(1);

  EXPECT_THAT(told, ElementsAre("Mm-hm."));
  EXPECT_EQ(context_->messages().size(), 1u);
}

TEST_F(AssistantAggregator, SendsTheContextUpstreamWhenTheApplicationAsks) {
  rig_->Push(Make<LLMRunFrame>(), Direction::kUpstream);
  auto append = Make<LLMMessagesAppendFrame>(Json::parse(R"([{"role": "user", "content": "a"}])"));
  append->run_llm = true;
  rig_->Push(std::move(append), Direction::kUpstream);
  rig_->Push(Make<LLMMessagesUpdateFrame>(Json::array()), Direction::kUpstream);
  Wait(1);

  EXPECT_THAT(rig_->UpstreamLog(), ElementsAre("LLMContextFrame@0", "LLMContextFrame@0"));
  EXPECT_THAT(context_->messages(), IsEmpty());
}

}  // namespace
}  // namespace repartee
