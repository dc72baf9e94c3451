// Stop strategies that leave the last word to somebody else: the model is run when the
// turn seems over, and the turn is closed when that answer is judged complete.
// Thread: the conversation's loop.
#pragma once

#include <memory>
#include <vector>

#include "repartee/conversation/user_turn/forwarding_host.h"

namespace repartee {

// Another strategy whose stop only triggers an inference. A judge behind it (one of those below) stops the
// turn.
class DeferredUserTurnStopStrategy final : public BaseUserTurnStopStrategy, private ForwardingUserTurnHost {
 public:
  // `inner` is not null.
  explicit DeferredUserTurnStopStrategy(std::unique_ptr<BaseUserTurnStopStrategy> inner);

  StrategyResult Process(const Frame& frame) override { return inner_->Process(frame); }
  void OnTurnStarted() override { inner_->OnTurnStarted(); }
  void OnTurnStopped() override { inner_->OnTurnStopped(); }
  bool ResolvesProposedTurns() const override { return inner_->ResolvesProposedTurns(); }
  void Attach(UserTurnHost& real) override;
  void Detach() override;

 private:
  // An early answer that is the right one is the inference.
  void StopTurn(const BaseUserTurnStopStrategy&, UserTurnStoppedParams params) override {
    if (params.confirms_speculation) outer().ConfirmEagerInference();
  }

  const std::unique_ptr<BaseUserTurnStopStrategy> inner_;
};

// The turn stops with UserTurnInferenceCompleted: the model's answer was taken for a complete one, or it
// called a function.
class ExternalUserTurnCompletionStopStrategy final : public BaseUserTurnStopStrategy {
 public:
  ExternalUserTurnCompletionStopStrategy();
  StrategyResult Process(const Frame& frame) override;
};

// Stop strategies for a model that judges whether the user had finished (LLMServiceOptions::
// user_turn_completion): `inner` decides when it is asked. Pipecat's FilterIncompleteUserTurnStrategies.
std::vector<std::unique_ptr<BaseUserTurnStopStrategy>> FilterIncompleteUserTurns(
    std::unique_ptr<BaseUserTurnStopStrategy> inner);

}  // namespace repartee
