#include "repartee/services/service_switcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "repartee/frames/speaking_frames.h"
#include "repartee/services/testing/observed.h"

namespace repartee {
namespace {

using std::chrono::milliseconds;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Puts its mark behind each text; "boom" makes it of no use.
class Marking final : public AIService {
 public:
  explicit Marking(std::string mark) : AIService("Marking", Json::object()), mark_(std::move(mark)) {}
  bool started = false;

 protected:
  Status Start() override {
    started = true;
    return OkStatus();
  }
  void BroadcastMetadata() override { Broadcast<ServiceMetadataFrame>("of " + mark_); }
  Status Process(FramePtr frame, Direction direction) override {
    const auto* text = frame->As<TextFrame>();
    if (!text) return AIService::Process(std::move(frame), direction);
    if (text->text == "boom") {
      ReportError("refused", ErrorCategory::kAuthentication);
    } else {
      Push(Make<TextFrame>(text->text + mark_));
    }
    return OkStatus();
  }

 private:
  const std::string mark_;
};

class Switcher : public ::testing::Test {
 protected:
  void Use(ServiceSwitcherStrategy strategy = ServiceSwitcherStrategy::kManual) {
    switcher_ = std::make_unique<ServiceSwitcher>(std::vector<AIService*>{&one_, &two_}, strategy);
    rig_ = std::make_unique<testing::Rig>(std::vector<FrameProcessor*>{switcher_.get()});
  }
  void Say(const char* text) {
    rig_->Push(Make<TextFrame>(text));
    rig_->Wait(milliseconds(1));
  }
  std::vector<std::string> Texts() {
    std::vector<std::string> texts;
    for (const auto* frame : testing::Frames<TextFrame>(rig_->downstream())) texts.push_back(frame->text);
    return texts;
  }
  std::vector<std::string> Metadata() {
    std::vector<std::string> names;
    for (const auto* frame : testing::Frames<ServiceMetadataFrame>(rig_->downstream()))
      names.push_back(frame->service_name);
    return names;
  }
  ~Switcher() override { rig_.reset(); }

  Marking one_{"1"}, two_{"2"};
  std::unique_ptr<ServiceSwitcher> switcher_;
  std::unique_ptr<testing::Rig> rig_;
};

TEST_F(Switcher, IsOfUseAsLongAsOneOfItsServicesIs) {
  Use(ServiceSwitcherStrategy::kFailover);
  std::vector<std::string> told;
  one_.on_usable_changed.Connect([&told](bool usable) { told.push_back(usable ? "one is" : "one is not"); });
  switcher_->on_usable_changed.Connect([&told](bool usable) { told.push_back(usable ? "is" : "is not"); });

  Say("boom");
  EXPECT_TRUE(switcher_->usable());
  Say("boom");
  EXPECT_FALSE(switcher_->usable());
  one_.SetUsable(true);
  rig_->Wait(milliseconds(1));

  EXPECT_THAT(told, ElementsAre("one is not", "is not", "one is", "is"));
}

TEST_F(Switcher, GivesFramesToTheActiveServiceAloneAndStartsAll) {
  Use();

  Say("a");

  EXPECT_THAT(Texts(), ElementsAre("a1"));
  EXPECT_TRUE(two_.started);
  EXPECT_THAT(Metadata(), ElementsAre("of 1"));
}

TEST_F(Switcher, SwitchesWhenTold) {
  Use();
  std::vector<const AIService*> switched;
  switcher_->on_service_switched.Connect([&](const AIService* to) { switched.push_back(to); });

  rig_->Push(Make<ManuallySwitchServiceFrame>(two_));
  Say("a");

  EXPECT_THAT(Texts(), ElementsAre("a2"));
  EXPECT_THAT(Metadata(), ElementsAre("of 1", "of 2"));
  EXPECT_THAT(switched, ElementsAre(&two_));
}

TEST_F(Switcher, PassesOnAChoiceThatIsNotItsOwn) {
  Use();
  Marking other("3");

  rig_->Push(Make<ManuallySwitchServiceFrame>(other));
  Say("a");

  EXPECT_THAT(Texts(), ElementsAre("a1"));
  EXPECT_THAT(rig_->DownstreamLog(), Contains("ManuallySwitchServiceFrame@0"));
}

TEST_F(Switcher, FailsOverWhenTheActiveServiceBecomesOfNoUse) {
  Use(ServiceSwitcherStrategy::kFailover);

  Say("boom");
  Say("a");

  EXPECT_EQ(&switcher_->active_service(), &two_);
  EXPECT_THAT(Texts(), ElementsAre("a2"));
}

TEST_F(Switcher, StaysWithAUselessServiceUnlessToldToFailOver) {
  Use();

  Say("boom");

  EXPECT_EQ(&switcher_->active_service(), &one_);
}

TEST_F(Switcher, ChangesSettingsOfInactiveServicesOnlyWhenAsked) {
  Use();

  rig_->Push(Make<ServiceUpdateSettingsFrame>(Json{{"a", 1}}, &two_));
  rig_->Wait(milliseconds(1));
  EXPECT_FALSE(two_.settings().contains("a"));
  auto update = Make<ServiceUpdateSettingsFrame>(Json{{"a", 1}}, &two_);
  update->reach_inactive_services = true;
  rig_->Push(std::move(update));
  rig_->Wait(milliseconds(1));

  EXPECT_TRUE(two_.settings().contains("a"));
}

// Answers with its name, or fails for good.
class Answering final : public LLMService {
 public:
  Answering(std::string answer, bool fails)
      : LLMService("Answering", Json::object()), answer_(std::move(answer)), fails_(fails) {}

 protected:
  Task<Status> ProcessContext(std::shared_ptr<LLMContext>) override {
    co_await Sleep(loop(), milliseconds(10));
    if (fails_) co_return Status::Unauthenticated("no key");
    PushText(answer_);
    co_return OkStatus();
  }

 private:
  const std::string answer_;
  const bool fails_;
};

TEST(LLMSwitcher, HasTheNextModelAnswerTheQuestionTheFirstCouldNot) {
  Answering broken("never", true), works("hello", false);
  LLMSwitcher switcher({&broken, &works}, ServiceSwitcherStrategy::kFailover);
  testing::Rig rig({&switcher});

  rig.Push(Make<LLMContextFrame>(nullptr));
  rig.Wait(milliseconds(100));

  EXPECT_THAT(rig.DownstreamLog(), Contains("LLMTextFrame(hello)@20"));
}

// Says two words, 50 ms each; calls "look_up" behind them if it is to.
class Talking final : public LLMService {
 public:
  explicit Talking(bool calls) : LLMService("Talking", Json::object()), calls_(calls) {}

 protected:
  Task<Status> ProcessContext(std::shared_ptr<LLMContext>) override {
    for (const char* word : {"one ", "two"}) {
      co_await Sleep(loop(), milliseconds(50));
      PushText(word);
    }
    if (calls_) {
      std::vector<FunctionCallRequest> calls;
      calls.push_back({{"look_up", "c1", Json::object(), nullptr}, {}});
      RunFunctionCalls(std::move(calls));
    }
    co_return OkStatus();
  }

 private:
  const bool calls_;
};

// Two models that look something up for half a second; the first one is asked and then left.
class LeftModel : public ::testing::Test {
 protected:
  LeftModel() {
    switcher.RegisterFunction("look_up",
                              [this](FunctionCallParams params) { return LookUp(std::move(params)); });
  }
  Task<Status> LookUp(FunctionCallParams params) {
    co_await Sleep(rig.loop(), milliseconds(500));
    params.result_callback("found");
    co_return OkStatus();
  }
  void LeaveAt(Nanos time) {
    rig.Push(Make<LLMContextFrame>(nullptr));
    rig.Wait(time);
    rig.Push(Make<ManuallySwitchServiceFrame>(second));
    rig.Wait(milliseconds(1));
  }
  std::vector<std::string> Log() {
    return testing::Without(rig.DownstreamLog(),
                            {"LLMServiceMetadata", "UserTurn", "User", "FunctionCallsStarted"});
  }

  Talking first{true}, second{false};
  LLMSwitcher switcher{{&first, &second}};
  testing::Rig rig{{&switcher}};
};

TEST_F(LeftModel, FinishesItsAnswer) {
  LeaveAt(milliseconds(70));
  rig.Wait(milliseconds(40));

  EXPECT_THAT(Log(),
              ElementsAre("LLMFullResponseStartFrame@0", "LLMTextFrame(one )@50", "LLMTextFrame(two)@100",
                          "LLMFullResponseEndFrame@100", "FunctionCallInProgressFrame@100"));
}

TEST_F(LeftModel, SettlesItsCalls) {
  LeaveAt(milliseconds(200));
  rig.Wait(milliseconds(1000));

  EXPECT_THAT(Log(), Contains("FunctionCallResultFrame@600"));
  EXPECT_THAT(rig.UpstreamLog(), Contains("FunctionCallResultFrame@600"));
}

TEST_F(LeftModel, IsInterruptedLikeTheActiveOne) {
  LeaveAt(milliseconds(200));
  rig.Push(Make<InterruptionFrame>());
  rig.Wait(milliseconds(1000));

  EXPECT_THAT(Log(), Contains("FunctionCallCancelFrame@201"));
  EXPECT_THAT(Log(), ::testing::Not(Contains("FunctionCallResultFrame@600")));
  const auto log = rig.DownstreamLog();
  EXPECT_EQ(std::ranges::count(log, "InterruptionFrame@201"), 1);
}

TEST_F(LeftModel, HasASuccessorThatKnowsOfTheTurnThatIsOpen) {
  rig.Push(Make<UserStartedSpeakingFrame>());
  rig.Push(Make<ManuallySwitchServiceFrame>(second));
  rig.Wait(Nanos(0));
  auto early = Make<LLMContextFrame>(nullptr);
  early->speculation = true;
  rig.Push(std::move(early));
  rig.Wait(milliseconds(300));
  EXPECT_THAT(Log(), IsEmpty());
  rig.Push(Make<UserStoppedSpeakingFrame>());
  rig.Wait(milliseconds(1));

  EXPECT_THAT(Log(), Contains("LLMFullResponseEndFrame@300"));
}

}  // namespace
}  // namespace repartee
