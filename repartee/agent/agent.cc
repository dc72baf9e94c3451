#include "repartee/agent/agent.h"

#include <utility>

#include "repartee/conversation/user_turn/stop_strategies.h"

namespace repartee {
namespace {

LLMUserAggregatorParams UserParams(std::unique_ptr<VadAnalyzer> vad, const AgentSettings& settings) {
  LLMUserAggregatorParams params;
  params.vad_analyzer = std::move(vad);
  params.user_turn_strategies.stop.push_back(std::make_unique<SpeechTimeoutUserTurnStopStrategy>(
      SpeechTimeoutUserTurnStopOptions{.user_speech_timeout = settings.user_speech_timeout}));
  return params;
}

}  // namespace

Agent::Agent(AgentServices services, FrameProcessor& input, FrameProcessor& output,
             const AgentSettings& settings, FrameProcessor* front)
    : context_(std::make_shared<LLMContext>()),
      services_(std::move(services)),
      aggregators_(MakeContextAggregators(context_, UserParams(std::move(services_.vad), settings))) {
  std::vector<FrameProcessor*> processors{
      &input,  services_.stt.get(),         aggregators_.user.get(), services_.llm.get(), services_.tts.get(),
      &output, aggregators_.assistant.get()};
  if (front) processors.insert(processors.begin(), front);
  pipeline_.emplace(std::move(processors));
}

}  // namespace repartee
