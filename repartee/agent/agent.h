// Agent: one conversation's services, aggregators and pipeline between two transports.
//
//   input → speech to text → user's turn → language model → text to speech → output → bot's turn
//
// Owns all of it but the transports. A program makes a PipelineTask of pipeline() and
// runs it. Thread: the conversation's loop.
#pragma once

#include <memory>
#include <optional>

#include "repartee/agent/agent_settings.h"
#include "repartee/conversation/context_aggregators.h"
#include "repartee/pipeline/pipeline.h"

namespace repartee {

struct AgentServices {
  std::unique_ptr<FrameProcessor> stt;
  std::unique_ptr<FrameProcessor> llm;
  std::unique_ptr<FrameProcessor> tts;
  std::unique_ptr<VadAnalyzer> vad;
};

class Agent {
 public:
  // The transports are borrowed and outlive the task that runs the pipeline, as the agent does; `front`
  // stands in front of the input, null: nothing does.
  Agent(AgentServices services, FrameProcessor& input, FrameProcessor& output, const AgentSettings& settings,
        FrameProcessor* front = nullptr);

  Pipeline& pipeline() { return *pipeline_; }
  LLMUserAggregator& user() { return *aggregators_.user; }
  LLMAssistantAggregator& assistant() { return *aggregators_.assistant; }
  const LLMContext& context() const { return *context_; }

 private:
  const std::shared_ptr<LLMContext> context_;  // shared with both aggregators
  AgentServices services_;
  LLMContextAggregatorPair aggregators_;
  std::optional<Pipeline> pipeline_;
};

}  // namespace repartee
