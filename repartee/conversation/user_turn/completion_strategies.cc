#include "repartee/conversation/user_turn/completion_strategies.h"

namespace repartee {

DeferredUserTurnStopStrategy::DeferredUserTurnStopStrategy(std::unique_ptr<BaseUserTurnStopStrategy> inner)
    : BaseUserTurnStopStrategy("DeferredUserTurnStopStrategy"), inner_(std::move(inner)) {}

void DeferredUserTurnStopStrategy::Attach(UserTurnHost& real) {
  BaseUserTurnStopStrategy::Attach(real);
  set_outer(&real);
  UserTurnHost& self = *this;
  inner_->Attach(self);
}

void DeferredUserTurnStopStrategy::Detach() {
  inner_->Detach();
  set_outer(nullptr);
  BaseUserTurnStopStrategy::Detach();
}

ExternalUserTurnCompletionStopStrategy::ExternalUserTurnCompletionStopStrategy()
    : BaseUserTurnStopStrategy("ExternalUserTurnCompletionStopStrategy") {}

// The inference was triggered before; what was said since would otherwise be lost to the model.
StrategyResult ExternalUserTurnCompletionStopStrategy::Process(const Frame& frame) {
  if (frame.type() == FrameType::kUserTurnInferenceCompleted) host().StopTurn(*this, {});
  return StrategyResult::kContinue;
}

std::vector<std::unique_ptr<BaseUserTurnStopStrategy>> FilterIncompleteUserTurns(
    std::unique_ptr<BaseUserTurnStopStrategy> inner) {
  std::vector<std::unique_ptr<BaseUserTurnStopStrategy>> strategies;
  strategies.push_back(std::make_unique<DeferredUserTurnStopStrategy>(std::move(inner)));
  strategies.push_back(std::make_unique<ExternalUserTurnCompletionStopStrategy>());
  return strategies;
}

}  // namespace repartee
