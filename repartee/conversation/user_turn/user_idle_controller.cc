#include "repartee/conversation/user_turn/user_idle_controller.h"

#include <algorithm>

#include "repartee/frames/speaking_frames.h"

namespace repartee {

void UserIdleController::Start(EventLoop& loop) {
  timer_.emplace(loop, [this] { on_idle_(); });
}

void UserIdleController::Process(const Frame& frame) {
  calls_.Process(frame);
  if (!timer_) return;
  switch (frame.type()) {
    case FrameType::kBotStartedSpeaking:
      bot_speaking_ = true;
      StopWaiting();
      break;
    case FrameType::kBotStoppedSpeaking:
      bot_speaking_ = false;
      WaitForUser();
      break;
    case FrameType::kFunctionCallsStarted: StopWaiting(); break;
    case FrameType::kUserStartedSpeaking: OnUserTurnStarted(); break;
    case FrameType::kUserStoppedSpeaking: user_turn_ = false; break;
    case FrameType::kUserIdleTimeoutUpdate:
      SetTimeout(frame.As<UserIdleTimeoutUpdateFrame>()->timeout);
      break;
    default: break;
  }
}

// From a program or a client: anything that is not a positive number turns it off.
void UserIdleController::SetTimeout(double seconds) {
  constexpr double kMaxSeconds = 365.0 * 24 * 3600;
  timeout_ = seconds > 0 ? FromSeconds(std::min(seconds, kMaxSeconds)) : Nanos(0);
  Arm();
}

void UserIdleController::OnUserTurnStarted() {
  user_turn_ = true;
  StopWaiting();
}

void UserIdleController::OnUserTurnStopped(bool unanswered) {
  user_turn_ = false;
  if (unanswered) WaitForUser();
}

// An interrupted bot stops while the user has the turn: then nobody is idle.
void UserIdleController::WaitForUser() {
  if (user_turn_ || bot_speaking_ || calls_.any()) return;
  waiting_for_user_ = true;
  Arm();
}

void UserIdleController::StopWaiting() {
  waiting_for_user_ = false;
  if (timer_) timer_->Disarm();
}

// A new timeout counts from when it comes, also where it was off before.
void UserIdleController::Arm() {
  if (!timer_) return;
  timer_->Disarm();
  if (waiting_for_user_ && timeout_ > Nanos(0)) timer_->Arm(timeout_);
}

}  // namespace repartee
