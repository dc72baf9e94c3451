#include "repartee/conversation/user_turn/running_function_calls.h"

#include "repartee/frames/function_call_frames.h"

namespace repartee {

void RunningFunctionCalls::Process(const Frame& frame) {
  if (const auto* started = frame.As<FunctionCallsStartedFrame>()) {
    for (const FunctionCallFromLLM& call : started->function_calls) ids_.insert(call.tool_call_id);
  } else if (const auto* result = frame.As<FunctionCallResultFrame>()) {
    if (!result->properties || result->properties->is_final) ids_.erase(result->tool_call_id);
  } else if (const auto* cancel = frame.As<FunctionCallCancelFrame>()) {
    ids_.erase(cancel->tool_call_id);
  }
}

}  // namespace repartee
