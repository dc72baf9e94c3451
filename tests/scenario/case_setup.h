// The pipeline of a case, built from its setup_spec: scripted test processors and the
// runtime's own classes, whose events are noted.
//
// Thread: the conversation's loop.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "repartee/conversation/llm_context.h"
#include "repartee/pipeline/task.h"
#include "tests/scenario/case_log.h"
#include "tests/scenario/object_reader.h"

namespace repartee::scenario {

struct CaseSetup {
  PipelineParams params;
  std::shared_ptr<LLMContext> context;                 // shared by all that name it; null: the case has none
  std::vector<std::unique_ptr<FrameProcessor>> owned;  // all, those inside branches too
  std::vector<FrameProcessor*> processors;             // the row between the taps
  std::vector<std::string> also;                       // what the answer is to tell beside frames and events
};

// Those that a scenario may give.
void ReadPipelineParams(ObjectReader& read, PipelineParams& params);

// `log` is borrowed and outlives the processors. InvalidArgument that names what is not understood.
Result<CaseSetup> BuildCase(const Json& setup_spec, CaseLog& log);

}  // namespace repartee::scenario
