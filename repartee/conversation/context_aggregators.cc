#include "repartee/conversation/context_aggregators.h"

namespace repartee {

LLMContextAggregatorPair MakeContextAggregators(std::shared_ptr<LLMContext> context,
                                                LLMUserAggregatorParams user_params,
                                                LLMAssistantAggregatorParams assistant_params) {
  LLMContextAggregatorPair pair;
  pair.user = std::make_unique<LLMUserAggregator>(context, std::move(user_params));
  pair.assistant = std::make_unique<LLMAssistantAggregator>(std::move(context), std::move(assistant_params));
  return pair;
}

}  // namespace repartee
