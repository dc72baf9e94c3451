// ServiceSwitcher: several services of one kind in one place, of which one is active: it
// gets the frames, and only what it says goes on. The others stay connected and ready; one that was
// active finishes the answer and the function calls it has begun.
//
// Start, end and cancel reach all of them. A ManuallySwitchServiceFrame chooses the
// active one; with failover the next usable service takes over when the active one has
// become of no use. Thread: the conversation's loop.
#pragma once

#include <memory>
#include <vector>

#include "repartee/pipeline/parallel_pipeline.h"
#include "repartee/services/ai_service.h"
#include "repartee/services/llm_service.h"

namespace repartee {

enum class ServiceSwitcherStrategy : std::uint8_t {
  kManual,
  kFailover
};

class ServiceSwitcher : public ParallelPipeline {
 public:
  // Borrowed, outliving the task's run; the first one is active. Not empty.
  explicit ServiceSwitcher(std::vector<AIService*> services,
                           ServiceSwitcherStrategy strategy = ServiceSwitcherStrategy::kManual);
  ~ServiceSwitcher() override;

  AIService& active_service() const { return *active_; }
  const std::vector<AIService*>& services() const { return services_; }

  // As long as one of the services is.
  bool usable() const;

  Event<const AIService*> on_service_switched;  // the new one
  Event<bool> on_usable_changed;                // what usable() gives now

 protected:
  Status Process(FramePtr frame, Direction direction) override;
  void Leave(FramePtr frame, Direction direction, std::size_t branch) override;

 private:
  class Gate;
  using Gates = std::vector<std::unique_ptr<Gate>>;
  ServiceSwitcher(std::vector<AIService*> services, ServiceSwitcherStrategy strategy, Gates gates);
  static Gates MakeGates(const std::vector<AIService*>& services);
  static std::vector<std::vector<FrameProcessor*>> Branches(const std::vector<AIService*>& services,
                                                            const Gates& gates);

  void SwitchTo(AIService& service);
  void FailOver();

  const std::vector<AIService*> services_;
  const ServiceSwitcherStrategy strategy_;
  const Gates gates_;
  AIService* active_;
  bool told_usable_ = true;
  FramePtr last_context_;  // what a language model was asked last, for the one that takes over
};

// Language models: functions are registered with all of them.
class LLMSwitcher final : public ServiceSwitcher {
 public:
  explicit LLMSwitcher(std::vector<LLMService*> llms,
                       ServiceSwitcherStrategy strategy = ServiceSwitcherStrategy::kManual);

  LLMService& active_llm() const { return static_cast<LLMService&>(active_service()); }
  void RegisterFunction(const std::string& name, const FunctionHandler& handler,
                        FunctionOptions options = {});
  void RegisterDirectFunction(const DirectFunction& function);
};

}  // namespace repartee
