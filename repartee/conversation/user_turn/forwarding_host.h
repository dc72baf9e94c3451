// ForwardingUserTurnHost: stands between a strategy and its host, for strategies that
// hold another one and change what its verdicts do. Thread: the conversation's loop.
#pragma once

#include <string>

#include "repartee/conversation/user_turn/strategy.h"

namespace repartee {

class ForwardingUserTurnHost : public UserTurnHost {
 public:
  EventLoop& loop() override { return outer_->loop(); }
  bool turn_open() const override { return outer_->turn_open(); }
  void StartTurn(const BaseUserTurnStartStrategy& strategy, UserTurnStartedParams params) override {
    outer_->StartTurn(strategy, params);
  }
  void ResetAggregation() override { outer_->ResetAggregation(); }
  void TriggerInference(const BaseUserTurnStopStrategy& strategy) override {
    outer_->TriggerInference(strategy);
  }
  void StopTurn(const BaseUserTurnStopStrategy& strategy, UserTurnStoppedParams params) override {
    outer_->StopTurn(strategy, params);
  }
  void PauseBot(const FrameProcessor& output) override { outer_->PauseBot(output); }
  void ResumeBot(const FrameProcessor& output) override { outer_->ResumeBot(output); }
  void NoteBackchannel(const TranscriptionFrame& frame) override { outer_->NoteBackchannel(frame); }
  void StartEagerInference(const BaseUserTurnStopStrategy& strategy, const std::string& text) override {
    outer_->StartEagerInference(strategy, text);
  }
  void CancelEagerInference() override { outer_->CancelEagerInference(); }
  void ConfirmEagerInference() override { outer_->ConfirmEagerInference(); }
  void EmitMetrics(const MetricsData& metrics) override { outer_->EmitMetrics(metrics); }

 protected:
  ~ForwardingUserTurnHost() = default;
  // Borrowed from the holder's Attach to its Detach.
  void set_outer(UserTurnHost* outer) { outer_ = outer; }
  UserTurnHost& outer() const { return *outer_; }

 private:
  UserTurnHost* outer_ = nullptr;
};

}  // namespace repartee
