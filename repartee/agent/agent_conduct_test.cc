// How agents behave as their settings say, in virtual time with scripted services.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "repartee/agent/agent.h"
#include "repartee/agent/agent_for_test.h"
#include "repartee/agent/agent_functions.h"
#include "repartee/frames/media_frames.h"
#include "repartee/frames/speaking_frames.h"

namespace repartee {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Asks for one function, then thanks for its result.
class CallingLlm final : public LLMService {
 public:
  CallingLlm(std::string function, Json arguments)
      : LLMService("CallingLlm", Json::object()),
        function_(std::move(function)),
        arguments_(std::move(arguments)) {}

  Json offered;

 protected:
  Task<Status> ProcessContext(std::shared_ptr<LLMContext> context) override {
    offered = context->tools();
    if (std::exchange(called_, true)) {
      PushText("Thanks.");
      co_return OkStatus();
    }
    std::vector<FunctionCallRequest> calls(1);
    calls[0].call.function_name = function_;
    calls[0].call.tool_call_id = "1";
    calls[0].call.arguments = arguments_;
    RunFunctionCalls(std::move(calls));
    co_return OkStatus();
  }

 private:
  const std::string function_;
  const Json arguments_;
  bool called_ = false;
};

class Conversation {
 public:
  explicit Conversation(const AgentSettings& settings,
                        std::unique_ptr<LLMService> llm = std::make_unique<testing::GreetingLlm>())
      : agent_(testing::ScriptedServices(std::move(llm)), input_, output_, settings),
        task_(agent_.pipeline(), Options(settings)) {
    agent_.user().on_user_turn_started.Connect(
        [this](const std::string& name) { started_by.push_back(name); });
    agent_.user().on_user_turn_stopped.Connect(
        [this](const std::string& name, const std::string& content, const std::string&) {
          stopped_by.push_back(name);
          heard.push_back(content);
        });
    agent_.assistant().on_assistant_turn_stopped.Connect(
        [this](const std::string& content, bool, const std::string&) {
          if (!content.empty()) said.push_back(content);
        });
    loop_.Post([this] { task_.Start(loop_); });
    Wait(milliseconds(10));
  }
  ~Conversation() {
    if (!task_.finished()) task_.Cancel();
    Wait(seconds(5));
  }

  void Wait(Nanos time) { loop_.RunFor(time); }
  void Speak(const std::string& text) {
    input_.Broadcast<VADUserStartedSpeakingFrame>(0.2, 0.0);
    Wait(milliseconds(300));
    input_.Broadcast<VADUserStoppedSpeakingFrame>(0.2, 0.0);
    auto words = Make<TranscriptionFrame>(text, "user-1", "2026-01-01T00:00:00Z");
    words->finalized = true;
    input_.Push(std::move(words));
  }
  void Press(KeypadEntry key) { input_.Push(Make<InputDTMFFrame>(key)); }
  bool finished() const { return task_.finished(); }

  std::vector<std::string> started_by;
  std::vector<std::string> stopped_by;
  std::vector<std::string> heard;
  std::vector<std::string> said;

 private:
  static PipelineTaskOptions Options(const AgentSettings& settings) {
    PipelineTaskOptions options;
    options.params.audio_out_sample_rate = 16000;
    options.params.allow_interruptions = settings.turns.interruptions;
    return options;
  }

  EventLoop loop_{EventLoop::Time::kVirtual};
  testing::MessageInput input_;
  testing::PacedOutput output_;
  Agent agent_;
  PipelineTask task_;
};

TEST(AgentConduct, SpeaksToAUserWhoSaysNothingAndHangsUpInTheEnd) {
  AgentSettings settings;
  settings.idle = {.timeout = seconds(5), .say = {"Are you there?", "Goodbye then."}, .end = true};
  Conversation conversation(settings);

  conversation.Speak("Hi.");
  conversation.Wait(seconds(8));
  EXPECT_THAT(conversation.said, ElementsAre(HasSubstr("Hello there."), "Are you there?"));
  EXPECT_FALSE(conversation.finished());
  conversation.Wait(seconds(10));

  EXPECT_THAT(conversation.said, ElementsAre(HasSubstr("Hello there."), "Are you there?", "Goodbye then."));
  EXPECT_TRUE(conversation.finished());
}

TEST(AgentConduct, BeginsAnewWithTheIdleUserWhoSpeaksAgain) {
  AgentSettings settings;
  settings.idle = {.timeout = seconds(5), .say = {"Are you there?"}, .end = false};
  Conversation conversation(settings);

  conversation.Speak("Hi.");
  conversation.Wait(seconds(9));
  conversation.Speak("Yes.");
  conversation.Wait(seconds(9));

  EXPECT_EQ(std::count(conversation.said.begin(), conversation.said.end(), "Are you there?"), 2);
  EXPECT_FALSE(conversation.finished());
}

TEST(AgentConduct, EndsTheConversationWhenTheModelWishesAfterItsFarewell) {
  AgentSettings settings;
  settings.tools = AgentFunctions();
  auto llm = std::make_unique<CallingLlm>("end_conversation", Json{{"farewell", "Goodbye!"}});
  CallingLlm& model = *llm;
  Conversation conversation(settings, std::move(llm));

  conversation.Speak("That is all.");
  conversation.Wait(seconds(10));

  EXPECT_EQ(model.offered.size(), settings.tools.size());
  EXPECT_THAT(conversation.said, ElementsAre("Goodbye!"));
  EXPECT_TRUE(conversation.finished());
}

TEST(AgentConduct, TakesTurnsByTheStrategiesOfItsSettings) {
  AgentSettings settings;
  settings.turns.start = {MinWordsUserTurnStartOptions{.min_words = 3, .use_interim = true, .started = {}}};
  settings.turns.stop = {SpeechTimeoutStop{.user_speech_timeout = milliseconds(1500)}};
  Conversation conversation(settings);

  conversation.Speak("Hi.");
  conversation.Wait(milliseconds(1200));
  EXPECT_THAT(conversation.heard, ElementsAre());
  conversation.Wait(milliseconds(500));
  EXPECT_THAT(conversation.started_by, ElementsAre("MinWordsUserTurnStartStrategy"));
  EXPECT_THAT(conversation.stopped_by, ElementsAre("SpeechTimeoutUserTurnStopStrategy"));

  conversation.Speak("Oh.");  // over the bot, and too little to interrupt it
  conversation.Wait(seconds(6));
  EXPECT_THAT(conversation.heard, ElementsAre("Hi."));
}

TEST(AgentConduct, DoesNotListenWhileItsSettingsMuteTheUser) {
  AgentSettings settings;
  settings.turns.mute = {UserMute::kAlways};
  Conversation conversation(settings);

  conversation.Speak("Hi.");
  conversation.Wait(milliseconds(900));
  conversation.Speak("Stop!");
  conversation.Wait(seconds(5));

  EXPECT_THAT(conversation.heard, ElementsAre("Hi."));
  EXPECT_THAT(conversation.said, ElementsAre("Hello there. How are you?"));
}

TEST(AgentConduct, LetsAPauseEndTheTurnWhereThereIsNoSmartTurn) {
  AgentSettings settings;
  settings.turns.stop = {SmartTurnStop{}};
  Conversation conversation(settings);

  conversation.Speak("Hi.");
  conversation.Wait(seconds(2));

  EXPECT_THAT(conversation.stopped_by, ElementsAre("SpeechTimeoutUserTurnStopStrategy"));
}

TEST(AgentConduct, TakesKeysForWords) {
  AgentSettings settings;
  settings.dtmf.emplace();
  Conversation conversation(settings);

  conversation.Press(KeypadEntry::kOne);
  conversation.Press(KeypadEntry::kTwo);
  conversation.Press(KeypadEntry::kPound);
  conversation.Wait(seconds(4));

  EXPECT_THAT(conversation.heard, ElementsAre("DTMF: 12#"));
}

}  // namespace
}  // namespace repartee
