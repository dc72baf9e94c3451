// The context aggregators of a case, with their parameters, strategies and the events
// that are to be noted.
//
// Thread: the conversation's loop.
#pragma once

#include <memory>

#include "repartee/conversation/llm_context.h"
#include "tests/scenario/object_reader.h"
#include "tests/scenario/test_processors.h"

namespace repartee::scenario {

// `read` has the entry's keys but "class"; whoever made it finishes it. `log` is borrowed and
// outlives the aggregator. InvalidArgument that names what is not understood.
Result<ProcessorPtr> MakeUserAggregator(ObjectReader& read, std::shared_ptr<LLMContext> context,
                                        CaseLog& log);
Result<ProcessorPtr> MakeAssistantAggregator(ObjectReader& read, std::shared_ptr<LLMContext> context,
                                             CaseLog& log);

}  // namespace repartee::scenario
