#include "repartee/tracing/tool_trace_observer.h"

#include <utility>

namespace repartee {
namespace {

constexpr std::size_t kMaxOpen = 256;

}  // namespace

FrameTypeSet ToolTraceObserver::wanted_pushes() const {
  return {FrameType::kFunctionCallInProgress, FrameType::kFunctionCallResult, FrameType::kFunctionCallCancel};
}

void ToolTraceObserver::OnPushFrame(const FramePushed& event) {
  if (event.direction != Direction::kDownstream) return;  // each comes as a pair, one a direction
  if (const auto* began = event.frame->As<FunctionCallInProgressFrame>()) return Began(*began);
  if (const auto* answered = event.frame->As<FunctionCallResultFrame>()) return Answered(*answered);
  if (const auto* cancelled = event.frame->As<FunctionCallCancelFrame>()) Cancelled(cancelled->tool_call_id);
}

void ToolTraceObserver::Began(const FunctionCallInProgressFrame& frame) {
  if (open_.size() >= kMaxOpen) return;
  otel::Span span = context_.StartServiceSpan("execute_tool " + frame.function_name);
  span.SetAttribute("gen_ai.operation.name", "execute_tool");
  span.SetAttribute("gen_ai.tool.name", frame.function_name);
  span.SetAttribute("gen_ai.tool.type", "function");
  span.SetAttribute("gen_ai.tool.call.id", frame.tool_call_id);
  span.SetAttribute("openinference.span.kind", "TOOL");
  span.SetAttribute("tool.name", frame.function_name);
  span.SetAttribute("langfuse.observation.type", "tool");
  const std::string arguments = DumpPythonStyle(frame.arguments, false);
  context_.SetContent(span, "gen_ai.tool.call.arguments", arguments);
  context_.SetContent(span, "input.value", arguments);
  context_.MarkConversation(span);
  open_[frame.tool_call_id] = std::move(span);
}

void ToolTraceObserver::Answered(const FunctionCallResultFrame& frame) {
  const auto found = open_.find(frame.tool_call_id);
  if (found == open_.end()) return;
  otel::Span& span = found->second;
  if (frame.properties && !frame.properties->is_final) return span.AddEvent("tool.progress");
  const std::string result = DumpPythonStyle(frame.result, false);
  context_.SetContent(span, "gen_ai.tool.call.result", result);
  context_.SetContent(span, "output.value", result);
  if (frame.error) {
    span.SetAttribute("error.type", "tool_error");
    span.SetStatus(otel::SpanStatus::kError, *frame.error);
  }
  End(span, frame.error ? "error" : "ok");
  open_.erase(found);
}

void ToolTraceObserver::Cancelled(const std::string& call_id) {
  const auto found = open_.find(call_id);
  if (found == open_.end()) return;
  found->second.SetAttribute("tool.cancelled", true);
  End(found->second, "cancelled");
  open_.erase(found);
}

void ToolTraceObserver::End(otel::Span& span, std::string_view status) {
  span.SetAttribute("tool.status", status);
  span.End();
}

void ToolTraceObserver::Close() {
  while (!open_.empty()) Cancelled(open_.begin()->first);
}

}  // namespace repartee
