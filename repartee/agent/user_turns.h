// What a user aggregator is made with: the strategies and limits that an agent's settings name.
// Thread: the conversation's loop.
#pragma once

#include <memory>

#include "repartee/agent/agent_settings.h"
#include "repartee/conversation/llm_user_aggregator.h"

namespace repartee {

// `output` is what a false interruption pauses; borrowed, outliving the aggregator. `analyzer` may be null
// unless the settings use Smart Turn; without it the speech time-out stands in.
LLMUserAggregatorParams MakeUserAggregatorParams(const AgentSettings& settings, const FrameProcessor& output,
                                                 std::unique_ptr<VadAnalyzer> vad,
                                                 std::unique_ptr<TurnAnalyzer> analyzer);

}  // namespace repartee
