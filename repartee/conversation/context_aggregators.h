// The usual pair: two aggregators on one context. Thread: the conversation's loop.
#pragma once

#include <memory>

#include "repartee/conversation/llm_assistant_aggregator.h"
#include "repartee/conversation/llm_user_aggregator.h"

namespace repartee {

struct LLMContextAggregatorPair {
  std::unique_ptr<LLMUserAggregator> user;            // behind the speech recognizer
  std::unique_ptr<LLMAssistantAggregator> assistant;  // behind the output transport
};

LLMContextAggregatorPair MakeContextAggregators(std::shared_ptr<LLMContext> context,
                                                LLMUserAggregatorParams user_params = {},
                                                LLMAssistantAggregatorParams assistant_params = {});

}  // namespace repartee
