// UserTurnController: keeps the user's turn: open or not, speaking or not.
//
// Strategies rule when it starts and stops; a watchdog stops a turn in which nothing
// happens any more. A turn is never stopped while the user speaks.
//
// Thread: the conversation's loop.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "repartee/conversation/user_turn/strategy.h"

namespace repartee {

// In the order in which they are asked. An empty list means the default: start on voice
// and on transcripts, stop on a speech timeout.
struct UserTurnStrategies {
  std::vector<std::unique_ptr<BaseUserTurnStartStrategy>> start;
  std::vector<std::unique_ptr<BaseUserTurnStopStrategy>> stop;
};

// What the controller's owner does about it; called in place.
class UserTurnDelegate {
 public:
  virtual void OnUserTurnStarted(const char* strategy, const UserTurnStartedParams& params) = 0;
  virtual void OnUserTurnInferenceTriggered(const char* strategy) = 0;
  // `strategy` is empty when the watchdog stopped the turn.
  virtual void OnUserTurnStopped(const char* strategy, const UserTurnStoppedParams& params) = 0;
  virtual void OnUserTurnStopTimeout() = 0;
  virtual void OnResetAggregation() = 0;
  virtual void OnPauseBot(const FrameProcessor& output, bool pause) = 0;
  virtual void OnUserBackchannel(const TranscriptionFrame& frame) = 0;
  virtual void OnEagerInference(const char* strategy, const std::string& text) = 0;
  virtual void OnEagerInferenceCancelled() = 0;
  // What was said goes into the context; the model has answered it already.
  virtual void OnEagerInferenceConfirmed() = 0;
  virtual void OnTurnMetrics(const MetricsData& metrics) = 0;

 protected:
  ~UserTurnDelegate() = default;
};

class UserTurnController final : private UserTurnHost {
 public:
  // `delegate` is borrowed and outlives the controller. A stop_timeout of 0: no watchdog.
  UserTurnController(UserTurnDelegate& delegate, UserTurnStrategies strategies, Nanos stop_timeout);

  // Between these two, frames may come.
  void Start(EventLoop& loop);
  void Stop();
  bool running() const { return loop_ != nullptr; }

  void Process(const Frame& frame);
  // The user is muted: the end of what is being said will not be heard of.
  void OnUserMuted();

  bool turn_open() const override { return turn_open_; }
  // Some strategy rules on proposed turns.
  bool resolves_proposed_starts() const { return resolves_starts_; }
  bool resolves_proposed_stops() const { return resolves_stops_; }

 private:
  EventLoop& loop() override { return *loop_; }
  void StartTurn(const BaseUserTurnStartStrategy& strategy, UserTurnStartedParams params) override;
  void ResetAggregation() override;
  void TriggerInference(const BaseUserTurnStopStrategy& strategy) override;
  void StopTurn(const BaseUserTurnStopStrategy& strategy, UserTurnStoppedParams params) override;
  void PauseBot(const FrameProcessor& output) override { delegate_.OnPauseBot(output, true); }
  void ResumeBot(const FrameProcessor& output) override { delegate_.OnPauseBot(output, false); }
  void NoteBackchannel(const TranscriptionFrame& frame) override { delegate_.OnUserBackchannel(frame); }
  void StartEagerInference(const BaseUserTurnStopStrategy& strategy, const std::string& text) override;
  void CancelEagerInference() override { delegate_.OnEagerInferenceCancelled(); }
  void ConfirmEagerInference() override {
    if (turn_open_) delegate_.OnEagerInferenceConfirmed();
  }
  void EmitMetrics(const MetricsData& metrics) override { delegate_.OnTurnMetrics(metrics); }

  void KeepBooks(const Frame& frame);
  void CloseTurn(const char* strategy, const UserTurnStoppedParams& params);
  void ArmWatchdog();
  void WatchdogFired();
  template <class F>
  void ForEachStrategy(F call);

  UserTurnDelegate& delegate_;
  UserTurnStrategies strategies_;
  const Nanos stop_timeout_;
  bool resolves_starts_ = false;
  bool resolves_stops_ = false;
  EventLoop* loop_ = nullptr;      // from Start to Stop
  std::optional<Timer> watchdog_;  // from Start to Stop
  bool turn_open_ = false;
  bool user_speaking_ = false;
};

}  // namespace repartee
