#include "repartee/tracing/conversation_tracing.h"

#include <utility>

namespace repartee {
namespace {

TracingContextOptions ContextOptions(PipelineTask& task, TracingParams params) {
  const PipelineTaskOptions& options = task.options();
  return {.params = params,
          .conversation_id = options.conversation_id,
          .additional_span_attributes = options.additional_span_attributes,
          .enable_metrics = options.params.enable_metrics,
          .report_only_initial_ttfb = options.params.report_only_initial_ttfb,
          .started_at = task.setup().started_at};
}

}  // namespace

ConversationTracing::ConversationTracing(PipelineTask& task, std::shared_ptr<otel::TracerProvider> provider,
                                         TracingParams params, std::shared_ptr<Recordings> recordings)
    : provider_(std::move(provider)),
      context_(*provider_, task.setup().loop.clock(), ContextOptions(task, params)),
      recordings_(std::move(recordings)) {
  // Observers hear of a frame in this order: a turn that it opens is there for the tool's span.
  if (context_.extended()) task.AddObserver(tool_trace_.emplace(context_));
  if (!task.turn_tracking()) return;
  latency_.emplace(task.setup().loop);
  turn_trace_.emplace(context_, *task.turn_tracking(), *latency_);
  task.AddObserver(*turn_trace_);
  task.AddObserver(*latency_);
  if (!recordings_ || !context_.conversation().current().sampled) return;
  task.AddObserver(recorder_.emplace(context_, recordings_->Begin()));
  turn_trace_->OnTurnSpanEnded([this](const otel::SpanContext& turn, Nanos start, Nanos end) {
    recorder_->NoteTurn(turn, start, end);
  });
}

void ConversationTracing::Close() {
  context_.EndServiceSpans();
  if (tool_trace_) tool_trace_->Close();
  if (turn_trace_) turn_trace_->Close();
  // Behind the last turn.
  if (recorder_) recorder_->Close();
}

}  // namespace repartee
