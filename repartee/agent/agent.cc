#include "repartee/agent/agent.h"

#include <utility>

#include "repartee/agent/user_turns.h"
#include "repartee/base/log.h"
#include "repartee/frames/text_frames.h"
#include "repartee/services/service_switcher.h"

namespace repartee {

Agent::Agent(AgentServices services, FrameProcessor& input, FrameProcessor& output,
             const AgentSettings& settings, AgentNeighbours neighbours)
    : idle_(settings.idle),
      context_(std::make_shared<LLMContext>()),
      services_(std::move(services)),
      aggregators_(MakeContextAggregators(context_,
                                          MakeUserAggregatorParams(settings, output, std::move(services_.vad),
                                                                   std::move(services_.turn_analyzer)))) {
  OfferTools(settings.tools);
  user().on_user_turn_idle.Connect([this] { OnUserIdle(); });
  user().on_user_turn_started.Connect([this](const std::string&) { idle_times_ = 0; });
  if (settings.dtmf) keys_.emplace(*settings.dtmf);
  std::vector<FrameProcessor*> row{neighbours.front,          &input,
                                   keys_ ? &*keys_ : nullptr, services_.stt.get(),
                                   aggregators_.user.get(),   services_.llm.get(),
                                   services_.tts.get(),       &output,
                                   neighbours.behind_output,  aggregators_.assistant.get()};
  std::erase(row, nullptr);
  pipeline_.emplace(std::move(row));
}

void Agent::OfferTools(const std::vector<DirectFunction>& tools) {
  if (tools.empty()) return;
  Json schemas = Json::array();
  auto* const one = dynamic_cast<LLMService*>(services_.llm.get());
  auto* const several = dynamic_cast<LLMSwitcher*>(services_.llm.get());
  for (const DirectFunction& tool : tools) {
    if (one) one->RegisterDirectFunction(tool);
    if (several) several->RegisterDirectFunction(tool);
    schemas.push_back(tool.schema);
  }
  if (const Status status = context_->SetTools(std::move(schemas)); !status.ok()) {
    LogError("the tools of the agent: {}", status.message());
  }
}

void Agent::OnUserIdle() {
  const std::size_t time = idle_times_++;
  if (time < idle_.say.size()) user().Push(Make<TTSSpeakFrame>(idle_.say[time]));
  if (idle_.end && time + 1 >= idle_.say.size()) {
    user().Push(Make<EndWorkerFrame>("the user has said nothing"), Direction::kUpstream);
  }
}

}  // namespace repartee
