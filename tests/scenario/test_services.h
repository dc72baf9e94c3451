// The scripted services and transport of the cases: each derives from the runtime's own
// base class and adds the script alone.
//
// `read` has the entry's keys but "test"; whoever made it finishes it. `log` is borrowed
// and outlives the processor. Thread: the conversation's loop.
#pragma once

#include "tests/scenario/object_reader.h"
#include "tests/scenario/test_processors.h"

namespace repartee::scenario {

// Calls all its functions on a context whose last message is the user's.
Result<ProcessorPtr> MakeToolLlm(ObjectReader& read, CaseLog& log);
// Answers with its words, one after each gap.
Result<ProcessorPtr> MakeStreamLlm(ObjectReader& read, CaseLog& log);
// Gives the sound of each text in one frame.
Result<ProcessorPtr> MakeSyncTts(ObjectReader& read, CaseLog& log);
// An output whose write takes as long as its sound lasts.
Result<ProcessorPtr> MakePacedOutput(ObjectReader& read, CaseLog& log);

}  // namespace repartee::scenario
