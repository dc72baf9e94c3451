// ScriptedConversation: one conversation of a scenario: its vendors, its pipeline of
// the product's own classes, its microphone and its steps, in virtual time.
//
// Lifetime: loop and script outlive it. Thread: the loop's.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "repartee/conversation/context_aggregators.h"
#include "tests/scenario/scenario_services.h"
#include "tests/scenario/scripted_vendors.h"
#include "tests/scenario/trace_script.h"

namespace repartee::scenario {

class ScriptedConversation {
 public:
  struct Options {
    int number = 1;        // from 1, for what is told
    bool verbose = false;  // tells steps and frames on stdout
    Nanos zero{0};         // the loop's time from which what is told is counted
  };

  ScriptedConversation(EventLoop& loop, const ConversationScript& script, Options options);
  ~ScriptedConversation();

  // Over: its pipeline has finished, or it failed.
  bool done() const { return !status_.ok() || (started_ && task_->finished()); }
  // DeadlineExceeded if something was waited for in vain.
  const Status& status() const { return status_; }

 private:
  class Output;
  class FrameCounter;

  void Start();
  void MakePipeline();
  void Began();
  void SendMicrophoneFrame(std::size_t slot);
  void ArmStep(Nanos at) {
    step_now_ = at;
    step_timer_.ArmAt(at - kStepLead);
  }
  void Tell(const std::string& text) const;

  void RunSteps();
  // False: the step takes time, and the timer goes on with the next.
  bool Do(const TraceStep& step);
  bool LookForFrame(const TraceStep& step);
  void PushFrame(const TraceStep& step);
  void LastStepDone();
  void Fail(Status status);

  // Of timers due at the same moment those of the steps go first, then the microphone's. The loop fires
  // equal ones in the order in which they were armed: so steps come a nanosecond early, and the
  // microphone's timers are armed long before, one a slot.
  static constexpr Nanos kStepLead{1};
  static constexpr std::size_t kMicrophoneSlots = 600;

  EventLoop& loop_;
  const ConversationScript& script_;
  const Options options_;
  std::vector<TraceStep> steps_;  // `speak` taken apart
  std::size_t next_step_ = 0;
  bool step_under_way_ = false;
  Nanos step_began_{0};
  Nanos step_now_{0};  // the time, as the steps count it

  RecognizerVendor recognizer_;
  ModelVendor model_;
  VoiceVendor voice_;
  std::shared_ptr<LLMContext> context_;
  ScenarioServices services_;
  LLMContextAggregatorPair aggregators_;
  std::unique_ptr<Output> output_;
  std::unique_ptr<FrameCounter> counter_;
  std::unique_ptr<Pipeline> pipeline_;
  std::unique_ptr<PipelineTask> task_;
  std::map<std::string, int> seen_;  // frames by type

  bool started_ = false;
  bool microphone_on_ = false;
  bool speaking_ = false;
  Nanos microphone_began_{0};
  Timer start_timer_;
  Timer step_timer_;
  std::vector<std::unique_ptr<Timer>> microphone_timers_;
  Timer limit_;  // from the last step to the pipeline's end
  Status status_;
};

}  // namespace repartee::scenario
