#include "repartee/conversation/llm_user_aggregator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "repartee/conversation/user_turn/completion_strategies.h"
#include "repartee/conversation/user_turn/eager_stop_strategy.h"
#include "repartee/conversation/user_turn/start_strategies.h"
#include "repartee/conversation/user_turn/stop_strategies.h"
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
using ::testing::MatchesRegex;

// Voice and transcripts start a turn, 300 ms of silence stop it.
LLMUserAggregatorParams SpeechTimeout() {
  SpeechTimeoutUserTurnStopOptions options;
  options.user_speech_timeout = milliseconds(300);
  LLMUserAggregatorParams params;
  params.user_turn_strategies.stop.push_back(std::make_unique<SpeechTimeoutUserTurnStopStrategy>(options));
  return params;
}

class UserAggregator : public ::testing::Test {
 protected:
  void Use(LLMUserAggregatorParams params, Json messages = Json::array(),
           PipelineTaskOptions options = testing::Rig::DefaultOptions()) {
    context_ = std::make_shared<LLMContext>(std::move(messages));
    aggregator_ = std::make_unique<LLMUserAggregator>(context_, std::move(params));
    NoteEvents();
    rig_ =
        std::make_unique<testing::Rig>(std::vector<FrameProcessor*>{aggregator_.get()}, std::move(options));
  }

  void NoteEvents() {
    auto& events = events_;
    aggregator_->on_user_turn_started.Connect(
        [&](const std::string& s) { events.push_back("started " + s); });
    aggregator_->on_user_turn_stopped.Connect(
        [&](const std::string& s, const std::string& content, const std::string& time) {
          events.push_back("stopped " + s + ": " + content);
          timestamps_.push_back(time);
        });
    aggregator_->on_user_turn_stop_timeout.Connect([&] { events.push_back("timeout"); });
    aggregator_->on_user_turn_idle.Connect([&] { events.push_back("idle"); });
    aggregator_->on_user_turn_message_added.Connect(
        [&](const std::string& content, const std::string&) { events.push_back("added: " + content); });
    aggregator_->on_user_mute_started.Connect([&] { events.push_back("muted"); });
    aggregator_->on_user_mute_stopped.Connect([&] { events.push_back("unmuted"); });
  }

  void VoiceStarts() { rig_->Push(Make<VADUserStartedSpeakingFrame>(0.2, 0.0)); }
  void VoiceStops() { rig_->Push(Make<VADUserStoppedSpeakingFrame>(0.2, 0.0)); }
  void Hear(const char* text) { rig_->Push(Make<TranscriptionFrame>(text, "u", "")); }
  template <class F>
  void FromBot() {
    rig_->Push(Make<F>(), Direction::kUpstream);
  }
  void Wait(int ms) { rig_->Wait(milliseconds(ms)); }
  void End() {
    rig_->Push(Make<EndFrame>());
    rig_->Run();
  }
  // A turn without words, ended by a watchdog of 5 s.
  void EmptyTurn() {
    VoiceStarts();
    VoiceStops();
    Wait(6000);
  }
  void SpokenTurn(const char* text) {
    VoiceStarts();
    Hear(text);
    VoiceStops();
    Wait(400);
  }

  std::shared_ptr<LLMContext> context_;
  std::unique_ptr<LLMUserAggregator> aggregator_;
  std::vector<std::string> events_;
  std::vector<std::string> timestamps_;
  std::unique_ptr<testing::Rig> rig_;
};

std::vector<std::string> Roles(const LLMContext& context) {
  std::vector<std::string> roles;
  for (const Json& message : context.messages()) roles.push_back(message["role"]);
  return roles;
}

// ---------------------------------------------------------------- recorded cases

TEST_F(UserAggregator, DoesASpokenTurnAsRecorded) {
  Use(SpeechTimeout(), Json::parse(R"([{"role": "system", "content": "s"}])"));

  VoiceStarts();
  Wait(100);
  Hear("hello");
  Wait(50);
  auto world = Make<TranscriptionFrame>("world", "u", "");
  world->finalized = true;
  rig_->Push(std::move(world));
  Wait(50);
  VoiceStops();
  Wait(600);
  End();

  EXPECT_THAT(
      rig_->DownstreamLog(),
      ElementsAre("VADUserStartedSpeakingFrame@0", "UserStartedSpeakingFrame@0", "InterruptionFrame@0",
                  "VADUserStoppedSpeakingFrame@200", "LLMContextUserTurnFrame@500", "LLMContextFrame@500",
                  "UserStoppedSpeakingFrame@500", "EndFrame@800"));
  EXPECT_THAT(rig_->UpstreamLog(),
              ElementsAre("UserStartedSpeakingFrame@0", "InterruptionFrame@0", "LLMContextUserTurnFrame@500",
                          "UserStoppedSpeakingFrame@500"));
  EXPECT_EQ(
      context_->messages(),
      Json::parse(R"([{"role": "system", "content": "s"}, {"role": "user", "content": "hello world"}])"));
  EXPECT_THAT(events_, ElementsAre("started VADUserTurnStartStrategy", "added: hello world",
                                   "stopped SpeechTimeoutUserTurnStopStrategy: hello world"));
  EXPECT_THAT(timestamps_, ElementsAre(MatchesRegex("20..-..-..T..:..:..\\....\\+00:00")));
}

TEST_F(UserAggregator, TakesALateTranscriptAsRecorded) {
  Use(SpeechTimeout());

  rig_->Push(Make<STTMetadataFrame>("stt", 0.6));
  VoiceStarts();
  Wait(100);
  VoiceStops();
  Wait(700);
  Hear("late words");
  Wait(300);
  End();

  EXPECT_THAT(
      rig_->DownstreamLog(),
      ElementsAre("STTMetadataFrame@0", "VADUserStartedSpeakingFrame@0", "UserStartedSpeakingFrame@0",
                  "InterruptionFrame@0", "VADUserStoppedSpeakingFrame@100", "LLMContextUserTurnFrame@800",
                  "LLMContextFrame@800", "UserStoppedSpeakingFrame@800", "EndFrame@1100"));
  EXPECT_EQ(context_->messages(), Json::parse(R"([{"role": "user", "content": "late words"}])"));
}

TEST_F(UserAggregator, EndsATurnWithoutWordsAsRecorded) {
  LLMUserAggregatorParams params = SpeechTimeout();
  params.user_turn_stop_timeout = milliseconds(400);
  Use(std::move(params));

  FromBot<BotStartedSpeakingFrame>();
  Wait(50);
  VoiceStarts();
  Wait(100);
  VoiceStops();
  Wait(800);
  End();

  EXPECT_THAT(rig_->DownstreamLog(),
              ElementsAre("VADUserStartedSpeakingFrame@50", "UserStartedSpeakingFrame@50",
                          "InterruptionFrame@50", "VADUserStoppedSpeakingFrame@150",
                          "UserStoppedSpeakingFrame@550", "LLMContextFrame@550", "EndFrame@950"));
  EXPECT_THAT(rig_->UpstreamLog(), ElementsAre("BotStartedSpeakingFrame@0", "UserStartedSpeakingFrame@50",
                                               "InterruptionFrame@50", "UserStoppedSpeakingFrame@550"));
  EXPECT_THAT(Roles(*context_), ElementsAre("developer"));
  EXPECT_THAT(events_, ElementsAre("started VADUserTurnStartStrategy", "timeout", "stopped : "));
}

TEST_F(UserAggregator, MutesTheUserAsRecorded) {
  LLMUserAggregatorParams params = SpeechTimeout();
  params.user_mute_strategies.push_back(std::make_unique<AlwaysUserMuteStrategy>());
  Use(std::move(params));

  FromBot<BotStartedSpeakingFrame>();
  Wait(50);
  VoiceStarts();
  Hear("muted words");
  VoiceStops();
  Wait(100);
  FromBot<BotStoppedSpeakingFrame>();
  Wait(50);
  VoiceStarts();
  Wait(20);
  Hear("heard");
  VoiceStops();
  Wait(700);
  End();

  EXPECT_THAT(
      rig_->DownstreamLog(),
      ElementsAre("UserMuteStartedFrame@0", "UserMuteStoppedFrame@150", "VADUserStartedSpeakingFrame@200",
                  "UserStartedSpeakingFrame@200", "InterruptionFrame@200", "VADUserStoppedSpeakingFrame@220",
                  "LLMContextUserTurnFrame@520", "LLMContextFrame@520", "UserStoppedSpeakingFrame@520",
                  "EndFrame@920"));
  EXPECT_THAT(
      rig_->UpstreamLog(),
      ElementsAre("UserMuteStartedFrame@0", "BotStartedSpeakingFrame@0", "UserMuteStoppedFrame@150",
                  "BotStoppedSpeakingFrame@150", "UserStartedSpeakingFrame@200", "InterruptionFrame@200",
                  "LLMContextUserTurnFrame@520", "UserStoppedSpeakingFrame@520"));
  EXPECT_EQ(context_->messages(), Json::parse(R"([{"role": "user", "content": "heard"}])"));
}

TEST_F(UserAggregator, NoticesAnIdleUserAsRecorded) {
  LLMUserAggregatorParams params = SpeechTimeout();
  params.user_idle_timeout = milliseconds(200);
  Use(std::move(params));

  FromBot<BotStartedSpeakingFrame>();
  Wait(50);
  FromBot<BotStoppedSpeakingFrame>();
  Wait(500);
  FromBot<BotStartedSpeakingFrame>();
  FromBot<BotStoppedSpeakingFrame>();
  Wait(100);
  FromBot<BotStartedSpeakingFrame>();
  Wait(300);
  End();

  EXPECT_THAT(events_, ElementsAre("idle"));
}

// ---------------------------------------------------------------- turns

TEST_F(UserAggregator, ALateTranscriptOpensATurnOfItsOwnAndInterrupts) {
  Use(SpeechTimeout());

  SpokenTurn("one");
  Hear("two");
  Wait(400);

  EXPECT_THAT(
      rig_->DownstreamLog(),
      ElementsAre("VADUserStartedSpeakingFrame@0", "UserStartedSpeakingFrame@0", "InterruptionFrame@0",
                  "VADUserStoppedSpeakingFrame@0", "LLMContextUserTurnFrame@300", "LLMContextFrame@300",
                  "UserStoppedSpeakingFrame@300", "UserStartedSpeakingFrame@400", "InterruptionFrame@400",
                  "LLMContextUserTurnFrame@700", "LLMContextFrame@700", "UserStoppedSpeakingFrame@700"));
  EXPECT_EQ(events_.back(), "stopped SpeechTimeoutUserTurnStopStrategy: two");
}

TEST_F(UserAggregator, KeepsWordsThatComeInTheSameBreathAsTheVoice) {
  Use(SpeechTimeout());

  SpokenTurn("one");

  EXPECT_EQ(context_->messages(), Json::parse(R"([{"role": "user", "content": "one"}])"));
}

TEST_F(UserAggregator, DoesNotInterruptWhenTheTaskDoesNotAllowIt) {
  PipelineTaskOptions options = testing::Rig::DefaultOptions();
  options.params.allow_interruptions = false;
  Use(SpeechTimeout(), Json::array(), options);

  VoiceStarts();
  Wait(100);

  EXPECT_THAT(rig_->DownstreamLog(),
              ElementsAre("VADUserStartedSpeakingFrame@0", "UserStartedSpeakingFrame@0"));
}

TEST_F(UserAggregator, ThrowsTooFewWordsAwayWhileTheBotSpeaks) {
  MinWordsUserTurnStartOptions min_words;
  min_words.min_words = 3;
  LLMUserAggregatorParams params = SpeechTimeout();
  params.user_turn_strategies.start.push_back(std::make_unique<MinWordsUserTurnStartStrategy>(min_words));
  Use(std::move(params));

  FromBot<BotStartedSpeakingFrame>();
  Hear("mm hm");
  Hear("stop right there");
  Wait(400);

  EXPECT_EQ(context_->messages(), Json::parse(R"([{"role": "user", "content": "stop right there"}])"));
}

TEST_F(UserAggregator, ProposedTurnsGoOnUnlessAStrategyRulesOnThem) {
  Use(SpeechTimeout());
  rig_->Push(Make<ProposedUserStartedSpeakingFrame>());
  rig_->Push(Make<ProposedUserStoppedSpeakingFrame>());
  Wait(1);
  EXPECT_THAT(rig_->DownstreamLog(),
              ElementsAre("ProposedUserStartedSpeakingFrame@0", "ProposedUserStoppedSpeakingFrame@0"));
  rig_.reset();

  LLMUserAggregatorParams params;
  params.user_turn_strategies.start.push_back(std::make_unique<ExternalUserTurnStartStrategy>());
  params.user_turn_strategies.stop.push_back(std::make_unique<ExternalUserTurnStopStrategy>());
  Use(std::move(params));
  rig_->Push(Make<ProposedUserStartedSpeakingFrame>());
  Hear("hello");
  rig_->Push(Make<ProposedUserStoppedSpeakingFrame>());
  Wait(1);
  EXPECT_THAT(rig_->DownstreamLog(),
              ElementsAre("UserStartedSpeakingFrame@0", "InterruptionFrame@0", "LLMContextUserTurnFrame@0",
                          "LLMContextFrame@0", "UserStoppedSpeakingFrame@0"));
}

LLMUserAggregatorParams Eager() {
  LLMUserAggregatorParams params;
  params.user_turn_strategies.start.push_back(std::make_unique<ExternalUserTurnStartStrategy>());
  params.user_turn_strategies.stop.push_back(
      std::make_unique<EagerUserTurnStopStrategy>(std::make_unique<ExternalUserTurnStopStrategy>()));
  return params;
}

TEST_F(UserAggregator, LetsAnEarlyAnswerOutBeforeItWritesDownWhatItAnswers) {
  Use(Eager());
  rig_->Push(Make<ProposedUserStartedSpeakingFrame>());
  rig_->Push(Make<EagerTranscriptionFrame>("what time", "u", ""));
  Wait(100);
  Hear("What time?");
  rig_->Push(Make<ProposedUserStoppedSpeakingFrame>());
  Wait(1);

  EXPECT_THAT(rig_->DownstreamLog(),
              ElementsAre("UserStartedSpeakingFrame@0", "InterruptionFrame@0", "LLMContextFrame@0",
                          "UserStoppedSpeakingFrame@100", "LLMContextUserTurnFrame@100"));
  EXPECT_EQ(context_->messages(), Json::parse(R"([{"role": "user", "content": "What time?"}])"));
}

TEST_F(UserAggregator, LeavesItToTheRecognizersFrameToCallAnEarlyAnswerBack) {
  Use(Eager());
  rig_->Push(Make<ProposedUserStartedSpeakingFrame>());
  rig_->Push(Make<EagerTranscriptionFrame>("what time", "u", ""));
  Wait(100);
  rig_->Push(Make<EagerEndOfTurnCancelFrame>());
  Wait(1);

  EXPECT_THAT(rig_->DownstreamLog(), ElementsAre("UserStartedSpeakingFrame@0", "InterruptionFrame@0",
                                                 "LLMContextFrame@0", "EagerEndOfTurnCancelFrame@100"));
}

TEST_F(UserAggregator, TellsTheWholeOfATurnThatTheEndOfTheSessionCutShort) {
  LLMUserAggregatorParams params;
  params.user_turn_strategies.stop =
      FilterIncompleteUserTurns(std::make_unique<SpeechTimeoutUserTurnStopStrategy>());
  Use(std::move(params));
  VoiceStarts();
  Hear("well");
  VoiceStops();
  Wait(1000);
  End();

  EXPECT_EQ(events_.back(), "stopped : well");
}

TEST_F(UserAggregator, FlushesWhatWasHeardBehindTheEndFrame) {
  Use(SpeechTimeout());

  VoiceStarts();
  Hear("unfinished");
  Wait(100);
  End();

  EXPECT_EQ(context_->messages(), Json::parse(R"([{"role": "user", "content": "unfinished"}])"));
  EXPECT_EQ(events_.back(), "stopped : unfinished");
  const auto log = rig_->DownstreamLog();
  EXPECT_THAT(std::vector<std::string>(log.end() - 3, log.end()),
              ElementsAre("EndFrame@100", "LLMContextUserTurnFrame@100", "LLMContextFrame@100"));
}

TEST_F(UserAggregator, WritesWhatWasHeardDownWhenCancelled) {
  Use(SpeechTimeout());

  Hear("unfinished");
  Wait(100);
  rig_->Push(Make<CancelFrame>());
  rig_->Run();

  EXPECT_EQ(context_->messages(), Json::parse(R"([{"role": "user", "content": "unfinished"}])"));
}

// ---------------------------------------------------------------- turns without words

TEST_F(UserAggregator, AsksAgainOnlyOnceInARowUntilThereAreWords) {
  Use(SpeechTimeout());

  EmptyTurn();
  EmptyTurn();
  SpokenTurn("what");
  EmptyTurn();

  EXPECT_THAT(Roles(*context_), ElementsAre("developer", "user", "developer"));
}

TEST_F(UserAggregator, LetsAnEmptyTurnPassWhileTheBotWaits) {
  LLMUserAggregatorParams params = SpeechTimeout();
  params.user_idle_timeout = std::chrono::seconds(10);
  Use(std::move(params));

  FromBot<BotStartedSpeakingFrame>();
  FromBot<BotStoppedSpeakingFrame>();
  EmptyTurn();
  Wait(20000);

  EXPECT_THAT(context_->messages(), IsEmpty());
  EXPECT_EQ(events_.back(), "idle");
}

TEST_F(UserAggregator, GivesTheIdlePromptIfThereIsOne) {
  LLMUserAggregatorParams params = SpeechTimeout();
  params.empty_user_turn.idle_prompt = "noise";
  Use(std::move(params));

  FromBot<BotStoppedSpeakingFrame>();
  EmptyTurn();

  EXPECT_EQ(context_->messages(), Json::parse(R"([{"role": "developer", "content": "noise"}])"));
}

TEST_F(UserAggregator, LeavesAnEmptyTurnToTheToolThatRuns) {
  Use(SpeechTimeout());
  std::vector<FunctionCallFromLLM> calls(1);
  calls[0].tool_call_id = "c1";

  rig_->Push(Make<FunctionCallsStartedFrame>(calls), Direction::kUpstream);
  EmptyTurn();

  EXPECT_THAT(context_->messages(), IsEmpty());
}

// ---------------------------------------------------------------- mute

TEST_F(UserAggregator, IsMutedFromTheFirstFrameOnUntilTheBotHasSpoken) {
  LLMUserAggregatorParams params = SpeechTimeout();
  params.user_mute_strategies.push_back(std::make_unique<MuteUntilFirstBotCompleteUserMuteStrategy>());
  Use(std::move(params));

  FromBot<BotStartedSpeakingFrame>();
  rig_->Push(Make<InterruptionFrame>());
  Hear("muted");
  Wait(1);
  FromBot<BotStoppedSpeakingFrame>();
  Wait(1);
  Hear("heard");
  Wait(700);
  End();

  EXPECT_EQ(context_->messages(), Json::parse(R"([{"role": "user", "content": "heard"}])"));
  EXPECT_THAT(rig_->DownstreamLog().front(), "UserMuteStartedFrame@0");
  EXPECT_THAT(rig_->DownstreamLog().back(), "EndFrame@702");
}

// ---------------------------------------------------------------- the application's frames

TEST_F(UserAggregator, RunsTheModelWhenAsked) {
  Use(SpeechTimeout());

  rig_->Push(Make<LLMRunFrame>());
  auto append = Make<LLMMessagesAppendFrame>(Json::parse(R"([{"role": "user", "content": "a"}])"));
  rig_->Push(append);
  auto update = Make<LLMMessagesUpdateFrame>(Json::parse(R"([{"role": "user", "content": "b"}])"));
  update->run_llm = true;
  rig_->Push(std::move(update));
  Wait(1);

  EXPECT_THAT(rig_->DownstreamLog(), ElementsAre("LLMContextFrame@0", "LLMContextFrame@0"));
  EXPECT_EQ(context_->messages(), Json::parse(R"([{"role": "user", "content": "b"}])"));
}

TEST_F(UserAggregator, RefusesBrokenMessagesAndGoesOn) {
  Use(SpeechTimeout(), Json::parse(R"([{"role": "system", "content": "s"}])"));

  rig_->Push(Make<LLMMessagesUpdateFrame>(Json::parse(R"([{"role": "user"}, {"content": "a"}])")));
  Wait(1);

  EXPECT_EQ(context_->messages().size(), 1u);
  ASSERT_EQ(rig_->upstream().size(), 1u);
  EXPECT_THAT(rig_->upstream()[0].frame->As<ErrorFrame>()->error,
              HasSubstr("messages[1] has no text \"role\""));
}

TEST_F(UserAggregator, TellsTheModelOfNewToolsWhenItShould) {
  LLMUserAggregatorParams params = SpeechTimeout();
  params.add_tool_change_messages = true;
  Use(std::move(params));

  rig_->Push(Make<LLMSetToolsFrame>(Json::parse(R"([{"name": "a"}, {"name": "b"}])")));
  rig_->Push(Make<LLMSetToolsFrame>(Json::parse(R"([{"name": "b"}, {"name": "c"}])")));
  rig_->Push(Make<LLMSetToolChoiceFrame>("required"));
  Wait(1);

  EXPECT_THAT(rig_->DownstreamLog(), ElementsAre("LLMSetToolsFrame@0", "LLMSetToolsFrame@0"));
  EXPECT_EQ(context_->tool_choice(), "required");
  ASSERT_EQ(context_->messages().size(), 2u);
  EXPECT_EQ(context_->messages()[1]["content"],
            "These tools are available now: c. These tools are no longer available: a.");
}

}  // namespace
}  // namespace repartee
