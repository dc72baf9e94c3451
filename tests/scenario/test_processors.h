// The scripted processors of the cases. Each does what the case file says of it and
// nothing else; what is tested is the machinery of the class that it derives from.
//
// Thread: the conversation's loop.
#pragma once

#include <memory>

#include "repartee/pipeline/frame_processor.h"
#include "tests/scenario/case_log.h"

namespace repartee::scenario {

using ProcessorPtr = std::unique_ptr<FrameProcessor>;

// The processor that an entry with "test" describes: Slow, Pass, Faulty, ToolLLM, StreamLLM,
// SyncTTS or PacedOutput. `log` is borrowed and outlives it. InvalidArgument that names what is wrong.
Result<ProcessorPtr> MakeTestProcessor(const Json& entry, CaseLog& log);

}  // namespace repartee::scenario
