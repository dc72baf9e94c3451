// ConversationTracing: one task's tracing, put together: its context, the observers of
// turns and latency, and their end. Made for each task once tracing has been set up.
//
// Thread: the conversation's loop.
#pragma once

#include <memory>
#include <optional>

#include "repartee/pipeline/task.h"
#include "repartee/tracing/recording_observer.h"
#include "repartee/tracing/tool_trace_observer.h"
#include "repartee/tracing/turn_trace_observer.h"

namespace repartee {

class ConversationTracing final : public TaskTracing {
 public:
  // Attaches to `task`, which is starting, and outlives this. Without turn tracking there is neither a
  // conversation nor a turn, and each service span is a trace of its own. `recordings` get the sound of the
  // conversation if its trace is kept; null: nobody does.
  ConversationTracing(PipelineTask& task, std::shared_ptr<otel::TracerProvider> provider,
                      TracingParams params, std::shared_ptr<Recordings> recordings = nullptr);

  TracingContext& context() override { return context_; }
  // All open spans end: first the services', with their marks, then turn and conversation. Once.
  void Close() override;

 private:
  std::shared_ptr<otel::TracerProvider> provider_;  // shared with the program, which may end it first
  TracingContext context_;
  std::optional<UserBotLatencyObserver> latency_;
  std::optional<TurnTraceObserver> turn_trace_;
  std::optional<ToolTraceObserver> tool_trace_;
  std::shared_ptr<Recordings> recordings_;  // shared with the program, which may end them first
  std::optional<RecordingObserver> recorder_;
};

}  // namespace repartee
