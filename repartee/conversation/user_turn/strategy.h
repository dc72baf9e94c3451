// What decides when a user's turn starts and stops: strategies, and the controller
// that they speak to. A program writes its own by deriving from one of the bases.
//
// A strategy sees every frame that the user aggregator handles, after the aggregator
// has handled it, and tells its verdict by the Trigger calls. Attached before the
// first frame, detached after the last: timers live in between.
//
// Thread: the conversation's loop.
#pragma once

#include <string>

#include "repartee/base/event_loop.h"
#include "repartee/frames/frame.h"

namespace repartee {

class FrameProcessor;
struct MetricsData;
struct TranscriptionFrame;
class BaseUserTurnStartStrategy;
class BaseUserTurnStopStrategy;

// What comes of a turn's start.
struct UserTurnStartedParams {
  bool enable_interruptions = true;         // the bot is interrupted
  bool enable_user_speaking_frames = true;  // UserStartedSpeaking goes out both ways
};
struct UserTurnStoppedParams {
  bool enable_user_speaking_frames = true;  // UserStoppedSpeaking goes out both ways
  bool confirms_speculation = false;        // the early answer stands: the model is not run again
};

// The controller, as strategies see it.
class UserTurnHost {
 public:
  virtual EventLoop& loop() = 0;
  virtual bool turn_open() const = 0;
  // Nothing if a turn is open.
  virtual void StartTurn(const BaseUserTurnStartStrategy& strategy, UserTurnStartedParams params) = 0;
  // Throws away what was transcribed; nothing if a turn is open.
  virtual void ResetAggregation() = 0;
  // What was said so far goes to the model. Nothing if no turn is open.
  virtual void TriggerInference(const BaseUserTurnStopStrategy& strategy) = 0;
  // Nothing if no turn is open, or the user speaks.
  virtual void StopTurn(const BaseUserTurnStopStrategy& strategy, UserTurnStoppedParams params) = 0;

  // The output transport stops its sound where it is, and goes on there; an interruption ends the pause.
  virtual void PauseBot(const FrameProcessor& output) = 0;
  virtual void ResumeBot(const FrameProcessor& output) = 0;
  // The user said so without wanting the turn.
  virtual void NoteBackchannel(const TranscriptionFrame& frame) = 0;

  // The model runs as if `text` were all the user says in this turn; its answer is held back until it is
  // cancelled or confirmed: by the turn's stop, or before it (in the place of TriggerInference).
  virtual void StartEagerInference(const BaseUserTurnStopStrategy& strategy, const std::string& text) = 0;
  virtual void CancelEagerInference() = 0;
  virtual void ConfirmEagerInference() = 0;

  // A measurement of the strategy's own.
  virtual void EmitMetrics(const MetricsData& metrics) = 0;

 protected:
  ~UserTurnHost() = default;
};

// Whether the strategies behind this one see the frame too.
enum class StrategyResult : unsigned char {
  kContinue,
  kStop
};

class BaseUserTurnStrategy {
 public:
  // `name` is a literal: the class name, as events give it.
  explicit BaseUserTurnStrategy(const char* name) : name_(name) {}
  virtual ~BaseUserTurnStrategy() = default;
  BaseUserTurnStrategy(const BaseUserTurnStrategy&) = delete;
  BaseUserTurnStrategy& operator=(const BaseUserTurnStrategy&) = delete;

  const char* name() const { return name_; }
  virtual StrategyResult Process(const Frame& frame) = 0;
  // A turn was opened or closed, by whomever.
  virtual void OnTurnStarted() {}
  virtual void OnTurnStopped() {}
  // Turns proposed by a recognizer are ruled on here, so their frames go no further.
  virtual bool ResolvesProposedTurns() const { return false; }

  // `host` is borrowed until Detach. Overriders call these first.
  virtual void Attach(UserTurnHost& host) { host_ = &host; }
  virtual void Detach() { host_ = nullptr; }

 protected:
  UserTurnHost& host() { return *host_; }

 private:
  const char* name_;
  UserTurnHost* host_ = nullptr;
};

class BaseUserTurnStartStrategy : public BaseUserTurnStrategy {
 public:
  explicit BaseUserTurnStartStrategy(const char* name, UserTurnStartedParams params = {})
      : BaseUserTurnStrategy(name), params_(params) {}

 protected:
  const UserTurnStartedParams& params() const { return params_; }
  StrategyResult TriggerUserTurnStarted() { return TriggerUserTurnStarted(params_); }
  StrategyResult TriggerUserTurnStarted(UserTurnStartedParams params) {
    host().StartTurn(*this, params);
    return StrategyResult::kStop;
  }

 private:
  const UserTurnStartedParams params_;
};

class BaseUserTurnStopStrategy : public BaseUserTurnStrategy {
 public:
  using BaseUserTurnStrategy::BaseUserTurnStrategy;

 protected:
  // The context goes to the model first, then the turn is closed.
  void TriggerUserTurnStopped(UserTurnStoppedParams params = {}) {
    host().TriggerInference(*this);
    host().StopTurn(*this, params);
  }
};

}  // namespace repartee
