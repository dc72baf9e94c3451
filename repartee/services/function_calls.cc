#include "repartee/services/function_calls.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "repartee/base/log.h"
#include "repartee/base/random.h"
#include "repartee/frames/speaking_frames.h"
#include "repartee/services/llm_service.h"

namespace repartee {
namespace {

constexpr std::size_t kMaxCalls = 64;
const std::string kCancelPrefix = "cancel_";

}  // namespace

struct FunctionResultCallback::Call final : TaskOwner {
  Call(FunctionCalls& owner, EventLoop& loop)
      : runner(owner), timer(loop, [this] { runner.CancelOne(*this, true); }) {}

  // Inside the handler's last suspension: it is looked at later.
  void OnTaskDone() override { runner.Schedule(); }
  FunctionCallParams Params(LLMService& llm, std::shared_ptr<Call> self) const {
    FunctionCallParams params{request.call.function_name, request.call.tool_call_id,
                              request.call.arguments,     &llm,
                              request.call.context,       {}};
    params.result_callback.call_ = std::move(self);
    return params;
  }

  FunctionCalls& runner;
  Timer timer;
  FunctionCallRequest request;
  std::string group_id;
  FunctionHandler handler;  // empty: nobody takes the call
  bool cancel_on_interruption = true;
  Nanos timeout{0};
  bool begun = false;
  bool settled = false;  // result or cancellation were pushed
  Task<Status> task;
};

// Calls Pump on a turn of its own.
class FunctionCalls::Wake final : public Waiter {
 public:
  explicit Wake(FunctionCalls& owner) : owner_(owner) {}

 private:
  void Resume() override { owner_.Pump(); }
  FunctionCalls& owner_;
};

void FunctionResultCallback::operator()(Json result,
                                        std::optional<FunctionCallResultProperties> properties) const {
  if (const auto call = call_.lock())
    call->runner.GiveResult(*call, std::move(result), std::move(properties));
}

FunctionCalls::FunctionCalls(LLMService& llm, FunctionCallsOptions options)
    : llm_(llm), options_(options), wake_(std::make_unique<Wake>(*this)) {}
FunctionCalls::~FunctionCalls() = default;

void FunctionCalls::Register(std::string name, FunctionHandler handler, FunctionOptions options) {
  handlers_.insert_or_assign(name, Registered{std::move(handler), options});
  if (!IsCancellable(name)) return;
  const auto cancel = [this, name](FunctionCallParams params) {
    return CancelByModel(std::move(params), name);
  };
  handlers_.try_emplace(kCancelPrefix + name, Registered{cancel, {}});
}

void FunctionCalls::Unregister(const std::string& name) {
  if (IsCancellable(name)) handlers_.erase(kCancelPrefix + name);
  handlers_.erase(name);
}

// ---------------------------------------------------------------- cancelled by the model

bool FunctionCalls::IsCancellable(const std::string& name) const {
  const auto found = handlers_.find(name);
  if (found == handlers_.end()) return false;
  const FunctionOptions& options = found->second.options;
  return options.cancellable_by_llm && !options.cancel_on_interruption;
}

bool FunctionCalls::IsCancelTool(const std::string& name) const {
  return name.starts_with(kCancelPrefix) && IsCancellable(name.substr(kCancelPrefix.size()));
}

Json FunctionCalls::CancelTools(const Json& offered) const {
  Json tools = Json::array();
  for (const Json& tool : offered) {
    const std::string name = tool.value("name", "");
    if (!IsCancellable(name)) continue;
    const Json id{{"type", "string"},
                  {"description", "Which one, if several are running; else leave it out."}};
    tools.push_back({{"name", kCancelPrefix + name},
                     {"description", fmt::format("Stops a call of {} that is still running.", name)},
                     {"properties", {{"tool_call_id", id}}},
                     {"required", Json::array()}});
  }
  return tools;
}

Task<Status> FunctionCalls::CancelByModel(FunctionCallParams params, std::string name) {
  const auto id = params.arguments.find("tool_call_id");
  const bool is_one = id != params.arguments.end() && id->is_string();
  const std::string asked = is_one ? id->get<std::string>() : std::string();
  std::vector<std::shared_ptr<Call>> running;
  for (const auto& call : calls_) {
    const FunctionCallFromLLM& one = call->request.call;
    if (call->settled || one.function_name != name) continue;
    if (!is_one || one.tool_call_id == asked) running.push_back(call);
  }
  Json answer{{"cancelled", nullptr}};
  if (running.size() == 1) {
    answer["cancelled"] = running.front()->request.call.tool_call_id;
    CancelOne(*running.front(), false);
  } else if (running.empty()) {
    answer["reason"] = fmt::format("no such call of {} is running", name);
  } else {
    answer["reason"] =
        fmt::format("{} calls of {} are running; give the tool_call_id of one", running.size(), name);
    for (const auto& call : running) answer["running"].push_back(call->request.call.tool_call_id);
  }
  params.result_callback(std::move(answer));
  co_return OkStatus();
}

const FunctionCalls::Registered* FunctionCalls::Find(const std::string& name) const {
  auto found = handlers_.find(name);
  if (found == handlers_.end()) found = handlers_.find({});
  return found == handlers_.end() ? nullptr : &found->second;
}

void FunctionCalls::Schedule() { llm_.loop().MakeReady(*wake_); }

void FunctionCalls::Clear() {
  wake_->Unlink();
  calls_.clear();
}

// ---------------------------------------------------------------- a batch

void FunctionCalls::Run(std::vector<FunctionCallRequest> batch) {
  const std::size_t room = kMaxCalls - calls_.size();
  if (batch.size() > room) {
    llm_.ReportError(
        fmt::format("the model called {} functions while {} ran; at most {} run at a time, the rest is "
                    "dropped",
                    batch.size(), calls_.size(), kMaxCalls),
        ErrorCategory::kApplication);
    batch.resize(room);
  }
  if (batch.empty()) return;
  llm_.Broadcast<UserTurnInferenceCompletedFrame>();
  std::vector<FunctionCallFromLLM> announced;
  for (const FunctionCallRequest& request : batch) announced.push_back(request.call);
  llm_.Broadcast<FunctionCallsStartedFrame>(announced);
  std::erase_if(announced, [this](const auto& call) { return IsCancelTool(call.function_name); });
  if (!announced.empty()) llm_.on_function_calls_started.Emit(llm_.loop(), std::move(announced));
  const std::string group_id = options_.group_parallel_tools ? RandomUuid() : std::string();
  for (FunctionCallRequest& request : batch) calls_.push_back(NewCall(std::move(request), group_id));
  Schedule();
}

std::shared_ptr<FunctionCalls::Call> FunctionCalls::NewCall(FunctionCallRequest request,
                                                            const std::string& group_id) {
  auto call = std::make_shared<Call>(*this, llm_.loop());
  call->group_id = group_id;
  call->timeout = options_.timeout;
  if (const Registered* registered = Find(request.call.function_name)) {
    call->handler = registered->handler;
    call->cancel_on_interruption = registered->options.cancel_on_interruption;
    call->timeout = registered->options.timeout.value_or(options_.timeout);
  }
  call->request = std::move(request);
  return call;
}

// Answers for handlers that ended, forgets calls that are over, begins what may begin.
void FunctionCalls::Pump() {
  for (const auto& call : calls_) {
    if (call->task.done()) Ended(*call);
  }
  std::erase_if(calls_, [](const auto& call) { return call->settled && !call->task; });
  // By index: a handler may do as it likes with the service.
  for (std::size_t i = 0; i < calls_.size(); ++i) {
    if (!calls_[i]->begun) Begin(std::shared_ptr<Call>(calls_[i]));
    if (!options_.run_in_parallel) return;
  }
}

void FunctionCalls::Begin(const std::shared_ptr<Call>& call) {
  call->begun = true;
  const FunctionCallFromLLM& asked = call->request.call;
  const auto make = [&] {
    auto frame = Make<FunctionCallInProgressFrame>(asked.function_name, asked.tool_call_id, asked.arguments);
    frame->cancel_on_interruption = call->cancel_on_interruption;
    frame->group_id = call->group_id;
    return frame;
  };
  llm_.BroadcastPair(make(), make());
  if (!call->request.problem.empty()) {
    LogWarning("{}: call {} of {}: {}", llm_.name(), asked.tool_call_id, asked.function_name,
               call->request.problem);
    return Failed(*call, call->request.problem, call->request.problem);
  }
  if (!call->handler) {
    LogWarning("{}: the model called the function {}, which is not registered", llm_.name(),
               asked.function_name);
    const std::string sentence =
        fmt::format("The function `{}` is not currently available.", asked.function_name);
    return Failed(*call, sentence, sentence);
  }
  if (call->timeout > Nanos(0)) call->timer.Arm(call->timeout);
  try {
    call->task = call->handler(call->Params(llm_, call));
  } catch (const std::exception& error) {
    // Before its coroutine came to be; what that throws is the task's.
    return GaveNothing(*call, error.what());
  } catch (...) {
    return GaveNothing(*call, "an exception of an unknown kind");
  }
  if (call->task.Start(call.get())) Schedule();
}

void FunctionCalls::Ended(Call& call) {
  const Status status = call.task.Take();
  call.task.Destroy();
  GaveNothing(call, status.ok() ? "the handler ended without a result" : status.message());
}

void FunctionCalls::GaveNothing(Call& call, const std::string& error) {
  call.timer.Disarm();
  if (call.settled) return;
  const std::string& name = call.request.call.function_name;
  llm_.ReportError(fmt::format("function {}: {}", name, error), ErrorCategory::kApplication);
  Failed(call, fmt::format("The function `{}` failed and returned no result.", name), error);
}

// ---------------------------------------------------------------- answers

void FunctionCalls::GiveResult(Call& call, Json result,
                               std::optional<FunctionCallResultProperties> properties) {
  if (call.settled || !call.begun) return;
  const bool is_final = !properties || properties->is_final;
  if (!is_final && call.cancel_on_interruption) {
    LogWarning("{}: function {}: only an asynchronous function may tell of progress", llm_.name(),
               call.request.call.function_name);
    return;
  }
  if (is_final) {
    call.settled = true;
    call.timer.Disarm();
  }
  PushResult(call, std::move(result), std::move(properties), std::nullopt);
  if (is_final) Schedule();
}

void FunctionCalls::Failed(Call& call, std::string sentence, std::optional<std::string> error) {
  call.settled = true;
  PushResult(call, std::move(sentence), std::nullopt, std::move(error));
  Schedule();
}

void FunctionCalls::PushResult(const Call& call, Json result,
                               std::optional<FunctionCallResultProperties> properties,
                               std::optional<std::string> error) {
  const FunctionCallFromLLM& asked = call.request.call;
  const auto make = [&] {
    auto frame =
        Make<FunctionCallResultFrame>(asked.function_name, asked.tool_call_id, asked.arguments, result);
    frame->properties = properties;
    frame->error = error;
    return frame;
  };
  llm_.BroadcastPair(make(), make());
}

void FunctionCalls::Interrupt() {
  std::vector<FunctionCallFromLLM> cancelled;
  for (const auto& call : calls_) {
    if (call->cancel_on_interruption && Cancel(*call, false)) cancelled.push_back(call->request.call);
  }
  if (!cancelled.empty()) llm_.on_function_calls_cancelled.Emit(llm_.loop(), std::move(cancelled));
}

void FunctionCalls::CancelOne(Call& call, bool run_llm) {
  if (!Cancel(call, run_llm)) return;
  llm_.on_function_calls_cancelled.Emit(llm_.loop(), std::vector{call.request.call});
}

// Also of calls that had not begun: they were announced. False if there is nothing to cancel any more.
bool FunctionCalls::Cancel(Call& call, bool run_llm) {
  if (call.settled) return false;
  call.settled = call.begun = true;
  call.timer.Disarm();
  call.task.Destroy();
  const FunctionCallFromLLM& asked = call.request.call;
  const auto make = [&] {
    auto frame = Make<FunctionCallCancelFrame>(asked.function_name, asked.tool_call_id);
    frame->run_llm = run_llm;
    return frame;
  };
  llm_.BroadcastPair(make(), make());
  Schedule();
  return true;
}

}  // namespace repartee
