#include "repartee/services/service_switcher.h"

#include <algorithm>
#include <utility>

#include "repartee/base/log.h"

namespace repartee {
namespace {

constexpr FrameTypeSet kLifeCycle{FrameType::kStart, FrameType::kEnd, FrameType::kStop, FrameType::kCancel};

// Who is not active still has calls that an interruption cancels, and is to know of the user's turn when its
// own comes.
constexpr FrameTypeSet kOfTheTurn{FrameType::kInterruption, FrameType::kUserStartedSpeaking,
                                  FrameType::kUserStoppedSpeaking, FrameType::kEagerEndOfTurnCancel};
// What a language model that was asked while it was active still owes: the rest of its answer and what
// became of its calls. Nobody else would close the one and settle the other.
constexpr FrameTypeSet kOwed{FrameType::kLLMFullResponseStart,
                             FrameType::kLLMFullResponseEnd,
                             FrameType::kLLMText,
                             FrameType::kLLMMarker,
                             FrameType::kLLMMarkerResponse,
                             FrameType::kUserTurnInferenceCompleted,
                             FrameType::kFunctionCallsStarted,
                             FrameType::kFunctionCallInProgress,
                             FrameType::kFunctionCallResult,
                             FrameType::kFunctionCallCancel,
                             FrameType::kLLMContextSummaryResult};

bool ReachesAll(const Frame& frame) {
  if (kLifeCycle.Contains(frame.type()) || kOfTheTurn.Contains(frame.type())) return true;
  const auto* update = frame.As<ServiceUpdateSettingsFrame>();
  return update && update->reach_inactive_services;
}

}  // namespace

// In front of a service: what is not for it stays out.
class ServiceSwitcher::Gate final : public FrameProcessor {
 public:
  Gate(Direction inward) : FrameProcessor("ServiceSwitcherGate"), inward_(inward) { set_direct(); }
  bool open = false;

 protected:
  Status Process(FramePtr frame, Direction direction) override {
    if (direction != inward_ || open || ReachesAll(*frame)) Push(std::move(frame), direction);
    return OkStatus();
  }

 private:
  const Direction inward_;
};

ServiceSwitcher::Gates ServiceSwitcher::MakeGates(const std::vector<AIService*>& services) {
  Gates gates;
  for (std::size_t i = 0; i < services.size(); ++i) {
    gates.push_back(std::make_unique<Gate>(Direction::kDownstream));
    gates.push_back(std::make_unique<Gate>(Direction::kUpstream));
  }
  return gates;
}

std::vector<std::vector<FrameProcessor*>> ServiceSwitcher::Branches(const std::vector<AIService*>& services,
                                                                    const Gates& gates) {
  std::vector<std::vector<FrameProcessor*>> branches;
  for (std::size_t i = 0; i < services.size(); ++i) {
    branches.push_back({gates[2 * i].get(), services[i], gates[2 * i + 1].get()});
  }
  return branches;
}

ServiceSwitcher::ServiceSwitcher(std::vector<AIService*> services, ServiceSwitcherStrategy strategy)
    : ServiceSwitcher(services, strategy, MakeGates(services)) {}

ServiceSwitcher::ServiceSwitcher(std::vector<AIService*> services, ServiceSwitcherStrategy strategy,
                                 Gates gates)
    : ParallelPipeline("ServiceSwitcher", Branches(services, gates)),
      services_(std::move(services)),
      strategy_(strategy),
      gates_(std::move(gates)),
      active_(services_.front()) {
  gates_[0]->open = gates_[1]->open = true;
  for (AIService* service : services_) {
    service->on_usable_changed.Connect([this](bool) {
      const bool now = usable();
      if (std::exchange(told_usable_, now) != now) on_usable_changed.Emit(loop(), now);
    });
  }
}

bool ServiceSwitcher::usable() const {
  return std::ranges::any_of(services_, [](const AIService* service) { return service->usable(); });
}

ServiceSwitcher::~ServiceSwitcher() = default;

Status ServiceSwitcher::Process(FramePtr frame, Direction direction) {
  if (frame->Is<LLMContextFrame>()) last_context_ = frame;
  if (frame->Is<InterruptionFrame>() || frame->Is<LLMFullResponseEndFrame>()) last_context_ = nullptr;
  const auto* choice = frame->As<ManuallySwitchServiceFrame>();
  if (!choice) return ParallelPipeline::Process(std::move(frame), direction);
  const auto chosen = std::ranges::find(services_, choice->service);
  if (chosen == services_.end()) {
    // Another switcher's.
    Push(std::move(frame), direction);
  } else {
    SwitchTo(**chosen);
  }
  return OkStatus();
}

void ServiceSwitcher::SwitchTo(AIService& service) {
  if (active_ == &service) return;
  LogInfo("{}: {} takes the place of {}", name(), service.name(), active_->name());
  active_ = &service;
  for (std::size_t i = 0; i < services_.size(); ++i) {
    gates_[2 * i]->open = gates_[2 * i + 1]->open = services_[i] == active_;
  }
  // What the old one has told of itself holds no more.
  service.QueueFrame(Make<ServiceSwitcherRequestMetadataFrame>(service), Direction::kDownstream);
  on_service_switched.Emit(loop(), &service);
}

// Of an inactive service nothing else is heard, its errors among it.
void ServiceSwitcher::Leave(FramePtr frame, Direction direction, std::size_t branch) {
  const bool heard = services_[branch] == active_ || kLifeCycle.Contains(frame->type());
  if (!heard && !kOwed.Contains(frame->type())) return;
  const bool error = frame->Is<ErrorFrame>();
  ParallelPipeline::Leave(std::move(frame), direction, branch);
  if (error && strategy_ == ServiceSwitcherStrategy::kFailover && !active_->usable()) FailOver();
}

void ServiceSwitcher::FailOver() {
  const auto now = std::ranges::find(services_, active_) - services_.begin();
  const auto count = static_cast<std::ptrdiff_t>(services_.size());
  for (std::ptrdiff_t i = 1; i < count; ++i) {
    AIService& next = *services_[static_cast<std::size_t>((now + i) % count)];
    if (!next.usable()) continue;
    SwitchTo(next);
    // The question that the old one could not answer.
    if (last_context_) next.QueueFrame(last_context_, Direction::kDownstream);
    return;
  }
  LogError("{}: none of the {} services is of use any more", name(), count);
}

LLMSwitcher::LLMSwitcher(std::vector<LLMService*> llms, ServiceSwitcherStrategy strategy)
    : ServiceSwitcher(std::vector<AIService*>(llms.begin(), llms.end()), strategy) {}

void LLMSwitcher::RegisterFunction(const std::string& name, const FunctionHandler& handler,
                                   FunctionOptions options) {
  for (AIService* service : services())
    static_cast<LLMService*>(service)->RegisterFunction(name, handler, options);
}

void LLMSwitcher::RegisterDirectFunction(const DirectFunction& function) {
  RegisterFunction(function.name, function.handler, function.options);
}

}  // namespace repartee
