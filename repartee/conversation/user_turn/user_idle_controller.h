// UserIdleController: notices that the user says nothing after the bot has spoken.
//
// The time runs from the bot's last word, unless the user has the turn or a tool is
// at work; anybody's next word ends it. It is told once, until the bot speaks again.
//
// Thread: the conversation's loop.
#pragma once

#include <optional>

#include "repartee/base/event_loop.h"
#include "repartee/base/unique_function.h"
#include "repartee/conversation/user_turn/running_function_calls.h"

namespace repartee {

class UserIdleController {
 public:
  // `on_idle` is called in place. A timeout of 0: never.
  UserIdleController(Nanos timeout, UniqueFunction<void()> on_idle)
      : timeout_(timeout), on_idle_(std::move(on_idle)) {}

  // Between these two, frames may come.
  void Start(EventLoop& loop);
  void Stop() { timer_.reset(); }

  void Process(const Frame& frame);
  void OnUserTurnStarted();
  // `unanswered`: nothing was said and nobody will react to it.
  void OnUserTurnStopped(bool unanswered);

  bool function_calls_running() const { return calls_.any(); }
  // The bot has finished and waits for the user: it neither thinks nor speaks nor runs a function.
  bool waiting_for_user() const { return waiting_for_user_; }

 private:
  void WaitForUser();
  void StopWaiting();
  void Arm();
  void SetTimeout(double seconds);

  Nanos timeout_;
  UniqueFunction<void()> on_idle_;
  std::optional<Timer> timer_;  // from Start to Stop
  RunningFunctionCalls calls_;
  bool user_turn_ = false;
  bool bot_speaking_ = false;
  bool waiting_for_user_ = false;
};

}  // namespace repartee
