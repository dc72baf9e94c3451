// Agent: one conversation's services, aggregators and pipeline between two transports.
//
//   input → [keys] → speech to text → user's turn → language model → text to speech → output → bot's turn
//
// Owns all of it but the transports. A program makes a PipelineTask of pipeline() and
// runs it. Thread: the conversation's loop.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "repartee/agent/agent_settings.h"
#include "repartee/conversation/context_aggregators.h"
#include "repartee/pipeline/pipeline.h"

namespace repartee {

struct AgentServices {
  // Behind switchers, which borrow them.
  std::vector<std::unique_ptr<FrameProcessor>> switched{};
  std::unique_ptr<FrameProcessor> stt;
  std::unique_ptr<FrameProcessor> llm;
  std::unique_ptr<FrameProcessor> tts;
  std::unique_ptr<VadAnalyzer> vad;
  std::unique_ptr<TurnAnalyzer> turn_analyzer{};  // where the settings use Smart Turn
};

// Processors of the owner's, borrowed; null: none.
struct AgentNeighbours {
  FrameProcessor* front = nullptr;          // in front of the input
  FrameProcessor* behind_output = nullptr;  // where the sound passes as it is heard
};

class Agent {
 public:
  // The transports are borrowed and outlive the task that runs the pipeline, as the agent does.
  Agent(AgentServices services, FrameProcessor& input, FrameProcessor& output, const AgentSettings& settings,
        AgentNeighbours neighbours = {});

  Pipeline& pipeline() { return *pipeline_; }
  LLMUserAggregator& user() { return *aggregators_.user; }
  LLMAssistantAggregator& assistant() { return *aggregators_.assistant; }
  const LLMContext& context() const { return *context_; }

 private:
  void OfferTools(const std::vector<DirectFunction>& tools);
  void OnUserIdle();

  const UserIdleSettings idle_;
  const std::shared_ptr<LLMContext> context_;  // shared with both aggregators
  AgentServices services_;
  std::optional<DTMFAggregator> keys_;
  LLMContextAggregatorPair aggregators_;
  std::size_t idle_times_ = 0;  // in a row
  std::optional<Pipeline> pipeline_;
};

}  // namespace repartee
