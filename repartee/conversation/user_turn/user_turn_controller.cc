#include "repartee/conversation/user_turn/user_turn_controller.h"

#include "repartee/conversation/user_turn/start_strategies.h"
#include "repartee/conversation/user_turn/stop_strategies.h"

namespace repartee {

UserTurnController::UserTurnController(UserTurnDelegate& delegate, UserTurnStrategies strategies,
                                       Nanos stop_timeout)
    : delegate_(delegate), strategies_(std::move(strategies)), stop_timeout_(stop_timeout) {
  if (strategies_.start.empty()) {
    strategies_.start.push_back(std::make_unique<VADUserTurnStartStrategy>());
    strategies_.start.push_back(std::make_unique<TranscriptionUserTurnStartStrategy>());
  }
  if (strategies_.stop.empty()) {
    strategies_.stop.push_back(std::make_unique<SpeechTimeoutUserTurnStopStrategy>());
  }
  for (const auto& strategy : strategies_.start) resolves_starts_ |= strategy->ResolvesProposedTurns();
  for (const auto& strategy : strategies_.stop) resolves_stops_ |= strategy->ResolvesProposedTurns();
}

template <class F>
void UserTurnController::ForEachStrategy(F call) {
  for (const auto& strategy : strategies_.start) call(*strategy);
  for (const auto& strategy : strategies_.stop) call(*strategy);
}

void UserTurnController::Start(EventLoop& loop) {
  loop_ = &loop;
  watchdog_.emplace(loop, [this] { WatchdogFired(); });
  ForEachStrategy([this](BaseUserTurnStrategy& strategy) { strategy.Attach(*this); });
}

void UserTurnController::Stop() {
  if (!running()) return;
  ForEachStrategy([](BaseUserTurnStrategy& strategy) { strategy.Detach(); });
  watchdog_.reset();
  loop_ = nullptr;
  turn_open_ = false;
  user_speaking_ = false;
}

void UserTurnController::Process(const Frame& frame) {
  if (!running()) return;
  KeepBooks(frame);
  for (const auto& strategy : strategies_.start) {
    if (strategy->Process(frame) == StrategyResult::kStop) break;
  }
  for (const auto& strategy : strategies_.stop) {
    if (strategy->Process(frame) == StrategyResult::kStop) break;
  }
}

void UserTurnController::KeepBooks(const Frame& frame) {
  switch (frame.type()) {
    case FrameType::kVADUserStartedSpeaking:
    case FrameType::kUserStartedSpeaking:
    case FrameType::kProposedUserStartedSpeaking: user_speaking_ = true; break;
    case FrameType::kVADUserStoppedSpeaking:
    case FrameType::kUserStoppedSpeaking:
    case FrameType::kProposedUserStoppedSpeaking: user_speaking_ = false; break;
    case FrameType::kTranscription:
    case FrameType::kInterimTranscription: break;
    default: return;
  }
  ArmWatchdog();
}

void UserTurnController::OnUserMuted() {
  user_speaking_ = false;
  ArmWatchdog();
}

void UserTurnController::StartTurn(const BaseUserTurnStartStrategy& strategy, UserTurnStartedParams params) {
  if (turn_open_) return;
  turn_open_ = true;
  ForEachStrategy([](BaseUserTurnStrategy& told) { told.OnTurnStarted(); });
  ArmWatchdog();
  delegate_.OnUserTurnStarted(strategy.name(), params);
}

// The words of an open turn stay, however few they are.
void UserTurnController::ResetAggregation() {
  if (!turn_open_) delegate_.OnResetAggregation();
}

// The watchdog waits anew: whoever is to judge the answer has all of the time for it.
void UserTurnController::TriggerInference(const BaseUserTurnStopStrategy& strategy) {
  if (!turn_open_) return;
  ArmWatchdog();
  delegate_.OnUserTurnInferenceTriggered(strategy.name());
}

void UserTurnController::StartEagerInference(const BaseUserTurnStopStrategy& strategy,
                                             const std::string& text) {
  if (!turn_open_) return;
  ArmWatchdog();
  delegate_.OnEagerInference(strategy.name(), text);
}

void UserTurnController::StopTurn(const BaseUserTurnStopStrategy& strategy, UserTurnStoppedParams params) {
  if (turn_open_ && !user_speaking_) CloseTurn(strategy.name(), params);
}

void UserTurnController::CloseTurn(const char* strategy, const UserTurnStoppedParams& params) {
  turn_open_ = false;
  watchdog_->Disarm();
  ForEachStrategy([](BaseUserTurnStrategy& told) { told.OnTurnStopped(); });
  delegate_.OnUserTurnStopped(strategy, params);
}

void UserTurnController::ArmWatchdog() {
  if (!watchdog_) return;
  if (turn_open_ && !user_speaking_ && stop_timeout_ > Nanos(0)) {
    watchdog_->Arm(stop_timeout_);
  } else {
    watchdog_->Disarm();
  }
}

void UserTurnController::WatchdogFired() {
  delegate_.OnUserTurnStopTimeout();
  CloseTurn("", {});
}

}  // namespace repartee
