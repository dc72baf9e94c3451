#include "repartee/conversation/function_call_log.h"

#include "repartee/base/log.h"

namespace repartee {
namespace {

constexpr const char* kInProgress = "IN_PROGRESS";
constexpr const char* kCompleted = "COMPLETED";
constexpr const char* kCancelled = "CANCELLED";

// Context JSON is for the model's eyes: not ASCII-escaped.
std::string Text(const Json& value) { return DumpPythonStyle(value, false); }

bool IsEmpty(const Json& result) {
  return result.empty() || (result.is_string() && result.get_ref<const std::string&>().empty());
}

std::string ResultText(const Json& result) { return IsEmpty(result) ? kCompleted : Text(result); }

Json AsyncNote(const char* status, const std::string& tool_call_id, const char* description) {
  return Json{{"type", "async_tool"},
              {"status", status},
              {"tool_call_id", tool_call_id},
              {"description", description}};
}

std::string RunningNote(const std::string& tool_call_id) {
  return Text(AsyncNote("running", tool_call_id,
                        "This tool works in the background. Its result comes later, here or in a message of "
                        "its own; until then it is not known."));
}

// The result is a text: JSON, as an ordinary tool message has it.
std::string PartialNote(const FunctionCallResultFrame& frame) {
  Json note = AsyncNote("running", frame.tool_call_id, "The tool is at work still; this much it has so far.");
  note["result"] = Text(frame.result);
  return Text(note);
}

std::string FinalNote(const FunctionCallResultFrame& frame) {
  Json note = AsyncNote("finished", frame.tool_call_id,
                        "The tool has done its work and this is its result. The user is to be told of it, "
                        "behind the answer to what was said since.");
  note["result"] = ResultText(frame.result);
  return Text(note);
}

std::string CancelledNote(const std::string& tool_call_id) {
  Json note = AsyncNote("finished", tool_call_id,
                        "The tool was stopped before it had a result, and there will be none. The user is to "
                        "be told if they wait for it.");
  note["result"] = "CANCELLED: this tool call was cancelled before it returned a result";
  return Text(note);
}

Json CallMessage(const FunctionCallInProgressFrame& frame) {
  Json function{{"name", frame.function_name}, {"arguments", Text(frame.arguments)}};
  Json call{{"id", frame.tool_call_id}, {"function", std::move(function)}, {"type", "function"}};
  return Json{{"role", "assistant"}, {"tool_calls", Json::array({std::move(call)})}};
}

}  // namespace

void FunctionCallLog::OnStarted(const FunctionCallsStartedFrame& frame) {
  ++batches_;
  for (const FunctionCallFromLLM& announced : frame.function_calls) {
    Call call;
    call.batch = batches_;
    calls_.insert_or_assign(announced.tool_call_id, std::move(call));
  }
}

void FunctionCallLog::OnInProgress(const FunctionCallInProgressFrame& frame) {
  Call& call = calls_[frame.tool_call_id];
  // A cancel, being a system frame, may have overtaken this one.
  const bool cancelled = call.state == State::kCancelled;
  call.state = State::kRunning;
  call.asynchronous = !frame.cancel_on_interruption;
  call.group_id = frame.group_id;
  std::string answer = call.asynchronous ? RunningNote(frame.tool_call_id) : kInProgress;
  if (cancelled) {
    answer = kCancelled;
    calls_.erase(frame.tool_call_id);
  }
  context_.AddMessage(CallMessage(frame));
  context_.AddMessage(
      Json{{"role", "tool"}, {"content", std::move(answer)}, {"tool_call_id", frame.tool_call_id}});
}

bool FunctionCallLog::OnResult(const FunctionCallResultFrame& frame) {
  const auto found = calls_.find(frame.tool_call_id);
  if (found == calls_.end() || found->second.state != State::kRunning) {
    LogWarning("result of {} ({}) comes too late or twice, or nobody called it; it is left out",
               frame.function_name, frame.tool_call_id);
    return false;
  }
  const bool final = !frame.properties || frame.properties->is_final;
  if (!final && !found->second.asynchronous) {
    LogWarning(
        "{} ({}) gave an intermediate result, which only a tool with cancel_on_interruption = false may do; "
        "it is left out",
        frame.function_name, frame.tool_call_id);
    return false;
  }
  last_ = found->second;
  last_id_ = found->first;
  if (final) calls_.erase(found);
  WriteResult(frame, last_, final);
  return true;
}

void FunctionCallLog::WriteResult(const FunctionCallResultFrame& frame, const Call& call, bool final) {
  if (!final) {
    if (!IsEmpty(frame.result)) context_.AddMessage("developer", PartialNote(frame));
    return;
  }
  if (call.asynchronous && !context_.IsLatestExchange(frame.tool_call_id)) {
    return context_.AddMessage("developer", FinalNote(frame));
  }
  // The application may have replaced the messages meanwhile; then there is nobody to answer.
  context_.SetToolResult(frame.tool_call_id, ResultText(frame.result));
}

bool FunctionCallLog::OnCancel(const FunctionCallCancelFrame& frame) {
  const auto found = calls_.find(frame.tool_call_id);
  if (found == calls_.end() || found->second.state == State::kCancelled) return false;
  last_ = found->second;
  last_id_ = found->first;
  if (found->second.state == State::kAnnounced) {
    found->second.state = State::kCancelled;
    return true;
  }
  if (found->second.asynchronous) {
    context_.AddMessage("developer", CancelledNote(frame.tool_call_id));
  } else {
    context_.SetToolResult(frame.tool_call_id, kCancelled);
  }
  calls_.erase(found);
  return true;
}

bool FunctionCallLog::ShouldRunLLM(const FunctionCallResultFrame& frame) const {
  if (IsEmpty(frame.result)) return false;
  if (frame.properties && frame.properties->run_llm) return *frame.properties->run_llm;
  if (frame.run_llm) return *frame.run_llm;
  return !GroupRuns();
}

bool FunctionCallLog::GroupRuns() const {
  if (last_.group_id.empty()) return false;
  for (const auto& [id, call] : calls_) {
    // Calls that run one after the other are known by their batch until they begin.
    const bool waiting = call.state == State::kAnnounced && call.batch == last_.batch;
    const bool running = call.state == State::kRunning && call.group_id == last_.group_id;
    if ((waiting || running) && id != last_id_) return true;
  }
  return false;
}

bool FunctionCallLog::any_running() const {
  for (const auto& [id, call] : calls_) {
    if (call.state != State::kCancelled) return true;
  }
  return false;
}

}  // namespace repartee
