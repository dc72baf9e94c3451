// ToolTraceObserver: a span for every function that the model has called, from the
// start of its handler to its last result, failure or cancellation, below the turn in
// which it began. Extended mode alone; Pipecat has none.
//
// At most 256 are open; further ones go unseen. Thread: the conversation's loop.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "repartee/frames/function_call_frames.h"
#include "repartee/otel/span.h"
#include "repartee/pipeline/observer.h"
#include "repartee/tracing/tracing_context.h"

namespace repartee {

class ToolTraceObserver final : public BaseObserver {
 public:
  // `context` is borrowed and outlives the observer.
  explicit ToolTraceObserver(TracingContext& context) : context_(context) {}
  ~ToolTraceObserver() { Close(); }

  // The pipeline is gone: what still runs ends as cancelled.
  void Close();

  void OnPushFrame(const FramePushed& event) override;
  FrameTypeSet wanted_pushes() const override;
  bool observe_every_push() const override { return false; }

 private:
  void Began(const FunctionCallInProgressFrame& frame);
  void Answered(const FunctionCallResultFrame& frame);
  void Cancelled(const std::string& call_id);
  void End(otel::Span& span, std::string_view status);

  TracingContext& context_;
  std::map<std::string, otel::Span> open_;  // by call id
};

}  // namespace repartee
