// The service of a scenario with what stands around it, made from its input file.
//
// Thread: the conversation's loop.
#pragma once

#include <memory>
#include <vector>

#include "repartee/conversation/llm_context.h"
#include "repartee/pipeline/task.h"
#include "tests/scenario/object_reader.h"
#include "tests/scenario/service_player.h"

namespace repartee::scenario {

struct ServiceSetup {
  PipelineParams params;
  std::shared_ptr<LLMContext> context;                  // null: the service has none
  std::vector<std::unique_ptr<FrameProcessor>> before;  // what stands in front of the service
  std::unique_ptr<FrameProcessor> service;
  std::vector<std::unique_ptr<FrameProcessor>> behind;
};

// `read` has the scenario's keys but "steps"; whoever made it finishes it.
Result<ServiceSetup> BuildService(ObjectReader& read, const ServiceUrls& urls);

}  // namespace repartee::scenario
