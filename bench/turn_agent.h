// The voice agent of turn and startup: recognizer, aggregators, model, voice and output,
// whose services answer at once but through the real base classes.
//
// Thread: the conversation's loop.
#pragma once

#include <memory>
#include <string>

#include "bench/defaults.h"
#include "bench/wire.h"
#include "repartee/conversation/context_aggregators.h"

namespace repartee::bench {

struct TurnAgentOptions {
  int tokens = 20;  // of each answer; a sentence ends half-way and at the end
  std::string observer = "default";
  bool tracing = false;
};

class TurnAgent {
 public:
  explicit TurnAgent(const TurnAgentOptions& options);
  ~TurnAgent();

  PipelineTask& task() { return *task_; }
  Wire& wire() { return wire_; }
  Spy& spy() { return spy_; }
  // Back to its one system message.
  void ResetContext();

 private:
  class FakeStt;
  class FakeLlm;
  class FakeTts;

  std::shared_ptr<LLMContext> context_;  // shared with both aggregators and frames
  LLMContextAggregatorPair aggregators_;
  std::unique_ptr<FakeStt> stt_;
  std::unique_ptr<FakeLlm> llm_;
  std::unique_ptr<FakeTts> tts_;
  Wire wire_{WirePace::kAtOnce};
  Spy spy_;
  Defaults defaults_;
  std::unique_ptr<Pipeline> pipeline_;
  std::unique_ptr<PipelineTask> task_;
};

}  // namespace repartee::bench
