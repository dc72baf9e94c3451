#include "repartee/conversation/user_turn/user_idle_controller.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "repartee/frames/function_call_frames.h"
#include "repartee/frames/speaking_frames.h"

namespace repartee {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class UserIdle : public ::testing::Test {
 protected:
  UserIdle() { controller_.Start(loop_); }
  ~UserIdle() override { controller_.Stop(); }

  template <class F, class... Args>
  void See(Args&&... args) {
    controller_.Process(*Make<F>(std::forward<Args>(args)...));
  }
  void BotSpeaks() {
    See<BotStartedSpeakingFrame>();
    See<BotStoppedSpeakingFrame>();
  }
  void Wait(int ms) { loop_.RunFor(milliseconds(ms)); }

  EventLoop loop_{EventLoop::Time::kVirtual};
  const Nanos begin_ = loop_.now();
  std::vector<int> idle_at_ms_;
  UserIdleController controller_{
      milliseconds(200),
      [this] { idle_at_ms_.push_back(static_cast<int>((loop_.now() - begin_) / milliseconds(1))); }};
};

TEST_F(UserIdle, IsToldOnceForEachSpeechOfTheBot) {
  BotSpeaks();
  Wait(1000);
  BotSpeaks();
  Wait(1000);

  EXPECT_THAT(idle_at_ms_, ElementsAre(200, 1200));
}

TEST_F(UserIdle, IsNotSoWhenTheBotOrTheUserSpeaksAgain) {
  BotSpeaks();
  Wait(100);
  See<BotStartedSpeakingFrame>();
  Wait(300);
  See<BotStoppedSpeakingFrame>();
  Wait(100);
  controller_.OnUserTurnStarted();
  Wait(300);

  EXPECT_THAT(idle_at_ms_, IsEmpty());
}

TEST_F(UserIdle, DoesNotCountWhileTheUserHasTheTurn) {
  See<BotStartedSpeakingFrame>();
  controller_.OnUserTurnStarted();
  See<BotStoppedSpeakingFrame>();
  Wait(1000);

  EXPECT_THAT(idle_at_ms_, IsEmpty());
}

TEST_F(UserIdle, DoesNotCountWhileAToolRuns) {
  std::vector<FunctionCallFromLLM> calls(1);
  calls[0].tool_call_id = "c1";
  See<FunctionCallsStartedFrame>(calls);
  BotSpeaks();
  Wait(1000);
  EXPECT_THAT(idle_at_ms_, IsEmpty());

  See<FunctionCallResultFrame>("f", "c1", Json::object(), "r");
  BotSpeaks();
  Wait(1000);

  EXPECT_THAT(idle_at_ms_, ElementsAre(1200));
}

TEST_F(UserIdle, CountsAfterATurnThatNobodyAnswers) {
  controller_.OnUserTurnStarted();
  controller_.OnUserTurnStopped(true);
  Wait(1000);

  EXPECT_THAT(idle_at_ms_, ElementsAre(200));
}

TEST_F(UserIdle, TakesANewTimeout) {
  See<UserIdleTimeoutUpdateFrame>(0.5);
  BotSpeaks();
  Wait(1000);
  See<UserIdleTimeoutUpdateFrame>(0.0);
  BotSpeaks();
  Wait(1000);

  EXPECT_THAT(idle_at_ms_, ElementsAre(500));
}

TEST_F(UserIdle, CountsANewTimeoutFromWhenItComes) {
  BotSpeaks();
  Wait(100);
  See<UserIdleTimeoutUpdateFrame>(0.5);
  Wait(1000);
  See<UserIdleTimeoutUpdateFrame>(0.0);
  BotSpeaks();
  Wait(1000);
  See<UserIdleTimeoutUpdateFrame>(0.3);
  Wait(1000);

  EXPECT_THAT(idle_at_ms_, ElementsAre(600, 2400));
}

TEST_F(UserIdle, TakesNoNonsenseAsATimeout) {
  See<UserIdleTimeoutUpdateFrame>(std::numeric_limits<double>::quiet_NaN());
  BotSpeaks();
  See<UserIdleTimeoutUpdateFrame>(std::numeric_limits<double>::infinity());
  BotSpeaks();
  See<UserIdleTimeoutUpdateFrame>(-1.0);
  BotSpeaks();
  Wait(1000);

  EXPECT_THAT(idle_at_ms_, IsEmpty());
}

}  // namespace
}  // namespace repartee
